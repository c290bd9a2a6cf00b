"""The backend that `ENGINE` names; Django looks for it under this file name.

Promises: connections are `PatientConnection`s, pooled or not. Everything else is
Django's own.
"""

from typing import Any

from django.db.backends.postgresql import base
from django.utils.asyncio import async_unsafe
from psycopg import IsolationLevel

from clinrag.database.connection import PatientConnection


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper around our connection."""

    isolation_level: IsolationLevel

    @async_unsafe
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """One from the pool, which is told of the class in the settings, or a new one.

        The isolation level is PostgreSQL's default: no setting of ours changes it.
        """
        if self.pool:
            return super().get_new_connection(conn_params)
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return PatientConnection.connect(**conn_params)
