"""The driver on a real Asterisk against the public conformance suite."""

import pytest

from provisioner.drivers.asterisk import AsteriskPbx
from provisioner.testing import (
    AdoptingPbxContract,
    MovingPbxContract,
    PbxContract,
    RenamingPbxContract,
)
from tests.asterisk.server import ByHandOnAsterisk


class TestAsteriskPbx(PbxContract, AdoptingPbxContract, RenamingPbxContract, MovingPbxContract):
    @pytest.fixture
    def by_hand(self, server):
        return ByHandOnAsterisk(server)

    @pytest.fixture
    def unreadable_pbx(self, server, tmp_path):
        return AsteriskPbx.open({**server.options, "url": "http://127.0.0.1:1"}, tmp_path)
