"""The names that entries carry."""

from enum import StrEnum


class EventType(StrEnum):
    """The names entries carry; past tense, grouped by subject."""

    QUERY_RECEIVED = "query.received"
    ANSWER_RELEASED = "answer.released"
    ANSWER_REFUSED = "answer.refused"
    ANSWER_FAILED = "answer.failed"
    ANSWER_LOST = "answer.lost"
    COLLECTION_CREATED = "collection.created"
    DOCUMENT_REGISTERED = "document.registered"
    VERSION_RECEIVED = "version.received"
    VERSION_IN_REVIEW = "version.in_review"
    VERSION_FAILED = "version.failed"
    VERSION_RETRIED = "version.retried"
    VERSION_REVIEWED = "version.reviewed"
    VERSION_ACTIVATED = "version.activated"
    VERSION_SUPERSEDED = "version.superseded"
    VERSION_WITHDRAWN = "version.withdrawn"
    CONTENT_DISCLOSED = "content.disclosed"
    KEY_ISSUED = "access.key_issued"
    KEY_REVOKED = "access.key_revoked"
    USER_CREATED = "access.user_created"
    COLLECTION_GRANTED = "access.collection_granted"
    SIGN_IN_SUCCEEDED = "access.sign_in_succeeded"
    SIGN_IN_FAILED = "access.sign_in_failed"
