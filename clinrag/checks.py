"""System checks: what must not go into production, said before it does.

`manage.py check` needs no database; `check --database default` (which start-up
runs) also refuses a PostgreSQL or pgvector that is too old.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import connections

from audit.witnessing.errors import PolicyInvalid
from audit.witnessing.policy import Policy

OLDEST_POSTGRESQL = 150_000
OLDEST_PGVECTOR = (0, 8, 4)
SHORTEST_SECRET = 50
# Of a web process, beside two for each thread that takes questions in or ends them.
OTHER_CONNECTIONS = 4
PGVECTOR_VERSION = """
    SELECT coalesce(
        (SELECT extversion FROM pg_extension WHERE extname = 'vector'),
        (SELECT default_version FROM pg_available_extensions WHERE name = 'vector'))
"""


@register(Tags.security, deploy=True)
def check_secret_key(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001  Django's signature
    **_options: Any,
) -> list[CheckMessage]:
    if len(settings.SECRET_KEY) >= SHORTEST_SECRET:
        return []
    return [
        Error(
            "CLINRAG_SECRET_KEY is missing or short.",
            hint=f"Give it {SHORTEST_SECRET} random characters or more.",
            id="clinrag.E001",
        )
    ]


@register(Tags.security, deploy=True)
def check_model_transport(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001  Django's signature
    **_options: Any,
) -> list[CheckMessage]:
    urls = {
        "CLINRAG_TRANSIT_URL": settings.CLINRAG_TRANSIT_URL,
        "CLINRAG_MODEL_URL": settings.CLINRAG_MODEL_URL,
        "CLINRAG_EMBEDDING_URL": settings.CLINRAG_EMBEDDING_URL,
    }
    return [
        Caution(
            f"{name} sends text or keys unencrypted.",
            hint="Use https:// unless the server is on this machine.",
            id="clinrag.W001",
        )
        for name, url in urls.items()
        if url.startswith("http://") and not _is_loopback(url)
    ]


@register(Tags.security, deploy=True)
def check_transit(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001  Django's signature
    **_options: Any,
) -> list[CheckMessage]:
    if settings.CLINRAG_KEY_WRAPPER != "transit" or settings.CLINRAG_TRANSIT_URL:
        return []
    return [
        Error(
            "CLINRAG_KEY_WRAPPER is transit, and no engine is named.",
            hint="Set CLINRAG_TRANSIT_URL and CLINRAG_TRANSIT_TOKEN_FILE.",
            id="clinrag.E005",
        )
    ]


@register(Tags.security, deploy=True)
def check_durability(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001  Django's signature
    **_options: Any,
) -> list[CheckMessage]:
    if not settings.CLINRAG_FSYNC_MAY_BE_OFF:
        return []
    return [
        Error(
            "CLINRAG_FSYNC_MAY_BE_OFF is set: a power cut may lose records.",
            hint="Leave it unset, and fsync on in every PostgreSQL.",
            id="clinrag.E004",
        )
    ]


@register()
def check_witness_policy(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001  Django's signature
    **_options: Any,
) -> list[CheckMessage]:
    """A witness of one's own in the quorum would vouch for its own operator."""
    if not settings.CLINRAG_WITNESS_POLICY:
        return []
    try:
        path = Path(settings.CLINRAG_WITNESS_POLICY)
        Policy.read(path, own=settings.CLINRAG_OWN_WITNESSES)
    except PolicyInvalid as error:
        return [
            Error(
                f"CLINRAG_WITNESS_POLICY: {error}",
                hint="Mend the file; CLINRAG_OWN_WITNESSES may not be in its quorum.",
                id="clinrag.E006",
            )
        ]
    return []


@register()
def check_pool_size(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001  Django's signature
    **_options: Any,
) -> list[CheckMessage]:
    """Threads that wait for a connection others wait with would wait for ever."""
    size: int = settings.CLINRAG_DATABASE_POOL_SIZE
    least = 2 * settings.CLINRAG_ASKING_THREADS + OTHER_CONNECTIONS
    if not size or size >= least:
        return []
    return [
        Error(
            f"CLINRAG_DATABASE_POOL_SIZE is {size}: questions could use it all up.",
            hint=f"Set it to {least} or more (twice CLINRAG_ASKING_THREADS and "
            f"{OTHER_CONNECTIONS}), to 0, or lower CLINRAG_ASKING_THREADS.",
            id="clinrag.E007",
        )
    ]


@register(Tags.database)
def check_database_versions(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **_options: Any,
) -> list[CheckMessage]:
    if "default" not in (databases or ()):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int")
        server = int(cursor.fetchone()[0])
        cursor.execute(PGVECTOR_VERSION)
        pgvector = cursor.fetchone()[0]
    return [*_postgresql_findings(server), *_pgvector_findings(pgvector)]


def _postgresql_findings(server: int) -> list[CheckMessage]:
    if server >= OLDEST_POSTGRESQL:
        return []
    return [
        Error(
            f"PostgreSQL {server // 10_000} is too old; ClinRAG needs 15 or later.",
            hint="Upgrade it, or leave DATABASE_URL unset for the embedded one.",
            id="clinrag.E002",
        )
    ]


def _pgvector_findings(version: str | None) -> list[CheckMessage]:
    if version and tuple(map(int, version.split("."))) >= OLDEST_PGVECTOR:
        return []
    found = f"pgvector {version} is too old" if version else "pgvector is not installed"
    return [
        Error(
            f"{found}; ClinRAG needs 0.8.4 or later.",
            hint="Versions before 0.8.4 can overflow a buffer and corrupt an index. "
            "Install a newer one and run ALTER EXTENSION vector UPDATE.",
            id="clinrag.E003",
        )
    ]


def _is_loopback(url: str) -> bool:
    return url.startswith(("http://127.", "http://localhost", "http://[::1]"))
