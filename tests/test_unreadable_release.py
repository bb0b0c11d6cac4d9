"""A release that this version cannot read, of a newer one or damaged: one customer is unknown."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from harness import World

from provisioner.drivers.local import LocalPbx

NEWER = b'{"version": 1, "field_of_a_newer_version": true}'


@pytest.mark.parametrize("content", [NEWER, b"[" * 10_000, b"\xff"])
def test_r12_stops_neither_the_plan_nor_the_ports_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(LocalPbx, "WORK", 2)
    case = {"manifests": {"muster/cafe": {"base": "cafe"}, "muster/office": {"base": "office"}}}
    with closing(World(tmp_path, case)) as world:
        world.happen("2026-11-24", {"apply": "", "gives": {"cafe": "done", "office": "done"}})
        world.happen("2026-11-26", {"porting": "accept main/1", "of": "office"})
        world.close()
        with closing(sqlite3.connect(tmp_path / "desk.sqlite")) as desk, desk:
            desk.execute("UPDATE releases SET content = ? WHERE customer = 'cafe'", (content,))
        unknown = {"status": {"cafe": "unknown", "office": "ready"}}
        found = {**unknown, "steps": [], "held": [], "diagnostics": {"contains": ["cafe: PV434*"]}}
        world.check(date(2026, 11, 27), found, {})
        gives = {"cafe": "unknown PV434", "office": "done"}
        world.happen("2027-02-15", {"reconcile": "", "gives": gives})
