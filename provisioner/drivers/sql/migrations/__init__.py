"""From the tables of an earlier version to those of this one, for both databases.

Each file in ``versions`` leads to the version that is its revision.  The row of ``desk`` says which
one there is, so a copy of the database is upgraded as the database is.
"""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from provisioner.drivers.sql import schema


def upgrade(db: Connection, found: int) -> None:
    """Within the caller's transaction: all of it, or nothing."""
    every = ScriptDirectory(str(Path(__file__).parent)).walk_revisions()
    todo = sorted((s for s in every if int(s.revision) > found), key=lambda s: int(s.revision))
    with Operations.context(MigrationContext.configure(db)):
        for script in todo:
            script.module.upgrade()
    db.execute(schema.desk.update().values(version=schema.VERSION))
