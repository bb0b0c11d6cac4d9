"""Drivers are found by name, and only what fits is used."""

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from provisioner.contract.pbx import CONTRACT
from provisioner.drivers.local import LocalPbx
from provisioner.drivers.sql import SqlDesk
from provisioner.manifest.config import Config
from provisioner.operations import load
from provisioner.testing.values import raises


class Other(LocalPbx):
    contract = CONTRACT


class Outdated(LocalPbx):
    contract = CONTRACT + 1


class Incomplete:
    contract = CONTRACT

    @classmethod
    def open(cls, *_):
        return cls()


class Silent:
    contract = CONTRACT


def config(pbx="local", desk="sql", **options):
    return Config.model_validate(
        {
            "version": "1",
            "pbx": {"driver": pbx, **options},
            "desk": {"driver": desk},
            "numbers": {"stock": ["0445550"], "quarantine_days": "7"},
            "porting": {"canton": "BE", "lead_days": "5", "require_poa": "true"},
        }
    )


@pytest.fixture
def installed(monkeypatch):
    """Drivers of another package, as installing it would make them known."""
    points = EntryPoints(
        EntryPoint(name, f"{__name__}:{what}", "provisioner.pbx")
        for name, what in {
            "other": "Other",
            "outdated": "Outdated",
            "incomplete": "Incomplete",
            "silent": "Silent",
            "missing": "NoSuchClass",
            "local": "Incomplete",
        }.items()
    )
    points = EntryPoints(
        [*points, EntryPoint("unbuilt", "no_such_package_at_all:Driver", "provisioner.pbx")]
    )
    monkeypatch.setattr(load, "entry_points", points.select)
    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or _this())


def _this():
    import types

    module = types.ModuleType(__name__)
    module.__dict__.update(globals())
    return module


def test_built_in_drivers_need_no_installed_metadata(monkeypatch, tmp_path):
    monkeypatch.setattr(load, "entry_points", lambda **_: EntryPoints())
    assert isinstance(load.open_pbx(config(path="x.sqlite"), tmp_path), LocalPbx)
    desk = load.open_desk(config(), tmp_path)
    assert isinstance(desk, SqlDesk)
    assert desk._pools.quarantine_days == 7
    assert desk._rules.policy.lead == 5
    assert desk._rules.policy.calendar.canton == "BE"
    assert desk._rules.require_poa is True
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("installed")
def test_driver_of_another_package_is_found(tmp_path):
    assert type(load.open_pbx(config("other"), tmp_path)).__name__ == "Other"


@pytest.mark.usefixtures("installed")
def test_built_in_name_is_never_taken_over(tmp_path):
    assert isinstance(load.open_pbx(config(), tmp_path), LocalPbx)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("nobody", "PV508"),
        ("outdated", "PV509"),
        ("incomplete", "PV510"),
        ("silent", "PV510"),
        ("missing", "PV510"),
        ("unbuilt", "PV510"),
    ],
)
def test_driver_that_does_not_fit_is_refused(tmp_path, name, code):
    with raises(load.DriverError, code) as caught:
        load.open_pbx(config(name), tmp_path)
    assert caught.error.params["driver"] == name
    if code == "PV508":
        assert "local" in caught.error.params["available"]
        assert "other" in caught.error.params["available"]


def test_unknown_desk_names_the_known_ones(tmp_path):
    with raises(load.DriverError, "PV508") as caught:
        load.open_desk(config(desk="paper"), tmp_path)
    assert "sql" in caught.error.params["available"]


def test_suite_and_pbx_need_neither_pytest_nor_sqlalchemy():
    script = (
        "import sys, provisioner.testing, provisioner.operations.load, provisioner.drivers.local\n"
        "assert not {'pytest', 'sqlalchemy'} & set(sys.modules), sorted(sys.modules)"
    )
    root = str(Path(__file__).parents[2])
    subprocess.run([sys.executable, "-c", script], check=True, env={"PYTHONPATH": root})
