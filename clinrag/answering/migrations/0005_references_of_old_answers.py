"""The answers recorded so far get their references from their own passages.

Their unit is not known. Going back leaves the rows to the table's removal.
"""

from django.db import migrations

FORWARD = """
INSERT INTO answering_asker (app, unit, actor_id)
SELECT DISTINCT app, '', actor_id FROM answering_answer
ON CONFLICT DO NOTHING;

INSERT INTO answering_answerreference
    (answer_id, chunk_id, version_id, asked_at, asker_id, use, uses_of_version)
SELECT answer_id, chunk_id, version_id, created_at, asker_id, use,
    CASE WHEN row_number() OVER (mine ORDER BY use, chunk_id) = 1
         THEN bit_or(1 << (use - 1)) OVER mine ELSE 0 END
FROM (
    SELECT passage.answer_id, passage.chunk_id, passage.version_id, answer.created_at,
        asker.id AS asker_id,
        min(CASE WHEN cited THEN 1 WHEN in_prompt THEN 2 ELSE 3 END) AS use
    FROM answering_answerpassage AS passage
    JOIN answering_answer AS answer ON answer.id = passage.answer_id
    JOIN answering_asker AS asker ON asker.app = answer.app AND asker.unit = ''
        AND asker.actor_id = answer.actor_id
    GROUP BY 1, 2, 3, 4, 5
) AS used
WINDOW mine AS (PARTITION BY answer_id, version_id);
"""


class Migration(migrations.Migration):
    dependencies = [("answering", "0004_references")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
