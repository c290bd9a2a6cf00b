"""The admin looks and does not touch."""

import pytest
from django.contrib import admin

from ingestion import models

SHOWN = ["Collection", "Document", "DocumentVersion", "Review", "CorpusChange"]


@pytest.mark.parametrize("name", SHOWN)
def test_admin_only_shows(name, rf):
    page = admin.site.get_model_admin(getattr(models, name))
    request = rf.get("/")

    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)
