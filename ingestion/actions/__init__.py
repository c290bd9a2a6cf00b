"""Everything that changes the corpus, one action per verb.

Promises: each action is one transaction with its ledger entry inside, takes who acts
and when, and refuses with the package's own errors. The stages between receipt and
review are safe to run twice and go on where a killed one stopped. Will not: check
permissions or read the clock; that is the edge's part.
"""

from ingestion.actions.activation import activate_version, withdraw_version
from ingestion.actions.attempts import Stalled, claim_stalled, fail_version
from ingestion.actions.build_ends import abandon_build, drop_vectors, retry_build
from ingestion.actions.builds import (
    build_part,
    build_parts,
    fail_build_part,
    plan_rest,
    revert_build,
    start_build,
    switch_build,
)
from ingestion.actions.comparing import (
    TextRange,
    comment_on_range,
    reply_to_comment,
    settle_thread,
    view_section,
)
from ingestion.actions.corrections import correct_document, correct_label
from ingestion.actions.embargo import set_embargo
from ingestion.actions.holds import hold_version, reject_hold, release_hold
from ingestion.actions.outbox import post, relay
from ingestion.actions.owner_tasks import close_task
from ingestion.actions.parts import embed_part, plan_parts
from ingestion.actions.placing import place_found
from ingestion.actions.receipt import receive_version
from ingestion.actions.recognition import recognise_part
from ingestion.actions.registration import create_collection, register_document
from ingestion.actions.reminders import close_reminder, open_due_reminders
from ingestion.actions.review import Signature, resubmit_version, review_version
from ingestion.actions.rules import set_reading_rules
from ingestion.actions.sources import add_source, change_source, check_soon
from ingestion.actions.stages import (
    advance_version,
    cancel_version,
    chunk_version,
    embed_version,
    parse_version,
    process_version,
    retry_version,
    submit_version,
)
from ingestion.actions.steps import open_parts, version_of_part
from ingestion.actions.timing import settle_versions
from ingestion.actions.watching import check_source

__all__ = [
    "Signature",
    "Stalled",
    "TextRange",
    "abandon_build",
    "activate_version",
    "add_source",
    "advance_version",
    "build_part",
    "build_parts",
    "cancel_version",
    "change_source",
    "check_soon",
    "check_source",
    "chunk_version",
    "claim_stalled",
    "close_reminder",
    "close_task",
    "comment_on_range",
    "correct_document",
    "correct_label",
    "create_collection",
    "drop_vectors",
    "embed_part",
    "embed_version",
    "fail_build_part",
    "fail_version",
    "hold_version",
    "open_due_reminders",
    "open_parts",
    "parse_version",
    "place_found",
    "plan_parts",
    "plan_rest",
    "post",
    "process_version",
    "receive_version",
    "recognise_part",
    "register_document",
    "reject_hold",
    "relay",
    "release_hold",
    "reply_to_comment",
    "resubmit_version",
    "retry_build",
    "retry_version",
    "revert_build",
    "review_version",
    "set_embargo",
    "set_reading_rules",
    "settle_thread",
    "settle_versions",
    "start_build",
    "submit_version",
    "switch_build",
    "version_of_part",
    "view_section",
    "withdraw_version",
]
