"""Running one answer again, stage by stage, and putting on record that it was.

Promises: the reading is in the ledger before a word is opened, and the outcome before
it is returned; the answer and the corpus are left as they are.
"""

from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.events import AnswerReplayed
from clinrag.answering.replay.asking import held_to, screened
from clinrag.answering.replay.drafting import drafted
from clinrag.answering.replay.record import Reading, read_record
from clinrag.answering.replay.rerun import Rerun
from clinrag.answering.replay.searching import searched
from clinrag.answering.replay.types import Replay, Stage
from clinrag.answering.services import Services
from ingestion.queries import corpus_position


def replay_answer(
    answer_id: UUID, reading: Reading, *, services: Services, calls_model: bool = False
) -> Replay:
    """Run the answer again. Not to be called inside a transaction.

    Raises what `read_record` raises, and SearchTimedOut.
    """
    recorded = read_record(answer_id, reading)
    rerun = Rerun(recorded, services, reading.by, reading.at, calls_model=calls_model)
    before, rules = screened(rerun), held_to(rerun)
    search = searched(rerun)
    abbreviations, *found = search.stages
    draft = drafted(rerun)
    replay = Replay(
        answer_id=answer_id,
        stages=(before, abbreviations, rules, *found, *draft.stages),
        replayed_at=reading.at,
        recall=search.recall,
        called_model=draft.called_model,
    )
    _record(replay, reading)
    return replay


@transaction.atomic
def _record(replay: Replay, reading: Reading) -> None:
    ledger.append(_event(replay), by=reading.by, at=reading.at)


def _event(replay: Replay) -> AnswerReplayed:
    first = replay.first_difference
    return AnswerReplayed(
        answer_id=str(replay.answer_id),
        outcome=replay.outcome.value,
        first_difference=first.name.value if first else None,
        stages=tuple(_pair(stage) for stage in replay.stages),
        corpus_position=corpus_position(),
        called_model=replay.called_model,
    )


def _pair(stage: Stage) -> tuple[str, str]:
    return stage.name.value, stage.state.value
