"""Actors for tests."""

from audit.actors import Actor, ActorKind


def make_person(number: int = 1, name: str = "") -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        id=f"user:{number}",
        name=name or f"Person {number}",
        method="session",
    )


AUTHOR = make_person(1, "Alma Author")
REVIEWER = make_person(2, "Rita Reviewer")
MANAGER = make_person(3, "Mona Manager")
