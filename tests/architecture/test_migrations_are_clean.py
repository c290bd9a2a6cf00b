"""Models and migrations agree, each app's history is one line."""

from collections import Counter

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

OURS = {"audit", "ingestion", "access", "answering"}


@pytest.mark.django_db(databases=["default", "keys"])
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


def test_history_of_each_app_has_one_end() -> None:
    graph = MigrationLoader(None, ignore_no_migrations=True).graph
    ends = Counter(app for app, _name in graph.leaf_nodes())
    assert {
        app: ends[app] for app in OURS if apps.is_installed(full_name(app))
    } == dict.fromkeys(OURS, 1)


def full_name(label: str) -> str:
    return apps.get_app_config(label).name
