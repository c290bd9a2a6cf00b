"""Whether the ledger is whole, as one light with a sentence.

Promises: green only while the last checkpoint's signature holds, covers all but the
newest entries, no alarm stands, nobody who vouches contradicts it or has failed for
long, and no verification found a fault since the last that found none. Will not: stand
for a verification by an outsider, nor for what this server shows to others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit import offline, queries
from audit.checkpoints import CheckpointView
from audit.queries import LedgerState
from audit.signing.public_key import log_vkey
from audit.verification import runs
from audit.verification.runs import RunView, State
from clinrag.web.labels import code_words
from clinrag.web.times import age_of
from clinrag.web.vouchers import Vouchers, vouchers_of

# A busy signer is a second behind; a minute says that it stands still.
BEHIND = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Light:
    """`tone` is `ok`, `warn` or `bad`; `vouched` says who else stands for the log."""

    tone: str
    title: str
    detail: str
    alarms: tuple[str, ...] = ()
    vouched: str = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that the light looks at."""

    state: LedgerState
    checkpoint: CheckpointView | None
    vouchers: Vouchers
    found: RunView | None
    at: datetime

    @property
    def last_entry(self) -> int:
        """The index of the last entry under a signature."""
        size = self.checkpoint.size if self.checkpoint else 0
        return self.state.first_index + size - 1


def light_of(*, at: datetime) -> Light:
    """Look at the ledger's state, its latest checkpoint and what vouches for it."""
    seen = _Seen(
        state=queries.ledger_state(),
        checkpoint=queries.latest_checkpoint(),
        vouchers=vouchers_of(at=at),
        found=runs.last_found(at=at),
        at=at,
    )
    light = next(light for look in _LOOKS if (light := look(seen)) is not None)
    sentences = [seen.vouchers.sentence, _derived(seen)] if seen.checkpoint else []
    return Light(
        light.tone,
        light.title,
        light.detail,
        light.alarms,
        " ".join(filter(None, sentences)),
    )


def _alarm_light(seen: _Seen) -> Light | None:
    if not seen.state.alarms:
        return None
    return Light(
        "bad",
        _("An alarm stands"),
        _("Keep everything as it is, verify the ledger, and read what the alarm says."),
        tuple(str(code_words(kind)) for kind in seen.state.alarms),
    )


def _contradiction_light(seen: _Seen) -> Light | None:
    if not seen.vouchers.contradictions:
        return None
    return Light(
        "bad",
        _("Somebody outside holds another log of this name"),
        _("Keep everything as it is, and compare what they hold with this."),
        seen.vouchers.contradictions,
    )


def _fault_light(seen: _Seen) -> Light | None:
    if seen.found is None or seen.found.state is not State.BROKEN:
        return None
    age = age_of(seen.found.finished_at or seen.at, seen.at)
    return Light(
        "bad",
        _("The last verification failed, %(age)s") % {"age": age},
        _("Do not restore or repair anything yet; see below what it found."),
    )


def _unsigned_light(seen: _Seen) -> Light | None:
    if seen.checkpoint is not None:
        return None
    return Light(
        "warn",
        _("Nothing is signed yet"),
        _("The first checkpoint follows the first entry within seconds."),
    )


def _signature_light(seen: _Seen) -> Light | None:
    if seen.checkpoint is None:
        return None
    key = log_vkey()
    if not key:
        return Light(
            "warn",
            _("Signed to entry %(n)d, not checked") % {"n": seen.last_entry},
            _("The log's public key is not configured here."),
        )
    try:
        offline.verify_checkpoint(seen.checkpoint.note, key)
    except offline.Rejected:
        return Light(
            "bad",
            _("The latest checkpoint is not signed by the log's key"),
            _("Keep everything as it is; compare with a checkpoint held elsewhere."),
        )
    return None


def _lag_light(seen: _Seen) -> Light | None:
    signed_at = seen.checkpoint.signed_at if seen.checkpoint else seen.at
    waiting = _waiting_number(seen)
    since = seen.state.oldest_inbox_at or signed_at
    if not waiting or seen.at - since <= BEHIND:
        return None
    place = {"n": seen.last_entry, "age": age_of(signed_at, seen.at)}
    return Light("warn", _("Signed to entry %(n)d, %(age)s") % place, _waiting(waiting))


def _silence_light(seen: _Seen) -> Light | None:
    if not seen.vouchers.failing:
        return None
    light = _whole_light(seen, "warn")
    return Light(light.tone, light.title, light.detail, seen.vouchers.failing)


def _whole_light(seen: _Seen, tone: str = "ok") -> Light:
    signed_at = seen.checkpoint.signed_at if seen.checkpoint else seen.at
    waiting = _waiting_number(seen)
    covered = _waiting(waiting) if waiting else _("Every entry is covered.")
    return Light(
        tone,
        _("Signature verified to entry %(n)d") % {"n": seen.last_entry},
        _("Signed %(age)s.") % {"age": age_of(signed_at, seen.at)} + f" {covered}",
    )


_LOOKS: tuple[Callable[[_Seen], Light | None], ...] = (
    _alarm_light,
    _contradiction_light,
    _fault_light,
    _unsigned_light,
    _signature_light,
    _lag_light,
    _silence_light,
    _whole_light,
)


def _derived(seen: _Seen) -> str:
    """When all of the log, or a range of it, was last derived again."""
    whole = runs.last_found(at=seen.at, whole=True)
    if whole is None or whole.finished_at is None or whole.covers is None:
        return _("Not yet derived again from its bytes as a whole.")
    place = {"n": whole.covers, "age": age_of(whole.finished_at, seen.at)}
    if whole.state is State.HELD:
        return _("Derived again from its bytes to entry %(n)d, %(age)s.") % place
    return ""


def _waiting_number(seen: _Seen) -> int:
    state = seen.state
    return state.tree_size - state.signed_size + state.inbox_depth


def _waiting(number: int) -> str:
    return ngettext(
        "%(n)d entry waits for the next checkpoint.",
        "%(n)d entries wait for the next checkpoint.",
        number,
    ) % {"n": number}
