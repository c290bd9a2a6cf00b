"""A clinical app of the demonstration: it knows the REST interface and a key."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from clinrag.local.errors import ServerDidNotStart

# A tiny model on a busy machine takes minutes to read its prompt.
PATIENCE_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and JSON body of a response."""

    status: int
    body: dict[str, Any]


class DemoApp:
    """Talks to one ClinRAG on this machine."""

    def __init__(self, url: str, key: str = "") -> None:
        self._url = url
        self._key = key

    def ask(self, question: dict[str, Any], *, idempotency_key: str) -> Reply:
        return self._send(
            "/api/v1/answers", question, {"Idempotency-Key": idempotency_key}
        )

    def proof(self, answer_id: str) -> Reply:
        return self._send(f"/api/v1/answers/{answer_id}/proof")

    def acknowledge(self, recall_id: str) -> Reply:
        return self._send(f"/api/v1/recalls/{recall_id}/acknowledgement", {})

    def standing(self, answer_id: str) -> Reply:
        return self._send(f"/api/v1/answers/{answer_id}/standing")

    def wait_until_ready(self, *, seconds: float) -> None:
        """Raises ServerDidNotStart with the checks that failed last."""
        deadline = time.monotonic() + seconds
        last = Reply(0, {})
        while time.monotonic() < deadline:
            last = self._send("/readyz")
            if last.status == 200:  # noqa: PLR2004  OK
                return
            time.sleep(0.2)
        raise ServerDidNotStart(f"/readyz: {last.status} {last.body}")

    def _send(
        self,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        request = urllib.request.Request(  # noqa: S310  our own loopback address
            self._url + path,
            data=json.dumps(body).encode() if body is not None else None,
            headers={
                "Authorization": f"Bearer {self._key}",
                "Content-Type": "application/json",
                **(headers or {}),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as response:  # noqa: S310
                return Reply(response.status, json.load(response))
        except urllib.error.HTTPError as refused:
            return Reply(refused.code, _json_of(refused.read()))
        except (urllib.error.URLError, ConnectionError, TimeoutError) as away:
            return Reply(0, {"error": type(away).__name__})


def _json_of(data: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(data)
    except ValueError:
        return {}
    return found
