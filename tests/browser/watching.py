"""What must never happen while somebody looks at a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request, Response

IS_DARK = """() => document.documentElement.dataset.theme === 'dark'
  || matchMedia('(prefers-color-scheme: dark)').matches"""
# Colours are looked at when they are there, not on their way.
AT_REST = "Promise.all(document.getAnimations().map(one => one.finished)).then(() => 0)"
EVERY_RULE = {"resultTypes": ["violations"]}
# The scheme changes colours and nothing else; all the rest is looked at in the light.
CONTRAST = EVERY_RULE | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
# Counts what Tab should stop at, and notes from now on where it does, and whether that shows.
TABBABLE = """() => {
  document.activeElement.blur();
  const all = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')];
  const shown = all.filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled);
  const choices = shown.filter(e => e.type === 'radio');
  window.missed = new Set(shown.filter(e => !choices.includes(e)));
  window.unshown = [];
  document.addEventListener('focusin', event => {
    const look = getComputedStyle(event.target);
    window.missed.delete(event.target);
    if (look.outlineStyle === 'none' || !parseFloat(look.outlineWidth))
      window.unshown.push(event.target.outerHTML.slice(0, 120));
  });
  return window.missed.size;
}"""
LEFT = "() => window.missed.size"
STOPS = """() => ({unshown: window.unshown,
  missed: [...window.missed].map(e => e.outerHTML.slice(0, 120))})"""
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

    @contextmanager
    def paused(self, page: Page) -> Iterator[None]:
        """For axe-core, which tries inline styles of its own against the policy."""
        before = list(self.complaints)
        yield
        page.evaluate("0")  # what was complained of until here has been heard now
        self.complaints[:] = before

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
    page.evaluate(AT_REST)
    options: dict[str, Any] = CONTRAST if page.evaluate(IS_DARK) else EVERY_RULE
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{name}: {one['impact']} {one['id']}: {node['html'][:160]}"
        for one in found
        for node in one["nodes"]
    ]


def stops_missed(page: Page, name: str = "") -> list[str]:
    """Controls that Tab does not reach, and those that do not show their focus.

    Of radio buttons Tab reaches the group, and arrows go on within it: they are not
    counted.
    """
    left, presses = page.evaluate(TABBABLE), 0
    most = 3 * left + 20
    while left and presses < most:
        for _press in range(left):
            page.keyboard.press("Tab")
        presses += left
        left = page.evaluate(LEFT)
    stops = page.evaluate(STOPS)
    return [
        *(f"{name}: not reached: {one}" for one in stops["missed"]),
        *(f"{name}: no ring on {one}" for one in stops["unshown"]),
    ]


def too_wide(page: Page, name: str = "", *, width: int = 320) -> list[str]:
    """Whether a page must be scrolled sideways in a window that narrow (WCAG 1.4.10)."""
    usual = page.viewport_size
    page.set_viewport_size({"width": width, "height": 640})
    found = page.evaluate("document.scrollingElement.scrollWidth")
    if usual:
        page.set_viewport_size(usual)
    return [f"{name}: {found} wide"] if found > width else []
