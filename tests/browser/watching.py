"""What must never happen while somebody looks at a page."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request, Response

IS_DARK = """() => document.documentElement.dataset.theme === 'dark'
  || matchMedia('(prefers-color-scheme: dark)').matches"""
EVERY_RULE = {"resultTypes": ["violations"]}
# The scheme changes colours and nothing else; all the rest is looked at in the light.
CONTRAST = EVERY_RULE | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
HARMLESS = "Failed to load resource"  # a refusal that the test itself asked for


@dataclass
class Watch:
    """Collects complaints of the browser and failures of the server."""

    complaints: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("response", self._see)
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in {"localhost", None}:
            self.complaints.append(f"left for another site: {request.url}")

    def check(self) -> None:
        if self.complaints:
            raise AssertionError("\n".join(self.complaints))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and HARMLESS not in message.text:
            self.complaints.append(f"console: {message.text}")

    def _see(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} at {response.url}")


def violations(page: Page, name: str = "") -> list[str]:
    """What axe-core finds in a page; in the dark, what it finds of contrast."""
    options: dict[str, Any] = CONTRAST if page.evaluate(IS_DARK) else EVERY_RULE
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{name}: {one['impact']} {one['id']}: {node['html'][:160]}"
        for one in found
        for node in one["nodes"]
    ]
