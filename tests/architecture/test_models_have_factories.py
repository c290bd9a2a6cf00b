"""Every model of ours can be made in a test by one short call."""

import importlib
import pkgutil

from django.apps import apps

import tests.factories

OURS = {"ingestion", "access", "answering"}


def factory_names() -> set[str]:
    names: set[str] = set(vars(tests.factories))
    for module in pkgutil.iter_modules(tests.factories.__path__):
        names |= set(vars(importlib.import_module(f"tests.factories.{module.name}")))
    return names


def snake_case(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def test_every_model_has_a_factory() -> None:
    wanted = {
        f"make_{snake_case(model.__name__)}"
        for model in apps.get_models()
        if model._meta.app_label in OURS
    }
    assert wanted - factory_names() == set()
