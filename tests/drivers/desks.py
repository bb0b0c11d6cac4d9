"""The desk of these tests."""

from provisioner.drivers.sql import SqlDesk
from provisioner.testing.values import POLICY, POOLS


def open_desk(root, **options):
    timeout = {} if "postgresql" in options.get("url", "") else {"timeout": "0"}
    return SqlDesk.open({**timeout, **options}, root, pools=POOLS, policy=POLICY, require_poa=False)
