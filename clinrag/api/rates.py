"""A fixed window of one minute per key or account.

The count lives in the cache, shared by all web processes. When the cache is away
requests pass: the limit protects from careless loops, and an answer withheld
because a counter is missing would help nobody.
"""

import logging
from dataclasses import dataclass

from django.core.cache import cache

from clinrag.api.errors import RateExceeded

WINDOW_SECONDS = 60
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RateState:
    """Where a caller stands in the current window; `reset` in seconds."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """The fields of draft-ietf-httpapi-ratelimit-headers-10."""
        return {
            "RateLimit-Policy": f'"minute";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"minute";r={self.remaining};t={self.reset}',
        }


def count_request(actor_id: str, *, limit: int, now: float) -> RateState | None:
    """Count one request at `now` (Unix seconds); None while the cache is away.

    Raises RateExceeded, with the seconds to wait, beyond the limit.
    """
    window = int(now // WINDOW_SECONDS)
    reset = max(1, int((window + 1) * WINDOW_SECONDS - now))
    try:
        count = _increment(f"rate:{actor_id}:{window}")
    except Exception:  # noqa: BLE001  each cache has errors of its own
        logger.warning("the cache is away, requests are not counted")
        return None
    if count > limit:
        raise RateExceeded(reset)
    return RateState(limit=limit, remaining=limit - count, reset=reset)


def _increment(name: str) -> int:
    cache.add(name, 0, timeout=2 * WINDOW_SECONDS)
    return int(cache.incr(name))
