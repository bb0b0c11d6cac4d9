"""The built-in drivers against the public conformance suite."""

import pytest
from by_hand import ByHandLocal

from provisioner.drivers.local import LocalPbx
from provisioner.drivers.sql import SqlDesk
from provisioner.testing import (
    POLICY,
    POOLS,
    AdoptingPbxContract,
    DeskContract,
    FingerprintingPbxContract,
    MovingDeskContract,
    MovingPbxContract,
    PbxContract,
    ProvingDeskContract,
    QuickDeskContract,
    RenamingDeskContract,
    RenamingPbxContract,
)


@pytest.fixture
def opened():
    """Everything that a test opened is closed after it."""
    made = []
    yield made
    for each in made:
        each.close()


class TestLocalPbx(
    PbxContract,
    AdoptingPbxContract,
    RenamingPbxContract,
    MovingPbxContract,
    FingerprintingPbxContract,
):
    @pytest.fixture
    def open_pbx(self, tmp_path, opened):
        def make():
            opened.append(LocalPbx.open({}, tmp_path))
            return opened[-1]

        return make

    @pytest.fixture
    def by_hand(self, open_pbx):
        return ByHandLocal(open_pbx())

    @pytest.fixture
    def unreadable_pbx(self, tmp_path):
        (tmp_path / "broken.sqlite").write_bytes(b"not a database at all" * 100)
        return LocalPbx.open({"path": "broken.sqlite"}, tmp_path)


class TestSqlDesk(
    DeskContract, RenamingDeskContract, MovingDeskContract, ProvingDeskContract, QuickDeskContract
):
    @pytest.fixture
    def open_desk(self, tmp_path, opened):
        def make(require_poa=False, pools=POOLS):
            desk = SqlDesk.open({}, tmp_path, pools=pools, policy=POLICY, require_poa=require_poa)
            opened.append(desk)
            return desk

        return make

    @pytest.fixture
    def unreadable_desk(self, tmp_path):
        (tmp_path / "broken.sqlite").write_bytes(b"not a database at all" * 100)
        options = {"url": "sqlite:///broken.sqlite"}
        return SqlDesk.open(options, tmp_path, pools=POOLS, policy=POLICY, require_poa=False)
