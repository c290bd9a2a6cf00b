"""Where each process connects when the databases are the operator's own servers.

Promises: a process finds the addresses of its own role in its environment and no
other. The sequencer and the signer cannot reach the data keys, and nobody who
serves knows the owner's password.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from clinrag.local.databases import ANCHOR, APP, OWNER, SEQUENCER, SIGNER
from clinrag.local.errors import AddressMissing

RECORDS_URL: Final = "DATABASE_URL"
KEYS_URL: Final = "CLINRAG_KEYS_DATABASE_URL"
VARIABLES: Final = MappingProxyType(
    {
        OWNER: {
            RECORDS_URL: "CLINRAG_OWNER_DATABASE_URL",
            KEYS_URL: "CLINRAG_OWNER_KEYS_DATABASE_URL",
        },
        APP: {RECORDS_URL: RECORDS_URL, KEYS_URL: KEYS_URL},
        SEQUENCER: {RECORDS_URL: "CLINRAG_SEQUENCER_DATABASE_URL"},
        SIGNER: {RECORDS_URL: "CLINRAG_SIGNER_DATABASE_URL"},
        ANCHOR: {RECORDS_URL: "CLINRAG_ANCHOR_DATABASE_URL"},
    }
)
EVERY_VARIABLE: Final = frozenset(
    variable for wanted in VARIABLES.values() for variable in wanted.values()
)
# Set, each gives the anchoring something to do; without any there is no such process.
ANCHORING: Final = (
    "CLINRAG_WITNESS_POLICY",
    "CLINRAG_TIMESTAMP_URL",
    "CLINRAG_ANCHOR_FOLDER",
    "CLINRAG_ANCHOR_BUCKET",
)
# What says who vouches: a command in a second terminal needs all of it, and it holds no
# secret.
VOUCHING: Final = frozenset(ANCHORING) | {
    "CLINRAG_OWN_WITNESSES",
    "CLINRAG_TIMESTAMP_ROOTS",
    "CLINRAG_TIMESTAMP_POLICY",
    "CLINRAG_ANCHOR_BUCKET_PREFIX",
    "CLINRAG_ANCHOR_BUCKET_URL",
    "CLINRAG_ANCHOR_BUCKET_DAYS",
    "CLINRAG_ANCHORING_SECONDS",
}


def wants_anchoring(environment: Mapping[str, str]) -> bool:
    """Whether somebody is set to vouch for the log elsewhere."""
    return any(environment.get(name) for name in ANCHORING)


def check_addresses(environment: Mapping[str, str]) -> None:
    """Raise AddressMissing, naming every variable that is still to be set."""
    wanted = EVERY_VARIABLE
    if not wants_anchoring(environment):
        wanted -= frozenset(VARIABLES[ANCHOR].values())
    missing = sorted(name for name in wanted if not environment.get(name))
    if missing:
        raise AddressMissing(
            f"{RECORDS_URL} is set, so each process connects with a role of its own: "
            f"set {', '.join(missing)} too (deploy/env.sample)."
        )


def environment_of(role: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with the addresses of `role`, and of no other role."""
    kept = {
        name: value for name, value in environment.items() if name not in EVERY_VARIABLE
    }
    wanted = VARIABLES[role].items()
    return kept | {name: environment[variable] for name, variable in wanted}
