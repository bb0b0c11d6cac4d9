"""The database of a fleet as a test sees it, and what people do there by hand."""

import json

from psycopg import sql

from provisioner.contract.resources import Json, Kind
from tests.asterisk.server import ByHandOnAsterisk
from tests.postgres.server import Server

TABLES = ("ps_endpoints", "ps_auths", "ps_aors", "ps_contacts", "pv_routes")


class Fleet:
    """One database; plain SQL, nothing of the driver's."""

    def __init__(self, server: Server, database: str) -> None:
        self.server, self.database = server, database
        self._db = server.connect(database)

    def close(self) -> None:
        self._db.close()

    def options(self, **more: object) -> dict[str, object]:
        return {"url": self.server.url(self.database), "sip": "127.0.0.1:5060", **more}

    def ask(self, query: str, *values: object) -> list[tuple[object, ...]]:
        cursor = self._db.execute(query.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def clear(self) -> None:
        for name in TABLES:
            self._db.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
        self.ask("DELETE FROM pv_rows WHERE key <> 'provisioner/version'")

    def set(self, key: str, value: str) -> None:
        where = "pv_routes" if key[:4] in {"did/", "blk/", "ext/"} else "pv_rows"
        self.ask(f"DELETE FROM {where} WHERE key = %s", key)  # noqa: S608 - one of two
        self.ask(f"INSERT INTO {where} VALUES (%s, %s)", key, value)  # noqa: S608

    def endpoint(self, name: str) -> dict[str, object] | None:
        found = self.ask("SELECT to_jsonb(e) FROM ps_endpoints e WHERE id = %s", name)
        return found[0][0] if found else None  # type: ignore[return-value]

    def register(self, name: str, mark: str, seconds: int = 600, address: str = "") -> None:
        """As a node writes it."""
        self.ask(
            "INSERT INTO ps_contacts (id, uri, expiration_time, endpoint)"
            " VALUES (%s, %s, extract(epoch FROM now())::bigint + %s, %s)",
            f"{name}^3B@{mark}",
            address or f"sip:{name}@192.0.2.1:5060",
            seconds,
            name,
        )


class ByHandOnTables:
    """What a person who knows Asterisk does in SQL, for the conformance suite."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    name = staticmethod(ByHandOnAsterisk.name)

    @staticmethod
    def where(digits: str) -> str:
        return f"{'did' if len(digits) == 10 else 'blk'}/+41{digits[1:]}"

    def by_hand_add(self, tenant: str, kind: Kind, key: str, **fields: Json) -> None:
        fleet = self.fleet
        if kind is Kind.ROUTE:
            fleet.set(self.where(key), f"{tenant}--{fields.get('target', 'reception')}")
            return
        assert kind is Kind.WORKPLACE
        name = self.name(tenant, key)
        fleet.ask("INSERT INTO ps_aors (id, max_contacts) VALUES (%s, 1)", name)
        fleet.ask(
            "INSERT INTO ps_auths (id, auth_type, username, password)"
            " VALUES (%s, 'userpass', %s, 'x')",
            *(name, name),
        )
        fleet.ask(
            "INSERT INTO ps_endpoints (id, aors, auth, allow) VALUES (%s, %s, %s, '!all,alaw')",
            *(name, name, name),
        )
        self.by_hand_set(tenant, kind, key, **fields)

    def by_hand_set(self, tenant: str, kind: Kind, key: str, **fields: Json) -> None:
        fleet = self.fleet
        if kind is Kind.ROUTE:
            fleet.set(self.where(key), self.name(tenant, str(fields["target"])))
            return
        assert kind is Kind.WORKPLACE
        name = self.name(tenant, key)
        now = self.by_hand_look(tenant, kind, key)
        assert now is not None
        if fields.keys() & {"name", "extension"}:
            merged = {**now, **fields}
            shown, number = merged.get("name") or "", merged.get("extension") or ""
            caller = f'"{shown}" <{number}>'
            fleet.ask("UPDATE ps_endpoints SET callerid = %s WHERE id = %s", caller, name)
        if "extension" in fields:
            fleet.ask("DELETE FROM pv_routes WHERE key LIKE 'ext/%%' AND value = %s", name)
            fleet.set(f"ext/{tenant}/{fields['extension']}", name)

    def by_hand_delete(self, tenant: str, kind: Kind, key: str) -> None:
        fleet = self.fleet
        if kind is Kind.ROUTE:
            fleet.ask("DELETE FROM pv_routes WHERE key = %s", self.where(key))
            return
        assert kind is Kind.WORKPLACE
        name = self.name(tenant, key)
        for where in ("ps_endpoints", "ps_auths", "ps_aors"):
            fleet.ask(f"DELETE FROM {where} WHERE id = %s", name)  # noqa: S608 - one of three
        fleet.ask("DELETE FROM pv_routes WHERE key LIKE 'ext/%%' AND value = %s", name)

    def by_hand_look(self, tenant: str, kind: Kind, key: str) -> dict[str, Json] | None:
        assert kind is Kind.WORKPLACE
        name = self.name(tenant, key)
        endpoint = self.fleet.endpoint(name)
        aor = self.fleet.ask("SELECT max_contacts FROM ps_aors WHERE id = %s", name)
        if endpoint is None or not aor:
            return None
        caller = str(endpoint["callerid"] or "")
        led = self.fleet.ask(
            "SELECT split_part(key, '/', 3) FROM pv_routes WHERE key LIKE 'ext/%%' AND value = %s",
            name,
        )
        return {
            "name": caller.partition(" <")[0].strip('"') if " <" in caller else None,
            "extension": str(led[0][0]) if led else None,
            "license": "phones" if aor[0][0] == 1 else "phones+apps",
            "endpoint": json.dumps(endpoint, sort_keys=True),
        }
