"""What is attacked: a deployment of its own for each test, in a cluster of its own.

`site` has the roles and real processes. `log` is the same ledger seen from inside the
test's process, which is the superuser there: it may do anything to it, and nobody has
to put it right afterwards. Both are honest before a test begins.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from audit.management.commands.ledger_keys import create_deployment_key
from clinrag.local.supervisor import Supervisor
from tests.attacks.publishing import Auditor
from tests.attacks.yard import ORIGIN, Site, Yard
from tests.integration.audit.conftest import Ledger
from tests.integration.ingestion_lifecycle.running import worker

__all__ = ["worker"]


@pytest.fixture(scope="session")
def yard() -> Iterator[Yard]:
    with tempfile.TemporaryDirectory(prefix="clinrag-attacks-") as base:
        Path(base).chmod(0o755)
        yard = Yard(Path(base), Supervisor())
        yield yard
        yard.close()


@contextmanager
def open_site(yard: Yard, folder: Path) -> Iterator[Site]:
    """A ledger with fresh databases and keys, while the block runs."""
    site = Site(yard, folder, yard.copy_databases())
    create_deployment_key(folder / "deployment.key")
    site.files.create_key(ORIGIN)
    try:
        yield site
    finally:
        site.close()


@pytest.fixture
def site(yard: Yard, tmp_path: Path) -> Iterator[Site]:
    with open_site(yard, tmp_path) as site:
        yield site


@pytest.fixture
def log(site: Site, settings: object, django_db_blocker: object) -> Iterator[Ledger]:
    """The site's ledger, written, sequenced and signed here, as the superuser."""
    settings.CLINRAG_SIGNER_DIR = site.folder / "signer"
    settings.CLINRAG_DEPLOYMENT_KEY_FILE = site.folder / "deployment.key"
    settings.CLINRAG_LOG_ORIGIN = ORIGIN
    before = {alias: dict(connections.databases[alias]) for alias in site.names}
    home = site.yard.cluster.home
    password = (home / "superuser-password").read_text(encoding="ascii")
    connections.close_all()
    for alias, name in site.names.items():
        connections.databases[alias].update(
            NAME=name,
            HOST=str(site.yard.cluster.sockets),
            USER="postgres",
            PASSWORD=password,
        )
    with django_db_blocker.unblock():
        yield Ledger(site.files)
        connections.close_all()
    for alias, settings_before in before.items():
        connections.databases[alias].clear()
        connections.databases[alias].update(settings_before)


GUARDS = """
SELECT format('ALTER TABLE %%I DISABLE TRIGGER ALL', relname) FROM pg_class
WHERE relkind IN ('r', 'p') AND relname LIKE 'audit\\_%%'
UNION ALL
SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', conrelid::regclass::text, conname)
FROM pg_constraint
WHERE contype = 'c' AND coninhcount = 0 AND conrelid::regclass::text LIKE 'audit\\_%%'
"""


@pytest.fixture
def superuser(site: Site) -> Iterator[psycopg.Connection]:
    """Every trigger off and every check gone, in both databases; then anything."""
    with site.connect() as records, site.connect(database="keys") as keys:
        for connection in (keys, records):
            for (statement,) in connection.execute(GUARDS.encode(), ()).fetchall():
                connection.execute(statement.encode())
        yield records


@pytest.fixture
def auditor(log: Ledger, capsys: object, tmp_path: Path) -> Auditor:
    """Somebody outside who has the public key, and so far no checkpoint."""
    return Auditor(capsys, log.vkey, tmp_path / "auditor")


@pytest.fixture(scope="session")
def rounds() -> int:
    """How often a process is killed: a few times, or `ATTACK_ROUNDS`."""
    return int(os.environ.get("ATTACK_ROUNDS", "5"))
