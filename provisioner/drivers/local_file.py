"""The file of the local PBX: its tables, and whether a file is one."""

import sqlite3
from pathlib import Path

from provisioner.codes.systems import DatabaseHasOtherTables
from provisioner.drivers import sqlite_file
from provisioner.drivers.local_rows import HEAD, LOGINS, MARK
from provisioner.errors import Unavailable

SCHEMA = 1
_APPLICATION = 0x50565042  # "PVPB": no other program's SQLite file is taken for a PBX
_NOT_OURS = f"owner IS NOT '{MARK}'"
TABLES = f"""
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {SCHEMA};
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE objects (
  tenant TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, fields TEXT NOT NULL,
  owner TEXT, secret TEXT, PRIMARY KEY (tenant, kind, key));
CREATE UNIQUE INDEX one_number ON objects (key) WHERE kind = 'route';
CREATE INDEX head ON objects (substr(key, 1, {HEAD})) WHERE kind = 'route';
CREATE UNIQUE INDEX one_login ON objects (lower(key), tenant) WHERE kind IN {LOGINS};
CREATE INDEX stranger ON objects (tenant) WHERE {_NOT_OURS};
COMMIT;
"""
COUNT = f"""
SELECT (SELECT count(*) FROM objects) - (SELECT count(*) FROM objects WHERE {_NOT_OURS})
"""  # noqa: S608 - no values
"""Objects of ours: what is not ours is little, and has an index.  Files of earlier releases have
others, so that it takes longer, and so does looking for a login."""


def build(path: Path) -> None:
    """A new, empty PBX."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.executescript(TABLES)
    finally:
        db.close()


def checked(db: sqlite3.Connection, target: str) -> sqlite3.Connection:
    """``db``, which is a PBX of this version.  Raises Unavailable PV504."""
    db.text_factory = sqlite_file.text
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if (application, version) != (_APPLICATION, SCHEMA):
        raise Unavailable(DatabaseHasOtherTables(target=target))
    return db
