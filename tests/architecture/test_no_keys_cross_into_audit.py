"""The ledger can be audited alone: no foreign key leads into it or out of it."""

from django.apps import apps


def crossing_relations() -> set[str]:
    found = set()
    for model in apps.get_models():
        for field in model._meta.get_fields():
            other = getattr(field, "related_model", None)
            if other in {None, "self"} or not field.concrete:
                continue
            labels = {model._meta.app_label, other._meta.app_label}
            if "audit" in labels and len(labels) > 1:
                found.add(f"{model._meta.label}.{field.name}")
    return found


def test_no_foreign_key_crosses_the_border_of_audit() -> None:
    assert crossing_relations() == set()
