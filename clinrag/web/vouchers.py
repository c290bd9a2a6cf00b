"""Who vouches for the log besides its own key: witnesses, time-stamps, anchors.

Promises to say what is missing as plainly as what is there. What stands here was
checked when it was stored; whoever needs to know checks it again with their own keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from audit import vouching
from audit.anchoring.crew import SHARD
from audit.checkpoints import CheckpointView
from audit.vouching import HealthView, Vouched, VouchingState
from clinrag.web.labels import VOUCHERS, Words, code_words, in_words
from clinrag.web.times import age_of

# Rounds come every minute; who fails for this long is not merely slow.
PATIENCE: Final = timedelta(minutes=15)
CONTRADICTIONS: Final = frozenset({"witness_contradicts", "anchor_contradicts"})


@dataclass(frozen=True, slots=True)
class Vouchers:
    """The sentence for the light, and what is wrong with whoever should vouch."""

    sentence: str
    contradictions: tuple[str, ...]
    failing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """One witness, authority or place, and how it does; `tone` as of a badge."""

    name: str
    kind: Words
    succeeded_at: datetime | None
    tone: str
    words: Words


@dataclass(frozen=True, slots=True)
class CheckpointLine:
    """A checkpoint with all that vouches for it."""

    view: CheckpointView
    last_entry: int
    witnesses: tuple[str, ...]
    stamped_at: datetime | None
    places: tuple[str, ...]


def vouchers_of(*, at: datetime) -> Vouchers:
    """Look at what vouches now."""
    state = vouching.state()
    failing = [one for one in state.health if one.failing_since is not None]
    against = [one for one in failing if one.failure_code in CONTRADICTIONS]
    long = [
        one
        for one in failing
        if one not in against and at - (one.failing_since or at) > PATIENCE
    ]
    return Vouchers(
        sentence=_sentence(state, at),
        contradictions=tuple(map(_complaint, against)),
        failing=tuple(map(_complaint, long)),
    )


def _complaint(one: HealthView) -> str:
    place = {
        "kind": VOUCHERS.get(one.kind, in_words(one.kind)),
        "name": _name(one),
        "why": code_words(one.failure_code),
    }
    return _("%(kind)s %(name)s: %(why)s") % place


def _sentence(state: VouchingState, at: datetime) -> str:
    said = [
        _witnessed(state.quorum, at),
        _said(_("time-stamped %(age)s"), state.timestamp, at),
        _anchored(state.anchor, at),
    ]
    told = [one for one in said if one]
    if not told:
        return _("Nobody else vouches for it: no witness, time-stamp or anchor yet.")
    sentence = "; ".join(told)
    return sentence[:1].upper() + sentence[1:] + "."


def _witnessed(quorum: Vouched | None, at: datetime) -> str:
    if quorum is None:
        return ""
    lines = vouching.cosignatures(quorum.shard, quorum.size)
    names = get_text_list([one.witness for one in lines], _("and"))
    place = {"names": names or _("a quorum"), "age": age_of(quorum.at, at)}
    return _("witnessed by %(names)s, %(age)s") % place


def _anchored(anchor: Vouched | None, at: datetime) -> str:
    if anchor is None:
        return ""
    places = {
        one.place for one in vouching.for_checkpoint(anchor.shard, anchor.size).anchors
    }
    place = {"n": len(places), "age": age_of(anchor.at, at)}
    if len(places) > 1:
        return _("anchored in %(n)d places, %(age)s") % place
    return _("anchored %(age)s") % place


def _said(template: str, vouched: Vouched | None, at: datetime) -> str:
    return template % {"age": age_of(vouched.at, at)} if vouched else ""


def voucher_lines() -> list[VoucherLine]:
    """Everybody who was ever asked, and how asking goes."""
    return [_line(one) for one in vouching.state().health]


def _line(one: HealthView) -> VoucherLine:
    if one.failing_since is None:
        tone, words = "ok", _("vouches")
    elif one.failure_code in CONTRADICTIONS:
        tone, words = "bad", str(code_words(one.failure_code))
    else:
        tone, words = "warn", str(code_words(one.failure_code))
    kind = VOUCHERS.get(one.kind, in_words(one.kind))
    return VoucherLine(_name(one), kind, one.succeeded_at, tone, words)


def _name(one: HealthView) -> str:
    """The voucher's own name, without its kind in front and the shard behind."""
    return one.name.removeprefix(f"{one.kind} ").partition(SHARD)[0]


def checkpoint_lines(
    views: Sequence[CheckpointView], *, first_indices: dict[int, int]
) -> list[CheckpointLine]:
    """Checkpoints with what vouches for each; `first_indices` by shard."""
    return [_checkpoint(view, first_indices.get(view.shard, 0)) for view in views]


def _checkpoint(view: CheckpointView, first_index: int) -> CheckpointLine:
    found = vouching.for_checkpoint(view.shard, view.size)
    return CheckpointLine(
        view=view,
        last_entry=first_index + view.size - 1,
        witnesses=tuple(one.witness for one in found.cosignatures),
        stamped_at=found.timestamps[0].gen_time if found.timestamps else None,
        places=tuple(one.place for one in found.anchors),
    )
