"""The driver for a fleet on a real PostgreSQL against the public conformance suite."""

import pytest

from provisioner.drivers.asterisk.realtime import RealtimePbx
from provisioner.testing import (
    AdoptingPbxContract,
    FingerprintingPbxContract,
    MovingPbxContract,
    PbxContract,
    RenamingPbxContract,
)
from tests.realtime.fleet import ByHandOnTables


class TestRealtimePbx(
    PbxContract,
    AdoptingPbxContract,
    RenamingPbxContract,
    MovingPbxContract,
    FingerprintingPbxContract,
):
    @pytest.fixture
    def by_hand(self, fleet):
        return ByHandOnTables(fleet)

    @pytest.fixture
    def unreadable_pbx(self, fleet, tmp_path):
        nowhere = {"url": "postgresql://nobody@127.0.0.1:1/asterisk", "patience": "0"}
        return RealtimePbx.open(fleet.options(**nowhere), tmp_path)
