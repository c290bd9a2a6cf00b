"""Each process gets the addresses of its own role, and only those."""

import pytest

from clinrag.local.addresses import ANCHORING, check_addresses, environment_of
from clinrag.local.databases import ANCHOR, APP, OWNER, SEQUENCER, SIGNER
from clinrag.local.errors import AddressMissing

GIVEN = {
    "DATABASE_URL": "postgresql://app@db/clinrag",
    "CLINRAG_KEYS_DATABASE_URL": "postgresql://app@keys/clinrag_keys",
    "CLINRAG_OWNER_DATABASE_URL": "postgresql://owner@db/clinrag",
    "CLINRAG_OWNER_KEYS_DATABASE_URL": "postgresql://owner@keys/clinrag_keys",
    "CLINRAG_SEQUENCER_DATABASE_URL": "postgresql://sequencer@db/clinrag",
    "CLINRAG_SIGNER_DATABASE_URL": "postgresql://signer@db/clinrag",
}


@pytest.mark.parametrize(
    ("role", "addresses"),
    [
        (
            OWNER,
            {
                "DATABASE_URL": "postgresql://owner@db/clinrag",
                "CLINRAG_KEYS_DATABASE_URL": "postgresql://owner@keys/clinrag_keys",
            },
        ),
        (
            APP,
            {
                "DATABASE_URL": "postgresql://app@db/clinrag",
                "CLINRAG_KEYS_DATABASE_URL": "postgresql://app@keys/clinrag_keys",
            },
        ),
        (SEQUENCER, {"DATABASE_URL": "postgresql://sequencer@db/clinrag"}),
        (SIGNER, {"DATABASE_URL": "postgresql://signer@db/clinrag"}),
    ],
)
def test_environment_holds_the_addresses_of_one_role(role, addresses):
    found = environment_of(role, GIVEN | {"REDIS_URL": "redis://cache"})

    assert found == addresses | {"REDIS_URL": "redis://cache"}


def test_addresses_are_accepted_when_every_role_has_its_own():
    check_addresses(GIVEN)


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_addresses_are_refused_by_name_when_one_is_missing(name):
    with pytest.raises(AddressMissing, match=rf"\b{name}\b too"):
        check_addresses(GIVEN | {name: ""})


def test_anchoring_needs_an_address_only_when_it_has_something_to_do():
    own = {"CLINRAG_ANCHOR_DATABASE_URL": "postgresql://anchor@db/clinrag"}
    for setting in ANCHORING:
        with pytest.raises(AddressMissing, match="CLINRAG_ANCHOR_DATABASE_URL too"):
            check_addresses(GIVEN | {setting: "x"})
        check_addresses(GIVEN | own | {setting: "x"})
    found = environment_of(ANCHOR, GIVEN | own)
    assert found == {"DATABASE_URL": "postgresql://anchor@db/clinrag"}
