"""Going through pages as whoever they are for."""

from collections.abc import Iterator, Mapping

from playwright.sync_api import Page

from tests.browser.world import PASSWORD

Pages = Mapping[str, tuple[str, str]]
"""Each page's path, and the name of who looks at it."""


def walk(page: Page, server: str, pages: Pages) -> Iterator[str]:
    """Open each page in turn, and give its name."""
    looking = ""
    for name, (path, username) in pages.items():
        if username != looking:
            sign_in_as(page, server, username)
            looking = username
        page.goto(server + path)
        yield name


def sign_in_as(page: Page, server: str, username: str) -> None:
    """Sign somebody in; the appearance that was chosen stays."""
    chosen = [one for one in page.context.cookies() if one["name"] == "theme"]
    page.context.clear_cookies()
    page.context.add_cookies(chosen)
    page.goto(server + "/login")
    page.fill("#id_username", username)
    page.fill("#id_password", PASSWORD)
    page.click("button:has-text('Sign in')")
    page.wait_for_url(server + "/")
