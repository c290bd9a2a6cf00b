"""Webhooks' secrets move to a new deployment key, and open when the old one is gone."""

import base64

import pytest
from django.core.management import CommandError, call_command

from audit.sealing import key_wrapper
from clinrag.answering.models import WebhookEndpoint
from clinrag.answering.recalls.endpoints import (
    open_secret,
    register_endpoint,
    remove_endpoint,
    rewrap,
)
from clinrag.answering.recalls.outbound import Rules
from clinrag.answering.recalls.signing import read_secret
from tests.factories.people import MANAGER
from tests.integration.answering.test_impact import T0, ledger

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
__all__ = ["ledger"]


@pytest.fixture
def secrets(ledger):
    """The secrets of two webhooks by the id of each."""
    made = [
        register_endpoint(
            f"https://93.184.216.34/{app}",
            app=app,
            wrapped_by=key_wrapper(),
            rules=Rules(),
            by=MANAGER,
            at=T0,
        )
        for app in ("ward", "pharmacy")
    ]
    return {one.view.id: read_secret(one.secret) for one in made}


def rotate(settings, *, keep: bool) -> None:
    path = settings.CLINRAG_DEPLOYMENT_KEY_FILE
    old = path.read_text() if keep else ""
    path.write_text(base64.b64encode(b"n" * 32).decode() + "\n" + old)


def opened() -> dict:
    rows = WebhookEndpoint.objects.filter(removed_at=None)
    return {row.id: open_secret(row, wrapped_by=key_wrapper()) for row in rows}


def test_secrets_open_when_the_old_key_is_gone(secrets, settings, capsys):
    rotate(settings, keep=True)
    call_command("rewrap_keys")
    assert "rewrap_webhook_secrets" in capsys.readouterr().out
    call_command("rewrap_webhook_secrets")
    assert "2 webhook secrets wrapped anew, none left" in capsys.readouterr().out
    rotate(settings, keep=False)
    assert opened() == secrets


def test_rewrapping_stops_when_the_old_key_is_gone_already(secrets, settings):
    rotate(settings, keep=False)
    with pytest.raises(CommandError):
        call_command("rewrap_webhook_secrets")


class Slow:
    """A wrapper during whose work something else happens to the secrets."""

    def __init__(self, meanwhile):
        self._wrapper, self._meanwhile = key_wrapper(), meanwhile

    def __getattr__(self, name):
        return getattr(self._wrapper, name)

    def wrap(self, key, *, key_id):
        self._meanwhile(key_id)
        return self._wrapper.wrap(key, key_id=key_id)


def test_secret_is_left_alone_when_it_changed_while_it_was_wrapped(secrets, settings):
    rotate(settings, keep=True)
    removed, other = secrets

    def meanwhile(key_id):
        if key_id == removed:
            remove_endpoint(removed, by=MANAGER, at=T0)
        else:
            rewrap(wrapped_by=key_wrapper())

    assert rewrap(wrapped_by=Slow(meanwhile)) == 0
    assert opened() == {other: secrets[other]}
