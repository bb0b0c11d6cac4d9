"""The conformance suite: what every driver of a PBX or a desk must do.

A driver's own tests subclass :class:`PbxContract` or :class:`DeskContract` and give it fixtures;
pytest then runs every rule of the contract against the driver.  What only some drivers can do has
contracts of its own, to be added to the bases: :class:`AdoptingPbxContract`,
:class:`RenamingPbxContract`, :class:`RenamingDeskContract`, :class:`MovingPbxContract`,
:class:`MovingDeskContract` and :class:`QuickDeskContract`::

    import pytest
    from provisioner.testing import POLICY, POOLS, DeskContract, PbxContract

    class TestMyPbx(PbxContract):
        @pytest.fixture
        def open_pbx(self, tmp_path):
            # each call: one more client of one and the same PBX, empty at first
            return lambda: MyPbx.open({"url": …}, tmp_path)

        @pytest.fixture
        def by_hand(self, open_pbx):
            # what people do on the PBX itself: see ByHand
            return MyPortalRobot(…)

        @pytest.fixture
        def unreadable_pbx(self, tmp_path):
            # a client whose PBX is there but gives no whole answer
            return MyPbx.open({"url": "http://127.0.0.1:1"}, tmp_path)

    class TestMyDesk(DeskContract):
        @pytest.fixture
        def open_desk(self, tmp_path):
            # each call: one more client of one and the same desk, maybe with other pools
            def open_desk(require_poa=False, pools=POOLS):
                return MyDesk.open(
                    {…}, tmp_path, pools=pools, policy=POLICY, require_poa=require_poa
                )
            return open_desk

        @pytest.fixture
        def unreadable_desk(self, tmp_path): …

Put ``pytest.register_assert_rewrite("provisioner.testing")`` into ``conftest.py`` to see the values
of a failed assertion.  The suite itself imports no pytest.
"""

from provisioner.testing.desk import DeskContract
from provisioner.testing.desk_moves import MovingDeskContract
from provisioner.testing.desk_quick import QuickDeskContract
from provisioner.testing.desk_renames import RenamingDeskContract
from provisioner.testing.pbx import ByHand, PbxContract
from provisioner.testing.pbx_adopting import AdoptingPbxContract
from provisioner.testing.pbx_moves import MovingPbxContract
from provisioner.testing.pbx_renames import RenamingPbxContract
from provisioner.testing.proofs import FingerprintingPbxContract, ProvingDeskContract
from provisioner.testing.values import POLICY, POOLS

__all__ = [
    "POLICY",
    "POOLS",
    "AdoptingPbxContract",
    "ByHand",
    "DeskContract",
    "FingerprintingPbxContract",
    "MovingDeskContract",
    "MovingPbxContract",
    "PbxContract",
    "ProvingDeskContract",
    "QuickDeskContract",
    "RenamingDeskContract",
    "RenamingPbxContract",
]
