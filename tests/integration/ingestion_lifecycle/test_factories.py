"""Every factory makes a row that passes every constraint, with nothing said."""

import pytest
from django.db.models import Model

from ingestion.lifecycle import Status
from tests.factories import access, answering, ingestion

FACTORIES = [
    value
    for module in (access, answering, ingestion)
    for name, value in vars(module).items()
    if name.startswith("make_") and name != "make_searchable"
]


@pytest.mark.django_db
@pytest.mark.parametrize("make", FACTORIES, ids=lambda make: make.__name__)
def test_factory_makes_a_row_when_nothing_is_said(make):
    row = make()

    assert isinstance(row, Model)
    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("status", list(Status))
def test_version_factory_reaches_every_status(status):
    assert ingestion.make_document_version(status=status).status == status
