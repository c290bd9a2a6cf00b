"""The answers recorded so far get their references from their own passages.

Their unit is not known. Going back leaves the rows to the table's removal.
"""

from django.db import migrations

FORWARD = """
INSERT INTO answering_asker (app, unit, actor_id)
SELECT DISTINCT app, '', actor_id FROM answering_answer
ON CONFLICT DO NOTHING;

INSERT INTO answering_answerreference
    (answer_id, chunk_id, version_id, asked_at, asker_id, use)
SELECT passage.answer_id, passage.chunk_id, passage.version_id, answer.created_at,
    asker.id, min(CASE WHEN cited THEN 1 WHEN in_prompt THEN 2 ELSE 3 END)
FROM answering_answerpassage AS passage
JOIN answering_answer AS answer ON answer.id = passage.answer_id
JOIN answering_asker AS asker ON asker.app = answer.app AND asker.unit = ''
    AND asker.actor_id = answer.actor_id
GROUP BY passage.answer_id, passage.chunk_id, passage.version_id, answer.created_at,
    asker.id;
"""


class Migration(migrations.Migration):
    dependencies = [("answering", "0004_references")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
