"""The stages after the search: prompt, model, grounding, result.

Promises: each begins from what is recorded of the stage before, so that one difference
is not told four times. A model server is not called again unless the replay is told to;
what it wrote then is read from the record and checked again. Standing, which tells what
a text is worth at a moment, is not compared. Tells places and hashes, no words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clinrag.answering import composing, reasons
from clinrag.answering.answerers import (
    EXTRACTIVE,
    Drafted,
    ExtractiveAnswerer,
    read_draft,
)
from clinrag.answering.errors import PromptTooSmall
from clinrag.answering.formats.fields import check_fields
from clinrag.answering.grounding import Grounding
from clinrag.answering.models import PromptTemplate
from clinrag.answering.policies import policy_for
from clinrag.answering.prompts import Prompt, Template, build_prompt, sha256_hex
from clinrag.answering.release import decide
from clinrag.answering.replay.comparing import counted, first_byte, first_item
from clinrag.answering.replay.rerun import Rerun
from clinrag.answering.replay.then import embedder_then
from clinrag.answering.replay.types import Difference, Stage, StageName
from clinrag.answering.types import AnswerResult, Claim, Outcome
from clinrag.inference.errors import (
    InferenceError,
    ModelAddressForbidden,
    ModelReturnedRubbish,
)
from clinrag.inference.types import DraftAnswer
from ingestion.embedding import Embedder, embedder_named
from ingestion.embedding.types import identity_of
from ingestion.errors import EmbedderUnknown, EmbeddingFailed

DRAFT_STAGES = (
    StageName.PROMPT,
    StageName.MODEL,
    StageName.GROUNDING,
    StageName.RESULT,
)
HASH_SHOWN = 16


@dataclass(frozen=True, slots=True)
class _Made:
    """A stage, and what the next one begins from: a draft, if there is one.

    `called_model`: the prompt was sent to a model server again.
    """

    stage: Stage
    draft: DraftAnswer | None = None
    called_model: bool = False


@dataclass(frozen=True, slots=True)
class Redrafted:
    """The stages of a draft, and whether a model server was asked for it again."""

    stages: tuple[Stage, ...]
    called_model: bool = False


def drafted(rerun: Rerun) -> Redrafted:
    """Prompt, model, grounding and result, as far as the answer came."""
    recorded = rerun.recorded
    if recorded.prompt_sha256 is None:
        before = map(Stage.not_reached, DRAFT_STAGES[:3])
        return Redrafted((*before, _refusal(rerun)))
    prompt = _prompt(rerun)
    if isinstance(prompt, str):
        return Redrafted(tuple(Stage.not_run(name, prompt) for name in DRAFT_STAGES))
    model = _model(rerun, prompt)
    checked = _checked(rerun, prompt, model.draft)
    stages = (_written(rerun, prompt), model.stage, *checked)
    return Redrafted(stages, model.called_model)


def _refusal(rerun: Rerun) -> Stage:
    """An answer that ended before there was a prompt: for the reason it then had."""
    said = f"It ended before a prompt was written: {rerun.recorded.outcome}."
    return Stage.same(StageName.RESULT, said)


def _prompt(rerun: Rerun) -> Prompt | str:
    """The prompt from the recorded passages; or the sentence why there is none."""
    template = _template(rerun)
    if template is None:
        return "The template of then is not stored, or not under the recorded hash."
    if rerun.brief is None:
        return "The format or style of then is not stored, or not under its hash."
    if len(rerun.passages) < len(rerun.recorded.passages):
        return "The text of a recorded passage is gone."
    try:
        return build_prompt(
            template,
            question=rerun.recorded.sealed.masked_question,
            passages=rerun.passages,
            budget_tokens=rerun.policy.prompt_tokens,
            brief=rerun.brief,
        )
    except PromptTooSmall:
        return "Not one passage fits into the budget."


def _template(rerun: Rerun) -> Template | None:
    name, _, version = rerun.recorded.template.rpartition("/")
    row = PromptTemplate.objects.filter(name=name, version=int(version or 0)).first()
    wanted = rerun.recorded.template_sha256
    if row is None or sha256_hex(row.text) != wanted:
        return None
    return Template(row.name, row.version, row.text, wanted)


def _written(rerun: Rerun, prompt: Prompt) -> Stage:
    name, recorded = StageName.PROMPT, rerun.recorded
    size = len(prompt.text.encode())
    if prompt.sha256 == recorded.prompt_sha256:
        return Stage.same(name, f"The same {size} bytes (SHA-256 {prompt.sha256}).")
    then = (recorded.sealed.prompt or "").encode()
    place = first_byte(then, prompt.text.encode())
    return Stage.differs(
        name,
        "The prompt is not the same bytes.",
        Difference(
            f"byte {(place or 0) + 1}",
            _hashed(recorded.prompt_sha256 or "", len(then)),
            _hashed(prompt.sha256, size),
        ),
    )


def _hashed(sha256: str, size: int) -> str:
    return f"SHA-256 {sha256[:HASH_SHOWN]} of {size} bytes"


def _model(rerun: Rerun, prompt: Prompt) -> _Made:
    if rerun.recorded.outcome == Outcome.MODEL_FAILED:
        said = f"It failed then ({rerun.recorded.reason}); that is not made again."
        return _Made(Stage.not_run(StageName.MODEL, said))
    if rerun.recorded.model == EXTRACTIVE:
        return _chosen(rerun, prompt)
    return _written_by_server(rerun, prompt)


def _chosen(rerun: Rerun, prompt: Prompt) -> _Made:
    """The built-in answerer chooses again: as many sentences, the released among them.

    Its draft has no bytes of its own: what it released is in the sealed answer.
    """
    name, recorded = StageName.MODEL, rerun.recorded
    question = recorded.sealed.expanded_question or recorded.sealed.masked_question
    try:
        made = ExtractiveAnswerer(_embedder(rerun)).draft(prompt, question=question)
    except EmbedderUnknown:
        return _Made(Stage.not_run(name, "The embedder that it chose by is gone."))
    except EmbeddingFailed:
        return _Made(Stage.not_run(name, "The embedder cannot be used."))
    claims = made.draft.claims if made.draft else ()
    then = [claim.text for claim in _claims(recorded.sealed.result)]
    lost = _first_missing(then, [claim.text for claim in claims])
    if len(claims) == len(recorded.verdicts) and lost is None:
        said = f"It chooses the same {counted(len(claims), 'sentence')}."
        return _Made(Stage.same(name, said), made.draft)
    place = f"claim {1 + (lost or 0)}"
    counts = (f"{len(recorded.verdicts)} sentences", f"{len(claims)} sentences")
    stage = Stage.differs(
        name,
        "The built-in answerer chooses other sentences.",
        Difference(place, *counts),
    )
    return _Made(stage, made.draft)


def _embedder(rerun: Rerun) -> Embedder:
    """The one that the answerer of then chose by; older records tell the search's.

    Raises EmbedderUnknown, or EmbeddingFailed if it cannot start.
    """
    own = rerun.services.embedder
    named = dict(rerun.recorded.parameters).get("embedder")
    if named is None:
        return embedder_then(rerun.recorded, own=own)
    return own if named == identity_of(own) else embedder_named(named)


def _claims(result: AnswerResult | None) -> Sequence[Claim]:
    return result.claims if result else ()


def _first_missing(wanted: Sequence[str], found: Sequence[str]) -> int | None:
    """The place of the first that does not come in `found`, in the same order."""
    rest = iter(found)
    missing = (place for place, one in enumerate(wanted) if one not in rest)
    return next(missing, None)


def _written_by_server(rerun: Rerun, prompt: Prompt) -> _Made:
    """What a server wrote, from the record; asked again only if that is allowed."""
    name, recorded = StageName.MODEL, rerun.recorded
    output = recorded.sealed.model_output
    try:
        draft = read_draft(output or "", prompt.brief.format)
    except ModelReturnedRubbish:
        said = "What the model wrote is not recorded in a form that can be read."
        return _Made(Stage.not_run(name, said))
    obstacle = _obstacle(rerun)
    if obstacle:
        return _Made(Stage.not_run(name, obstacle), draft)
    return _again(_asked_again(rerun, prompt), draft, output or "")


def _again(again: Drafted | InferenceError, draft: DraftAnswer, output: str) -> _Made:
    """What a server wrote now beside its `output` of then, which `draft` is read of."""
    name = StageName.MODEL
    if isinstance(again, ModelAddressForbidden):
        said = "By today's policy the text may not be sent to a model outside."
        return _Made(Stage.not_run(name, said), draft)
    if isinstance(again, InferenceError) or again.output is None:
        said = "The model server gave no answer."
        return _Made(Stage.not_run(name, said), draft, called_model=True)
    place = first_byte(output.encode(), again.output.encode())
    if place is None:
        said = "The model wrote the same bytes."
        return _Made(Stage.same(name, said), draft, called_model=True)
    sizes = (f"{len(output)} characters", f"{len(again.output)} characters")
    stage = Stage.differs(
        name, "The model wrote something else.", Difference(f"byte {place + 1}", *sizes)
    )
    return _Made(stage, draft, called_model=True)


def _obstacle(rerun: Rerun) -> str:
    """Why a model server is not asked again; empty if it is."""
    parameters = dict(rerun.recorded.parameters)
    # What was asked for: a server may report another name than it is asked by.
    name = parameters.get("model", rerun.recorded.model)
    if float(parameters.get("temperature", "1")) > 0:
        return f"{name} was asked at a temperature: it writes otherwise each time."
    if not rerun.calls_model:
        return f"{name} is not asked again; what it wrote then is checked below."
    if rerun.services.answerer.name != name:
        return f"{name} is not the model of this deployment any more."
    return ""


def _asked_again(rerun: Rerun, prompt: Prompt) -> Drafted | InferenceError:
    """What is drafted now, or why nothing is."""
    question = rerun.recorded.sealed.expanded_question or ""
    # By the policy of today: what may leave this site is not settled by the past.
    today = policy_for(rerun.collections, default=rerun.services.policy)
    try:
        answerer = rerun.services.held_to(today).answerer
        return answerer.draft(prompt, question=question)
    except InferenceError as error:
        return error


def _checked(
    rerun: Rerun, prompt: Prompt, draft: DraftAnswer | None
) -> tuple[Stage, Stage]:
    """The verdicts, and what was released by them."""
    recorded = rerun.recorded
    if recorded.outcome == Outcome.MODEL_FAILED:
        stages = StageName.GROUNDING, StageName.RESULT
        return Stage.not_reached(stages[0]), Stage.not_reached(stages[1])
    if draft is None:
        said = "There is no draft to check."
        return (
            Stage.not_run(StageName.GROUNDING, said),
            Stage.not_run(StageName.RESULT, said),
        )
    grounding = check_fields(draft, prompt.evidence, form=prompt.brief.format)
    return _judged(rerun, grounding), _result(rerun, prompt, grounding)


def _judged(rerun: Rerun, grounding: Grounding) -> Stage:
    name, then = StageName.GROUNDING, rerun.recorded.verdicts
    place = first_item(then, grounding.verdicts)
    if place is None:
        return Stage.same(
            name, f"The same verdicts on {counted(len(then), 'statement')}."
        )
    before, after = (
        rows[place] if place < len(rows) else "absent"
        for rows in (then, grounding.verdicts)
    )
    return Stage.differs(
        name,
        "A statement is judged otherwise.",
        Difference(f"claim {place + 1}", before, after),
    )


def _result(rerun: Rerun, prompt: Prompt, grounding: Grounding) -> Stage:
    name, recorded = StageName.RESULT, rerun.recorded
    if recorded.reason == reasons.TEXT_WITHDRAWN:
        said = "A cited text was withdrawn meanwhile; that is not made again."
        return Stage.not_run(name, said)
    decision = decide(
        grounding,
        question=recorded.sealed.masked_question,
        policy=rerun.policy.grounding,
    )
    before = f"{recorded.outcome} {recorded.reason or ''}".strip()
    after = f"{decision.outcome.value} {decision.reason or ''}".strip()
    if before != after:
        said = "The question ends otherwise."
        return Stage.differs(name, said, Difference("outcome", before, after))
    if decision.reason or recorded.sealed.result is None:
        return Stage.same(name, f"It ends the same: {before}.")
    run = rerun.run()
    run.prompt, run.grounding = prompt, grounding
    made = composing.released(run, decision, at=recorded.ended_at)
    return _compared(recorded.sealed.result, made)


def _compared(then: AnswerResult, now: AnswerResult) -> Stage:
    name, said = StageName.RESULT, "The answer is not the same."
    claims = ([_told(one) for one in result.claims] for result in (then, now))
    place = first_item(*claims)
    if place is not None:
        counts = (f"{len(one.claims)} statements" for one in (then, now))
        return Stage.differs(name, said, Difference(f"claim {place + 1}", *counts))
    if then.text != now.text:
        sizes = (f"{len(one.text or '')} characters" for one in (then, now))
        return Stage.differs(name, said, Difference("text", *sizes))
    if then.confidence != now.confidence and _standings(then) == _standings(now):
        levels = (str(one.confidence) for one in (then, now))
        return Stage.differs(name, said, Difference("confidence", *levels))
    return Stage.same(
        name, f"The same {counted(len(now.claims), 'statement')}, word for word."
    )


def _told(claim: Claim) -> tuple[object, ...]:
    places = (
        (c.version_id, c.chunk_id, c.content_sha256, c.char_start, c.char_end, c.quote)
        for c in claim.citations
    )
    told = ((c.char_start, c.char_end, c.quote) for c in claim.context_citations)
    return claim.text, claim.verdict, claim.field, tuple(places), tuple(told)


def _standings(result: AnswerResult) -> list[str]:
    return [citation.standing for citation in result.citations]
