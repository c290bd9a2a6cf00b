"""Why a source is refused, or a look at it fails; never with what stands in it."""

from ingestion.errors import IngestionError


class SourceError(IngestionError):
    """The source could not be looked at."""

    code = "source_failed"


class SourceRefused(SourceError):
    """This address is not among those the deployment allows to be watched."""

    code = "source_refused"


class SourceUnreachable(SourceError):
    """The source's server could not be reached, or did not answer in time."""

    code = "source_unreachable"


class SourceUnreadable(SourceError):
    """The folder or file cannot be read with the rights that this process has."""

    code = "source_unreadable"


class SourceAnswersOddly(SourceError):
    """The source's server answered with something other than the file."""

    code = "source_answers_oddly"


class SourceTooLarge(SourceError):
    """The file is longer than a document may be, or there are too many of them."""

    code = "source_too_large"


class SourceEmptied(SourceError):
    """Everything that was there is gone at once, as when a share is not mounted."""

    code = "source_emptied"


class ItemUnsettled(SourceError):
    """The file changes while it is read; the next look reads it."""

    code = "source_unsettled"


class LookBroke(SourceError):
    """The look ended by a fault that is not the source's; the log tells which."""

    code = "source_look_broke"


class SourceNotFound(IngestionError):
    """There is no such source."""

    code = "source_not_found"


class SourceExists(IngestionError):
    """This address is watched for that collection already."""

    code = "source_exists"


class SourceInvalid(IngestionError):
    """A field of the source is missing or not valid."""

    code = "source_invalid"

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class ItemNotFound(IngestionError):
    """The source holds nothing of that name."""

    code = "source_item_not_found"


class ItemSettled(IngestionError):
    """Only a draft that was rejected, or failed, can become another document's."""

    code = "source_item_settled"


class TaskNotFound(IngestionError):
    """There is no such task."""

    code = "task_not_found"


class TaskClosed(IngestionError):
    """Somebody closed this task before."""

    code = "task_closed"
