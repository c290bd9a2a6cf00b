"""What the anchoring process does each round: cosign, time-stamp, anchor.

Promises that the newest checkpoint of each shard is shown to every witness, authority
and place that has not vouched for it, that nothing is stored unverified, and that a
voucher that fails delays no other. Between two rounds checkpoints may pass unseen:
what vouches for the next one vouches for all before it.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from threading import Event
from typing import Final

from django.db import Error, connection

from audit import checkpoints, queries, shards, vouching
from audit.anchoring import timestamps
from audit.anchoring.configuration import Plan
from audit.anchoring.crew import SHARD, Crew, Task, failed, forget_others, succeeded
from audit.anchoring.places import AnchorContent, Place
from audit.anchoring.timestamps import Token
from audit.checkpoints import CheckpointView
from audit.cosignatures import Cosignature
from audit.errors import NoteInvalid
from audit.models import Anchor, QuorumMet, Timestamp
from audit.outbound import Bounds
from audit.patience import Backoff
from audit.tiles import FIRST_TREE
from audit.witnessing import client, cosignatures
from audit.witnessing.errors import QuorumNotMet
from audit.witnessing.policy import Policy, Witness

logger = logging.getLogger(__name__)

WITNESS, TIMESTAMP, ANCHOR, POLICY = "witness", "timestamp", "anchor", "policy"
BOUNDS: Final = Bounds(seconds=6.0)
ANCHOR_SECONDS: Final = 20.0


class Rounds:
    """The vouchers of a plan, and the threads that ask them."""

    def __init__(
        self, plan: Plan, *, seconds: float, stop: Event, bounds: Bounds = BOUNDS
    ) -> None:
        self._plan = plan
        self._bounds = bounds
        self._is_tidy = False
        count = len(plan.witnesses) + len(plan.places) + (plan.authority is not None)
        self._crew = Crew(2 * count, rest_seconds=seconds, stop=stop)

    def run_once(self, *, at: datetime) -> None:
        """One round over every shard. Raises django.db.Error."""
        if not self._is_tidy:
            forget_others(_voucher_names(self._plan))
            self._is_tidy = True
        newest = _newest()
        gathering = [task for each in newest for task in self._gathering(each, at)]
        # A witness may need a second call, from the size it knows.
        self._crew.run(gathering, at=at, seconds=2 * self._bounds.seconds + 1)
        for each in newest:
            self._note_quorum(each, at=at)
        anchoring = [task for each in newest for task in self._anchoring(each, at)]
        self._crew.run(anchoring, at=at, seconds=ANCHOR_SECONDS)

    def close(self) -> None:
        self._crew.close()

    def _gathering(self, newest: CheckpointView, at: datetime) -> Iterator[Task]:
        known = vouching.for_checkpoint(newest.shard, newest.size)
        cosigned = {(each.witness, each.key_hash) for each in known.cosignatures}
        for witness in self._plan.witnesses:
            if (witness.key.name, witness.key.hash) not in cosigned:
                yield self._cosigning(witness, newest, at)
        authority = self._plan.authority
        if authority is not None and not known.timestamps:
            yield Task(
                _voucher(TIMESTAMP, authority.url, newest),
                TIMESTAMP,
                partial(
                    timestamps.request_token,
                    authority,
                    newest.note,
                    at=at,
                    bounds=self._bounds,
                ),
                partial(_keep_token, newest, authority.url),
            )

    def _cosigning(
        self, witness: Witness, newest: CheckpointView, at: datetime
    ) -> Task:
        return Task(
            _voucher(WITNESS, witness.name, newest),
            WITNESS,
            partial(
                client.ask,
                witness,
                newest.note,
                known_size=cosignatures.cosigned_size(witness.key, shard=newest.shard),
                prove=partial(_prove, newest.shard),
                at=at,
                bounds=self._bounds,
            ),
            partial(_keep_cosignature, newest),
        )

    def _note_quorum(self, newest: CheckpointView, *, at: datetime) -> None:
        policy, digest = self._plan.policy, self._plan.policy_sha256
        place = {"shard": newest.shard, "size": newest.size, "policy_sha256": digest}
        if policy is None or QuorumMet.objects.filter(**place).exists():
            return
        name = _voucher(POLICY, "quorum", newest)
        try:
            note = cosignatures.cosigned_note(newest.shard, newest.size)
            _check_quorum(policy, note)
        except (NoteInvalid, QuorumNotMet) as error:
            failed(name, POLICY, error, at=at)
            return
        QuorumMet.objects.bulk_create(
            [QuorumMet(**place, at=at)], ignore_conflicts=True
        )
        succeeded(name, POLICY, at=at)

    def _anchoring(self, newest: CheckpointView, at: datetime) -> Iterator[Task]:
        known = vouching.for_checkpoint(newest.shard, newest.size)
        anchored = {each.place for each in known.anchors}
        content = AnchorContent(
            newest.shard,
            newest.size,
            cosignatures.cosigned_note(newest.shard, newest.size),
            known.timestamps[0].token if known.timestamps else None,
        )
        for place in self._plan.places:
            if place.name not in anchored:
                yield Task(
                    _voucher(ANCHOR, place.name, newest),
                    ANCHOR,
                    partial(place.write, content, at=at),
                    partial(_keep_anchor, newest, place, at),
                )


def run(
    stop: Event, *, plan: Plan, seconds: float, now: Callable[[], datetime]
) -> None:
    """Rounds until `stop` is set, one every so many seconds; survives the database."""
    rounds = Rounds(plan, seconds=seconds, stop=stop)
    backoff = Backoff(stop)
    try:
        while not stop.is_set():
            if _tick(rounds, at=now()):
                backoff.reset()
                stop.wait(seconds)
            else:
                backoff.wait()
    finally:
        rounds.close()
        connection.close()


def _tick(rounds: Rounds, *, at: datetime) -> bool:
    """One round; whether the database took part."""
    try:
        rounds.run_once(at=at)
    except Error as error:
        code = type(error).__name__
        logger.warning("The anchoring cannot reach the log", extra={"code": code})
        connection.close()
        return False
    return True


def _newest() -> list[CheckpointView]:
    """The newest checkpoint of each shard, the newest shard first.

    The last one of a shard that was closed is worth as much as those of the open one.
    """
    numbers = [shard.number for shard in shards.shards()] or [FIRST_TREE.shard]
    found = [checkpoints.latest(shard=number) for number in reversed(numbers)]
    return [view for view in found if view is not None]


def _voucher_names(plan: Plan) -> frozenset[str]:
    names = {f"{WITNESS} {witness.name}" for witness in plan.witnesses}
    names |= {f"{ANCHOR} {place.name}" for place in plan.places}
    if plan.authority is not None:
        names.add(f"{TIMESTAMP} {plan.authority.url}")
    if plan.policy is not None:
        names.add(f"{POLICY} quorum")
    return frozenset(names)


def _voucher(kind: str, name: str, newest: CheckpointView) -> str:
    """How a voucher is known in its health; each shard has its own."""
    return f"{kind} {name}{SHARD}{newest.shard}"


def _check_quorum(policy: Policy, note: str) -> None:
    if not policy.is_met(note):
        raise QuorumNotMet


def _prove(shard: int, old: int, new: int) -> tuple[bytes, ...]:
    return queries.consistency_proof(old, new, shard=shard).path


def _keep_cosignature(newest: CheckpointView, found: Cosignature) -> None:
    cosignatures.record(newest.shard, newest.size, found)


def _keep_token(newest: CheckpointView, authority: str, token: Token) -> None:
    row = Timestamp(
        shard=newest.shard,
        size=newest.size,
        authority=authority,
        token=token.der,
        gen_time=token.gen_time,
    )
    Timestamp.objects.bulk_create([row], ignore_conflicts=True)


def _keep_anchor(
    newest: CheckpointView, place: Place, at: datetime, locator: str
) -> None:
    row = Anchor(
        shard=newest.shard,
        size=newest.size,
        place=place.name,
        locator=locator,
        at=at,
    )
    Anchor.objects.bulk_create([row], ignore_conflicts=True)
