"""What the pipeline works with, put together from the settings.

Promises: the one place in answering that reads settings; everything below is given
its services. An empty model URL means the built-in answerer and no fallback.
"""

from dataclasses import dataclass, replace
from typing import Self

from django.conf import settings

from clinrag.answering.answerers import Answerer, ExtractiveAnswerer, ModelAnswerer
from clinrag.answering.policy import GroundingPolicy, IdentifierPolicy, Policy
from clinrag.inference.client import ClientLimits, ModelClient
from ingestion.embedding import Embedder, get_embedder


@dataclass(frozen=True, slots=True)
class Services:
    """An embedder, an answerer, what to fall back to if it fails, and the policy."""

    embedder: Embedder
    answerer: Answerer
    fallback: Answerer | None
    policy: Policy

    @property
    def policy_label(self) -> str:
        fallback = self.fallback.name if self.fallback else "none"
        return f"{self.policy.label} fallback={fallback}"

    def held_to(self, policy: Policy) -> Self:
        """The same under this policy; a model outside is used only if it allows so."""
        answerer = self.answerer
        if isinstance(answerer, ModelAnswerer):
            allowed = policy.external_models
            answerer = replace(answerer, allows_external=allowed)
        return replace(self, policy=policy, answerer=answerer)


def default_policy() -> Policy:
    """What holds where nobody set a policy for a collection."""
    return Policy(
        grounding=GroundingPolicy(settings.CLINRAG_GROUNDING_POLICY),
        identifiers=IdentifierPolicy(settings.CLINRAG_IDENTIFIER_POLICY),
        external_models=settings.CLINRAG_MODEL_EXTERNAL,
        prompt_tokens=settings.CLINRAG_PROMPT_TOKENS,
    )


_clients: dict[tuple[str, ...], ModelClient] = {}


def build_services() -> Services:
    """The services this deployment is configured for."""
    embedder = get_embedder()
    extractive = ExtractiveAnswerer(embedder)
    policy = default_policy()
    if not settings.CLINRAG_MODEL_URL:
        return Services(embedder, extractive, None, policy)
    falls_back = settings.CLINRAG_MODEL_FALLBACK == "extractive"
    return Services(
        embedder=embedder,
        answerer=ModelAnswerer(_client(), max_tokens=settings.CLINRAG_REPLY_TOKENS),
        fallback=extractive if falls_back else None,
        policy=policy,
    )


def model_client() -> ModelClient | None:
    """The client of the configured model server, if there is one."""
    return _client() if settings.CLINRAG_MODEL_URL else None


def _client() -> ModelClient:
    """One client a process and configuration: it keeps count of calls and failures."""
    seconds = float(settings.CLINRAG_MODEL_TIMEOUT_SECONDS)
    concurrency = settings.CLINRAG_MODEL_CONCURRENCY
    key = (
        settings.CLINRAG_MODEL_URL,
        settings.CLINRAG_MODEL_NAME,
        settings.CLINRAG_MODEL_API_KEY,
        f"{seconds} {concurrency}",
    )
    if key not in _clients:
        _clients[key] = ModelClient(
            settings.CLINRAG_MODEL_URL,
            model=settings.CLINRAG_MODEL_NAME,
            api_key=settings.CLINRAG_MODEL_API_KEY or None,
            limits=ClientLimits(
                waiting_seconds=seconds,
                total_seconds=seconds,
                silence_seconds=seconds,
                concurrency=concurrency,
            ),
        )
    return _clients[key]
