"""The options of the desk's database, as ``provision.yaml`` gives them.

``url``: SQLAlchemy's (default ``sqlite:///state/desk.sqlite``, relative to the workspace).
``timeout``: seconds to wait for a SQLite file that another process is writing (default 5).

For PostgreSQL: ``service`` instead of ``url``, a section of ``pg_service.conf``; ``password_file``,
relative to the workspace; and in seconds ``connect_timeout`` (5), ``statement_timeout`` (30),
``lock_timeout`` (20), ``tcp_timeout`` (20; for what was sent and was not even received) and
``patience`` (30; how long a server that is away is waited for).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from provisioner.codes.desk import PasswordInTheAddress
from provisioner.codes.systems import DatabaseNotSupportedHere, OptionThatCannotBeUsed
from provisioner.contract.leases import CALL_SECONDS
from provisioner.drivers import options as given
from provisioner.drivers.options import OptionError
from provisioner.drivers.sql.embedded import EmbeddedStore
from provisioner.drivers.sql.store import Store
from provisioner.durable import unlinked

if TYPE_CHECKING:
    from provisioner.drivers.sql.server import Limits
    from provisioner.drivers.sql.server_login import Login

PSYCOPG = "postgresql+psycopg"
SERVER = {
    "connect_timeout": 5,
    "statement_timeout": 30,
    "lock_timeout": 20,
    "tcp_timeout": 20,
    "patience": 30,
}
OPTIONS = frozenset({"url", "timeout", "service", "password_file", *SERVER})
_GRACE = 5
"""Seconds that a server has to say that it has stopped a statement in time."""


def store(options: Mapping[str, Any], root: Path) -> Store:
    """Raises OptionError PV506, PV516, PV597, PV620, PV629, PolicyError PV030."""
    url = address("sql", options, "sqlite:///state/desk.sqlite")
    if url.get_backend_name() == "sqlite":
        for name in sorted({"password_file", *SERVER} & options.keys()):
            raise OptionError(OptionThatCannotBeUsed(driver="sql", option=name))
        return EmbeddedStore.open(url, root, given.seconds("sql", options, "timeout", 5))
    from provisioner.drivers.sql.server import ServerStore  # a file needs none of it

    return ServerStore(url, named("sql", url), *reached("sql", url, options, root))


def reached(
    driver: str, url: URL, options: Mapping[str, Any], root: Path
) -> "tuple[Login, Limits]":
    """How a server is spoken to.  Raises OptionError PV506, PV516, PV629, PolicyError PV030."""
    # a file needs none of it
    from provisioner.drivers.sql.server import Limits
    from provisioner.drivers.sql.server_login import Login

    if url.drivername != PSYCOPG:
        raise OptionError(DatabaseNotSupportedHere(backend=url.drivername))
    if url.password is not None or "password" in url.query:
        raise OptionError(PasswordInTheAddress())
    seconds = {
        name: given.seconds(driver, options, name, usual, least=name != "patience")
        for name, usual in SERVER.items()
    }
    limits = Limits(
        connect=seconds["connect_timeout"],
        statement=seconds["statement_timeout"],
        lock=seconds["lock_timeout"],
        tcp=seconds["tcp_timeout"],
        patience=seconds["patience"],
    )
    password = None
    if "password_file" in options:
        password = unlinked(root, given.text(driver, options, "password_file", ""))
    answer = min(limits.statement + _GRACE, CALL_SECONDS)
    return Login(password, answer), limits


def address(driver: str, options: Mapping[str, Any], default: str) -> URL:
    """Raises OptionError PV506."""
    if "service" in options:
        if "url" in options:
            raise OptionError(OptionThatCannotBeUsed(driver=driver, option="service"))
        name = given.text(driver, options, "service", "")
        return URL.create(PSYCOPG, query={"service": name})
    try:
        url = make_url(given.text(driver, options, "url", default))
    except (ArgumentError, ValueError):
        raise OptionError(OptionThatCannotBeUsed(driver=driver, option="url")) from None
    return url.set(drivername=PSYCOPG) if url.drivername == "postgresql" else url


def named(driver: str, url: URL) -> str:
    """For messages: which server, without secrets."""
    service = url.query.get("service")
    place = f"service/{service}" if service else f"{url.host or ''}/{url.database or ''}"
    return f"{driver}:{url.get_backend_name()}://{place}"
