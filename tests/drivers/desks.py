"""The desk of these tests."""

from provisioner.drivers.sql import SqlDesk
from provisioner.testing.values import POLICY, POOLS


def open_desk(root, **options):
    return SqlDesk.open(
        {"timeout": "0", **options}, root, pools=POOLS, policy=POLICY, require_poa=False
    )
