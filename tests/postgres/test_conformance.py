"""The desk on a real PostgreSQL against the public conformance suite."""

import pytest

from provisioner.drivers.sql import SqlDesk
from provisioner.testing import (
    POLICY,
    POOLS,
    DeskContract,
    MovingDeskContract,
    ProvingDeskContract,
    QuickDeskContract,
    RenamingDeskContract,
)


class TestDeskOnPostgres(
    DeskContract, RenamingDeskContract, MovingDeskContract, ProvingDeskContract, QuickDeskContract
):
    """``open_desk`` is in conftest."""

    @pytest.fixture
    def unreadable_desk(self, tmp_path):
        options = {"url": "postgresql://nobody@127.0.0.1:1/desk", "patience": "0"}
        return SqlDesk.open(options, tmp_path, pools=POOLS, policy=POLICY, require_poa=False)
