"""Webhook signatures by the Standard Webhooks specification."""

import base64
from datetime import UTC, datetime
from uuid import UUID

import pytest

from clinrag.answering.recalls import signing
from clinrag.answering.recalls.errors import AddressRefused, SecretInvalid
from clinrag.answering.recalls.outbound import Rules, check_url, trusted

AT = datetime.fromtimestamp(1614265330, UTC)


def test_signature_is_that_of_the_reference_vector(monkeypatch):
    secret = signing.read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    monkeypatch.setattr(signing, "message_id", lambda _: "msg_p5jXN8AQM9LWM0D4loKWxJek")
    found = signing.headers(UUID(int=0), b'{"test": 2432232314}', secret=secret, at=AT)
    assert found == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_new_secret_reads_back():
    secret = signing.new_secret()
    assert signing.read_secret(signing.told(secret)) == secret


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "whsec_é",
        base64.b64encode(b"x" * 32).decode(),
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
    ],
)
def test_secret_is_refused_when_it_is_none(text):
    with pytest.raises(SecretInvalid):
        signing.read_secret(text)


RULES = Rules(trusted_hosts=trusted(["EHR.example.internal", "127.0.0.1", ""]))


@pytest.mark.parametrize(
    "url",
    [
        "https://ward.example.org/hooks",
        "https://ward.example.org:8443/hooks?app=1",
        "https://93.184.215.14/hooks",
        "http://ehr.example.internal/hooks",
        "http://127.0.0.1:9/hooks",
    ],
)
def test_url_is_allowed_when_it_is_public_or_named_by_the_deployment(url):
    check_url(url, rules=RULES)


@pytest.mark.parametrize(
    "url",
    [
        "http://ward.example.org/hooks",
        "https://localhost/hooks",
        "https://10.0.0.1/hooks",
        "https://127.0.0.2/hooks",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://user:secret@ward.example.org/",
        "https://ward.example.org/#fragment",
        "ftp://ward.example.org/",
        "file:///etc/passwd",
        "https:///hooks",
        "hooks",
        "",
        "https://ward.example.org/" + "x" * 1000,
    ],
)
def test_url_is_refused_when_nothing_may_be_sent_there(url):
    with pytest.raises(AddressRefused):
        check_url(url, rules=RULES)
