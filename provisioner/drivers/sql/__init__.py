"""The desk in a database: SQLite embedded, PostgreSQL for a team."""

from provisioner.drivers.sql.desk import SqlDesk

__all__ = ["SqlDesk"]
