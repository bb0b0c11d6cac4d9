"""What stands in a SQLite file, looked at past every driver."""

import sqlite3
from pathlib import Path
from typing import Any

Rows = list[tuple[Any, ...]]


class Watched:
    """The file at ``path``.  It is asked again only after somebody has written: SQLite counts what
    other connections commit, in this process and in others."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None
        self._file = 0
        self._version: int | None = None
        self._written = 0
        self._seen: dict[str, Rows] = {}

    def rows(self, query: str) -> Rows:
        """Sorted; none where there is no file yet."""
        db = self._looked()
        if db is None:
            return []
        if query not in self._seen:
            self._seen[query] = sorted(db.execute(query).fetchall(), key=repr)
        return [*self._seen[query]]

    @property
    def written(self) -> int:
        """Another number whenever somebody may have written since it was asked for last."""
        self._looked()
        return self._written

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._written += 1
        self._db = None

    def _looked(self) -> sqlite3.Connection | None:
        try:
            file = self._path.stat().st_ino
        except FileNotFoundError:
            self.close()
            return None
        if self._db is not None and file != self._file:  # what was restored is another file
            self.close()
        if self._db is None:
            self._db, self._file, self._version = sqlite3.connect(self._path), file, None
        (version,) = self._db.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._version = version
            self._written += 1
            self._seen.clear()
        return self._db
