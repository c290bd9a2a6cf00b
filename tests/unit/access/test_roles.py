"""Roles and permissions as data."""

import pytest

from clinrag.access.roles import (
    PERMISSIONS_OF_ROLE,
    ROLE_LABELS,
    Permission,
    Role,
    permissions_of,
)


def test_roles_have_label_and_permissions_each() -> None:
    assert set(ROLE_LABELS) == set(PERMISSIONS_OF_ROLE) == set(Role)


def test_permissions_are_each_given_to_some_role() -> None:
    assert permissions_of(Role) == set(Permission)


def test_permissions_add_up_when_a_person_has_two_roles() -> None:
    both = permissions_of([Role.CLINICIAN, Role.OPERATOR])
    assert both == {Permission.ASK, Permission.RETRIEVE, Permission.ADMINISTER}


@pytest.mark.parametrize("roles", [[], ["superuser"], [""]])
def test_permissions_are_none_when_the_role_is_unknown(roles: list[str]) -> None:
    assert permissions_of(roles) == frozenset()
