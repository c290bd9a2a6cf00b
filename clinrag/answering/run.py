"""What is known so far of one question on its way to an answer.

Promises: filled stage by stage, so that a failure at any point can be recorded with
everything that came before it. Lives in memory only; holds patient text.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from audit.actors import Actor
from clinrag.answering.answerers import Answerer, Drafted
from clinrag.answering.definitions import Stored
from clinrag.answering.formats.definitions import plain_brief
from clinrag.answering.formats.types import Brief
from clinrag.answering.grounding import Grounding
from clinrag.answering.prompts import Prompt
from clinrag.answering.services import Services
from clinrag.answering.types import Outcome, Question
from clinrag.inference.errors import ModelReturnedRubbish
from clinrag.inference.types import DraftAnswer
from clinrag.privacy.types import Screening
from clinrag.retrieval.types import Retrieval, RetrievedPassage
from ingestion.queries import CollectionView

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(slots=True)
class Run:
    """One question; `passages` are the retrieved ones, best first.

    `output` is what a model wrote, kept even if it could not be read. `refusal` is the
    outcome and reason of a question that goes to no model, `fault` what went wrong:
    with either, only the end is left to record. `brief` is what is to be written, and
    `context` the screened encounter, if one was told; `stored` are the definitions
    that need not be stored with the end.
    """

    id: UUID
    question: Question
    screening: Screening
    collections: tuple[CollectionView, ...]
    as_of: datetime
    started_at: datetime
    by: Actor
    now: Callable[[], datetime]
    services: Services
    brief: Brief = field(default_factory=plain_brief)
    context: Screening | None = None
    stored: Stored = frozenset()
    query_entry_id: UUID | None = None
    stage: str = "receive"
    retrieval: Retrieval | None = None
    answerer: Answerer | None = None
    prompt: Prompt | None = None
    drafted: Drafted | None = None
    grounding: Grounding | None = None
    fell_back_because: str | None = None
    refusal: tuple[Outcome, str] | None = None
    fault: Exception | None = None
    output: str | None = None
    timings_ms: dict[str, int] = field(default_factory=dict)

    @property
    def passages(self) -> tuple[RetrievedPassage, ...]:
        return self.retrieval.passages if self.retrieval else ()

    @property
    def corpus_position(self) -> str | None:
        return self.retrieval.corpus_position if self.retrieval else None

    @property
    def expanded_question(self) -> str:
        """What was searched for: the question with its abbreviations written out."""
        if self.retrieval is None:
            return self.screening.masked_text
        return self.retrieval.expanded_text

    @property
    def in_prompt(self) -> frozenset[int]:
        return self.prompt.in_prompt if self.prompt else frozenset()

    @property
    def fallback_used(self) -> bool:
        return self.fell_back_because is not None

    @property
    def model(self) -> str:
        if self.drafted:
            return self.drafted.model
        return (self.answerer or self.services.answerer).name

    def checkable(self) -> tuple[DraftAnswer, Prompt]:
        """The draft and the prompt it was drafted from."""
        if self.prompt is None or self.drafted is None or self.drafted.draft is None:
            raise ModelReturnedRubbish
        return self.drafted.draft, self.prompt

    def passage(self, number: int) -> RetrievedPassage:
        """The retrieved passage that has this number in the prompt."""
        return self.passages[number - 1]

    @property
    def is_over(self) -> bool:
        return self.refusal is not None or self.fault is not None

    @contextmanager
    def faults_kept(self) -> Iterator[None]:
        """Keeps what goes wrong for the record, instead of raising it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  # recorded at the end
            self.fault = error

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Names the stage under way and adds its duration to the record."""
        self.stage = stage
        before = self.now()
        try:
            yield
        finally:
            spent = (self.now() - before) // _MILLISECOND
            self.timings_ms[stage] = self.timings_ms.get(stage, 0) + spent
