"""Every page names the permissions that open it, or is on the short open list."""

from clinrag.access.roles import Permission
from clinrag.web.urls import urlpatterns

OPEN = {"login", "logout", "appearance"}
SIGNED_IN = {"overview", "purpose"}


def test_every_page_names_its_permissions_unless_it_is_open() -> None:
    unnamed = {
        one.name for one in urlpatterns if not getattr(one.callback, "permissions", ())
    }
    assert unnamed == OPEN | SIGNED_IN


def test_pages_for_everybody_still_ask_to_sign_in() -> None:
    guarded = {one.name for one in urlpatterns if hasattr(one.callback, "permissions")}
    assert guarded >= SIGNED_IN
    assert not guarded & OPEN


def test_permissions_named_are_permissions() -> None:
    named = {
        needed
        for one in urlpatterns
        for needed in getattr(one.callback, "permissions", ())
    }
    assert named <= set(Permission)
