"""What one replay works with: the record, and the services of then as far as they are.

Promises: held to the policy that the entry names, not to today's. Lives in memory only;
holds patient text.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from audit.actors import Actor
from clinrag.answering.errors import UnknownCollection
from clinrag.answering.formats.definitions import plain_brief
from clinrag.answering.formats.storing import stored_brief
from clinrag.answering.formats.types import Brief
from clinrag.answering.policy import Policy, policy_of_label
from clinrag.answering.questions import find_collections
from clinrag.answering.replay.record import Recorded
from clinrag.answering.replay.then import passages_then
from clinrag.answering.run import Run
from clinrag.answering.services import Services
from clinrag.answering.types import Question
from clinrag.privacy.identifiers import screen
from clinrag.privacy.types import Screening
from clinrag.retrieval.types import Retrieval, RetrievedPassage
from ingestion.queries import CollectionView


@dataclass(frozen=True)
class Rerun:
    """One answer on its second way; `calls_model` allows one question to a server."""

    recorded: Recorded
    services: Services
    by: Actor
    at: datetime
    calls_model: bool = False

    @cached_property
    def policy(self) -> Policy:
        """The policy of then; what its label does not say is as it is today."""
        return policy_of_label(self.recorded.policy, otherwise=self.services.policy)

    @cached_property
    def screening(self) -> Screening:
        return screen(self.recorded.sealed.question)

    @cached_property
    def context(self) -> Screening | None:
        """The encounter told with the question, screened again."""
        told = self.recorded.sealed.context
        return screen(told) if told else None

    @cached_property
    def brief(self) -> Brief | None:
        """The format and style of then; None if they are not stored as recorded."""
        recorded = self.recorded
        told = recorded.sealed.masked_context or ""
        return stored_brief(recorded.format, recorded.style, context=told)

    @cached_property
    def collections(self) -> tuple[CollectionView, ...]:
        """The collections asked; empty if one of them is no longer there."""
        try:
            return find_collections(self.recorded.collections)
        except UnknownCollection:
            return ()

    @cached_property
    def passages(self) -> tuple[RetrievedPassage, ...]:
        """The recorded passages, as they were described then."""
        return passages_then(self.recorded)

    def run(self) -> Run:
        """A run of the pipeline as it stood once it had searched."""
        recorded = self.recorded
        return Run(
            id=recorded.view.row.id,
            question=Question(
                text=recorded.sealed.question, collection_slugs=recorded.collections
            ),
            screening=self.screening,
            collections=self.collections,
            as_of=recorded.as_of,
            started_at=recorded.asked_at,
            by=self.by,
            now=lambda: self.at,
            services=replace(self.services, policy=self.policy),
            brief=self.brief or plain_brief(),
            context=self.context,
            retrieval=self._retrieval(),
            fell_back_because=dict(recorded.parameters).get("fallback_because"),
        )

    def _retrieval(self) -> Retrieval:
        recorded = self.recorded
        return Retrieval(
            query_text=self.screening.search_text,
            expanded_text=recorded.sealed.expanded_question or "",
            expansions=(),
            as_of=recorded.as_of,
            known_at=None,
            corpus_position=recorded.corpus_position,
            embedder=recorded.search.get("embedder", ""),
            path=recorded.search.get("path", "exact"),
            candidates_considered=len(self.passages),
            passages=self.passages,
        )
