"""A row that is damaged makes one customer unknown: neither the plan of others nor the run ends."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from harness import World

from provisioner.drivers.local import LocalPbx

ROWS = {
    "a product without a price": ("desk", "intervals SET product = 'fax'", "PV528"),
    "no product": ("desk", "intervals SET product = ''", "PV528"),
    "paid once or not": ("desk", "intervals SET once = ''", "PV528"),
    "nested": ("desk", f"noted SET hashes = '{'[' * 200_000}'", "PV561"),
    "no text": ("desk", "accounts SET street = CAST(x'ff41' AS TEXT)", "PV561"),
    "bytes": ("desk", "numbers SET size = x'ff'", "PV561"),
    "nested on the PBX": ("pbx", f"objects SET fields = '{'[' * 200_000}'", "PV561"),
    "no text on the PBX": ("pbx", "objects SET fields = CAST(x'ff' AS TEXT)", "PV561"),
}


@pytest.mark.parametrize("name", ROWS)
def test_is_one_customers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(LocalPbx, "WORK", 2)
    system, change, code = ROWS[name]
    case = {"manifests": {"muster/cafe": {"base": "cafe"}, "muster/office": {"base": "office"}}}
    with closing(World(tmp_path, case)) as world:
        world.happen("2026-11-24", {"apply": "", "gives": {"cafe": "done", "office": "done"}})
        world.close()
        who = "customer" if system == "desk" else "tenant"
        with closing(sqlite3.connect(tmp_path / f"{system}.sqlite")) as db, db:
            damaged = db.execute(f"UPDATE {change} WHERE {who} = 'cafe'")
            assert damaged.rowcount
        unknown = {"status": {"cafe": "unknown", "office": "ready"}}
        found = {**unknown, "steps": [], "diagnostics": {"contains": [f"cafe: {code} error -"]}}
        world.check(date(2026, 11, 27), found, {})
        gives = {"cafe": f"unknown {code}"}
        world.happen("2026-11-27", {"apply": "", "gives": gives})
