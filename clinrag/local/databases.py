"""Roles and databases in the embedded cluster, made with the scripts of `deploy/sql`.

A hospital's own server is prepared with the very same files.
"""

from pathlib import Path

import psycopg
from psycopg import sql

from clinrag.local.layout import DataDirectory
from clinrag.local.postgres import PostgresCluster

SQL_FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "sql"
RECORDS = "clinrag"
KEYS = "clinrag_keys"
OWNER, APP, SEQUENCER, SIGNER, ANCHOR = (
    "clinrag_owner",
    "clinrag_app",
    "clinrag_sequencer",
    "clinrag_signer",
    "clinrag_anchor",
)


def prepare_databases(cluster: PostgresCluster, data: DataDirectory) -> None:
    """Roles with passwords, two databases owned by the owner; safe to run again."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        _run_file(connection, "roles.sql")
        for role in (OWNER, APP, SEQUENCER, SIGNER, ANCHOR):
            _set_password(connection, role, data.secret(role))
        for database in (RECORDS, KEYS):
            _create_database(connection, database)
    for database in (RECORDS, KEYS):
        with psycopg.connect(cluster.url(database), autocommit=True) as connection:
            _run_file(connection, "database.sql")


def addresses(
    cluster: PostgresCluster, data: DataDirectory, *, role: str
) -> dict[str, str]:
    """The variables that make a process connect with `role`."""
    password = data.secret(role)
    return {
        "DATABASE_URL": cluster.url(RECORDS, user=role, password=password),
        "CLINRAG_KEYS_DATABASE_URL": cluster.url(KEYS, user=role, password=password),
    }


def _set_password(
    connection: psycopg.Connection[tuple[object, ...]], role: str, password: str
) -> None:
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
    connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))


def _create_database(
    connection: psycopg.Connection[tuple[object, ...]], name: str
) -> None:
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
    if found.fetchone():
        return
    connection.execute(
        sql.SQL(
            "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'"
        ).format(sql.Identifier(name), sql.Identifier(OWNER))
    )


def _run_file(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    statement = (SQL_FOLDER / name).read_text(encoding="utf-8")
    connection.execute(statement.encode())
