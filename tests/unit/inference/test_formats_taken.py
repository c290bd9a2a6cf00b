"""What a server took is tried first again, and not everything is remembered."""

from clinrag.inference.formats_taken import SCHEMAS_REMEMBERED, FormatsTaken
from clinrag.inference.wire import REPLY_FORMATS


def schema(number: int) -> dict[str, object]:
    return {"type": "object", "title": str(number)}


def test_format_that_was_taken_is_tried_first_when_the_schema_comes_again() -> None:
    taken = FormatsTaken()
    taken.remember(schema(1), REPLY_FORMATS[-1])

    assert taken.worth_trying(schema(1)) == REPLY_FORMATS[-1:]
    assert taken.worth_trying(schema(2)) == REPLY_FORMATS


def test_oldest_is_forgotten_when_there_are_too_many() -> None:
    taken = FormatsTaken()
    for number in range(SCHEMAS_REMEMBERED + 1):
        taken.remember(schema(number), REPLY_FORMATS[-1])

    assert taken.worth_trying(schema(0)) == REPLY_FORMATS
    assert taken.worth_trying(schema(1)) == REPLY_FORMATS[-1:]
