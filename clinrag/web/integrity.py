"""Whether the ledger is whole, as one light with a sentence.

Promises: green only while the last checkpoint's signature holds, covers all but the
newest entries, and no alarm stands. Will not: stand for the full verification, which
re-derives everything and is asked for on the integrity page.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit import offline, queries
from audit.checkpoints import CheckpointView
from audit.queries import LedgerState
from audit.signing.public_key import log_vkey

# A busy signer is a second behind; a minute says that it stands still.
BEHIND = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Light:
    """`tone` is `ok`, `warn` or `bad`."""

    tone: str
    title: str
    detail: str
    alarms: tuple[str, ...] = ()


def light_of(*, at: datetime) -> Light:
    """Look at the ledger's state and its latest checkpoint."""
    state, checkpoint = queries.ledger_state(), queries.latest_checkpoint()
    if state.alarms:
        return Light(
            "bad",
            _("The signer refuses to sign"),
            _("What is stored contradicts what was signed. Verify the ledger now."),
            state.alarms,
        )
    if checkpoint is None:
        return Light(
            "warn",
            _("Nothing is signed yet"),
            _("The first checkpoint follows the first entry within seconds."),
        )
    return _signature_light(checkpoint) or _lag_light(state, checkpoint, at)


def _signature_light(checkpoint: CheckpointView) -> Light | None:
    key = log_vkey()
    if not key:
        return Light(
            "warn",
            _("Signed to entry %(n)d, not checked") % {"n": checkpoint.size - 1},
            _("The log's public key is not configured here."),
        )
    try:
        offline.verify_checkpoint(checkpoint.note, key)
    except offline.Rejected:
        return Light(
            "bad",
            _("The latest checkpoint is not signed by the log's key"),
            _("Keep everything as it is; compare with a checkpoint held elsewhere."),
        )
    return None


def _lag_light(state: LedgerState, checkpoint: CheckpointView, at: datetime) -> Light:
    age = age_of(checkpoint.signed_at, at)
    waiting = state.tree_size - state.signed_size + state.inbox_depth
    place = {"n": checkpoint.size - 1, "age": age}
    since = state.oldest_inbox_at or checkpoint.signed_at
    if waiting and at - since > BEHIND:
        return Light(
            "warn", _("Signed to entry %(n)d, %(age)s") % place, _waiting(waiting)
        )
    covered = _waiting(waiting) if waiting else _("Every entry is covered.")
    return Light(
        "ok",
        _("Signature verified to entry %(n)d") % place,
        _("Signed %(age)s.") % place + f" {covered}",
    )


def _waiting(number: int) -> str:
    return ngettext(
        "%(n)d entry waits for the next checkpoint.",
        "%(n)d entries wait for the next checkpoint.",
        number,
    ) % {"n": number}


def age_of(moment: datetime, at: datetime) -> str:
    """How long ago, in words."""
    if at - moment < timedelta(minutes=1):
        return _("less than a minute ago")
    return _("%(time)s ago") % {"time": timesince(moment, at, depth=1)}
