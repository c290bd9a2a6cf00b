"""Real servers for every test that touches one: started once a session.

The database user of the tests is the cluster's superuser, since tests tamper;
`app_role` gives a connection with the application's own, smaller rights.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.db import connections

from clinrag.local.postgres import PostgresCluster
from clinrag.local.supervisor import Supervisor
from clinrag.local.valkey import ValkeyServer
from tests.settings import SESSION_DIR

ROLES = (
    "clinrag_owner",
    "clinrag_app",
    "clinrag_sequencer",
    "clinrag_signer",
    "clinrag_anchor",
)
ROLE_PASSWORD = "only-for-tests"
FAST = {"fsync": "off", "full_page_writes": "off"}
REPOSITORY = Path(__file__).resolve().parent.parent

# A law holds or does not; how long an example took says how busy the machine was.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def servers() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    supervisor.stop()


@pytest.fixture(scope="session")
def postgres(servers: Supervisor) -> PostgresCluster:
    cluster = PostgresCluster(SESSION_DIR / "postgres", settings=FAST)
    cluster.start(servers)
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        for role in ROLES:
            connection.execute(
                f"CREATE ROLE {role} LOGIN PASSWORD '{ROLE_PASSWORD}'"  # type: ignore[arg-type]
            )
    return cluster


@pytest.fixture(scope="session")
def valkey(servers: Supervisor) -> ValkeyServer:
    server = ValkeyServer(SESSION_DIR / "valkey")
    server.start(servers)
    os.environ["REDIS_URL"] = server.url
    return server


@pytest.fixture(scope="session", autouse=True)
def _redis_settings(valkey: ValkeyServer) -> None:
    settings.REDIS_URL = valkey.url
    settings.CELERY_BROKER_URL = valkey.url
    settings.CACHES["default"]["LOCATION"] = valkey.url


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres: PostgresCluster) -> None:
    password = (postgres.home / "superuser-password").read_text(encoding="ascii")
    for alias in ("default", "keys"):
        connections.databases[alias].update(
            HOST=str(postgres.sockets), USER="postgres", PASSWORD=password
        )


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest
) -> Iterator[None]:
    """After the migrations: rights for the roles, as a deployment gives them."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        apply_grants()
    return django_db_setup


def apply_grants() -> None:
    for alias, file in (("default", "grants.sql"), ("keys", "grants-keys.sql")):
        if not str(connections[alias].settings_dict["NAME"]).startswith("test_"):
            continue  # no test of this run uses it, so it was not made
        sql = (REPOSITORY / "deploy" / "sql" / file).read_text(encoding="utf-8")
        with connections[alias].cursor() as cursor:
            cursor.execute(sql)


@pytest.fixture
def app_role(postgres: PostgresCluster, db: None) -> Iterator[psycopg.Connection]:
    """A connection to the test database with the application's rights."""
    with as_role(postgres, "clinrag_app") as connection:
        yield connection


def as_role(postgres: PostgresCluster, role: str) -> psycopg.Connection:
    name = str(connections["default"].settings_dict["NAME"])
    url = postgres.url(name, user=role, password=ROLE_PASSWORD)
    return psycopg.connect(url, autocommit=True)
