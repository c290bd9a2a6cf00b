"""Every route names the permissions it needs, or stands on the short open list."""

import pytest
from django.urls import URLPattern

from clinrag.access.roles import Permission
from clinrag.api.routes import Route
from clinrag.api.urls import urlpatterns

OPEN_ROUTES = {"livez", "readyz", "openapi", "swagger", "redoc"}
PUBLIC_BY_SETTING = {"log", "log_root", "log_shards"}
METHODS = {"get", "post", "put", "patch", "delete"}
ROUTES = {pattern.name: pattern for pattern in urlpatterns}


def view_class(pattern: URLPattern) -> type | None:
    return getattr(pattern.callback, "view_class", None)


def test_open_routes_are_the_listed_ones() -> None:
    without = {name for name, one in ROUTES.items() if view_class(one) is None}
    assert without == OPEN_ROUTES


@pytest.mark.parametrize("name", sorted(set(ROUTES) - OPEN_ROUTES))
def test_route_names_a_permission_for_each_method(name: str) -> None:
    view = view_class(ROUTES[name])
    assert view is not None
    assert issubclass(view, Route)
    methods = {method.upper() for method in METHODS if hasattr(view, method)}
    assert set(view.needs) == methods
    for permissions in view.needs.values():
        assert permissions
        assert permissions <= set(Permission)
    assert view.authentication_classes == Route.authentication_classes
    assert view.permission_classes == Route.permission_classes
    assert "initial" not in vars(view)


def test_only_the_published_log_can_be_public_by_a_setting() -> None:
    classes = {name: view_class(one) for name, one in ROUTES.items()}
    public = {
        name
        for name, view in classes.items()
        if view is not None and view.is_public is not Route.is_public
    }
    assert public == PUBLIC_BY_SETTING
