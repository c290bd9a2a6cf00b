"""Every refusal of this package, each with a stable code.

Promises: an error's docstring is the sentence a person reads; `code` never changes.
Will not: carry text of a document.
"""

import inspect
from typing import ClassVar
from uuid import UUID


class IngestionError(Exception):
    """Something about a document could not be done."""

    code: ClassVar[str] = "ingestion_error"

    @property
    def message(self) -> str:
        return sentence_of(type(self))

    def __str__(self) -> str:
        return self.message


def sentence_of(error: type[IngestionError]) -> str:
    """Return the first paragraph of the error's docstring as one line."""
    paragraph = (inspect.getdoc(error) or "").split("\n\n")[0]
    return " ".join(paragraph.split())


# --- What is asked for does not exist, or exists already ---------------------


class CollectionNotFound(IngestionError):
    """There is no such collection."""

    code = "collection_not_found"


class DocumentNotFound(IngestionError):
    """There is no such document."""

    code = "document_not_found"


class VersionNotFound(IngestionError):
    """There is no such version of a document."""

    code = "version_not_found"


class PassageNotFound(IngestionError):
    """That version holds no such passage."""

    code = "passage_not_found"


class ReminderNotFound(IngestionError):
    """There is no such reminder."""

    code = "reminder_not_found"


class ReminderClosed(IngestionError):
    """Somebody looked through the document before."""

    code = "reminder_closed"


class CollectionExists(IngestionError):
    """A collection with this short name exists already."""

    code = "collection_exists"


class DuplicateContent(IngestionError):
    """The very same file was received before; see the version it belongs to."""

    code = "duplicate_content"

    def __init__(self, twin_id: UUID, twin_document_id: UUID) -> None:
        super().__init__(twin_id, twin_document_id)
        self.twin_id = twin_id
        self.twin_document_id = twin_document_id


class DescriptionInvalid(IngestionError):
    """A field of the description is missing or not valid."""

    code = "description_invalid"

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


# --- The lifecycle and the people in it --------------------------------------


class InvalidTransition(IngestionError):
    """The version's status does not allow this step."""

    code = "invalid_transition"

    def __init__(self, source: str, target: str) -> None:
        super().__init__(source, target)
        self.source = source
        self.target = target


class ReviewerIsAuthor(IngestionError):
    """Author and approver must be two people: a version's author may not review it."""

    code = "reviewer_is_author"


class ReviewerIsNotAPerson(IngestionError):
    """A review is decided by a person who signed in, never by an app or the system."""

    code = "reviewer_is_not_a_person"


class DecisionNotSigned(IngestionError):
    """A decision is signed by a known person, bound to the text and what it changes."""

    code = "decision_not_signed"


class DecisionUnknown(IngestionError):
    """A review either approves, returns or rejects."""

    code = "decision_unknown"


class VersionNotApproved(IngestionError):
    """Only a version that another person approved can be put in force."""

    code = "version_not_approved"


class ValidityOverlaps(IngestionError):
    """The date lies before another edition of this document came into force."""

    code = "validity_overlaps"


class ValidityInvalid(IngestionError):
    """A version must stop being in force after it began, and dates need a time zone."""

    code = "validity_invalid"


class UnderEmbargo(IngestionError):
    """A version cannot be in force before its embargo ends."""

    code = "under_embargo"


class VersionNotActivated(IngestionError):
    """Only a version that was put in force can be withdrawn."""

    code = "version_not_activated"


class StageBusy(IngestionError):
    """Another worker is at this document; try again shortly."""

    code = "stage_busy"


class EmbedderUnknown(IngestionError):
    """No embedder of this deployment has that name and revision."""

    code = "embedder_unknown"


class RulesInvalid(IngestionError):
    """A passage holds from 64 to 8192 tokens; what joins has at most half of that."""

    code = "rules_invalid"


class BuildNotFound(IngestionError):
    """There is no such build of an index."""

    code = "build_not_found"


class BuildUnderWay(IngestionError):
    """An index of this collection is being built already."""

    code = "build_under_way"


class BuildNotOpen(IngestionError):
    """The build is over, or this cannot be undone any more."""

    code = "build_not_open"


class BuildIncomplete(IngestionError):
    """Not every text is in the new index yet. Let the build go on, then try again."""

    code = "build_incomplete"


class NothingToRetry(IngestionError):
    """Nothing of this build has failed."""

    code = "nothing_to_retry"


class NothingToBuild(IngestionError):
    """The collection's index is by that embedder and its own sizes already."""

    code = "nothing_to_build"


class LeaseLost(IngestionError):
    """Another worker has taken this over, or it was stopped; nothing was written."""

    code = "lease_lost"


class ProcessingCancelled(IngestionError):
    """A person stopped the processing. It can be started again."""

    code = "cancelled"


class ProcessingFailed(IngestionError):
    """The file could not be processed because of an unexpected fault."""

    code = "processing_failed"


class ProcessingGaveUp(IngestionError):
    """Reading or embedding the file ended its worker again and again."""

    code = "processing_gave_up"


# --- Comparing two editions --------------------------------------------------


class VersionsNotComparable(IngestionError):
    """Only two different editions of one document are compared."""

    code = "versions_not_comparable"


class SectionUnknown(IngestionError):
    """Nothing changed in a section of that name between the two editions."""

    code = "section_unknown"


class RangeInvalid(IngestionError):
    """The characters named are not in that section, or do not read as quoted."""

    code = "range_invalid"


class CommentNotFound(IngestionError):
    """There is no such thread of comments."""

    code = "comment_not_found"


class CommenterIsNotAPerson(IngestionError):
    """Changes are viewed and commented on by people who signed in, never by an app."""

    code = "commenter_is_not_a_person"


# --- Reading a file ----------------------------------------------------------


class ParsingError(IngestionError):
    """The file could not be read."""

    code = "parsing_failed"


class FileEmpty(ParsingError):
    """The file is empty."""

    code = "file_empty"


class FileTooLarge(ParsingError):
    """The file, or the text in it, is larger than this installation accepts."""

    code = "file_too_large"


class FileEncrypted(ParsingError):
    """The file is protected by a password; upload a copy without one."""

    code = "file_encrypted"


class FileCorrupt(ParsingError):
    """The file is damaged, or is not what its first bytes say."""

    code = "file_corrupt"


class NoText(ParsingError):
    """There is no text in the file; a scan needs text recognition first."""

    code = "no_text"


class UnsupportedType(ParsingError):
    """Only PDF, DOCX, ODT, HTML, Markdown and plain text can be read."""

    code = "unsupported_type"


class SuffixMismatch(ParsingError):
    """The file's name says one format, its content another."""

    code = "suffix_mismatch"


class ChangesUnsettled(ParsingError):
    """The file holds tracked changes. Accept or reject them, then upload it again."""

    code = "tracked_changes_unsettled"


class ArchiveBomb(ParsingError):
    """The file unpacks to far more than a document holds and was not opened."""

    code = "archive_bomb"


class ParseTimeout(ParsingError):
    """Reading the file took longer than allowed."""

    code = "parse_timeout"


class ParseMemory(ParsingError):
    """Reading the file needed more memory than allowed."""

    code = "parse_memory"


# --- Embedding and stored bytes ----------------------------------------------


class EmbeddingFailed(IngestionError):
    """The embedding model is missing, did not answer, or answered nonsense."""

    code = "embedding_failed"


class ContentNotFound(IngestionError):
    """No bytes are stored under this checksum."""

    code = "content_not_found"


class ContentDamaged(IngestionError):
    """The stored bytes no longer match their checksum."""

    code = "content_damaged"
