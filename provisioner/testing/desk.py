"""What every driver of a desk must do."""

from dataclasses import fields
from typing import get_args

from hypothesis import given, settings

from provisioner.contract.desk import Desk, DeskReader
from provisioner.contract.pbx import CONTRACT
from provisioner.contract.resources import Account, DeskResource, PortedNumber, Release
from provisioner.errors import Unavailable
from provisioner.telephony.numbers import E164
from provisioner.testing.desk_held import HeldContract
from provisioner.testing.desk_journal import JournalContract
from provisioner.testing.desk_ledger import LedgerContract
from provisioner.testing.desk_numbers import NumbersContract, OpenDesk
from provisioner.testing.desk_once import OnceContract
from provisioner.testing.desk_orders import OrdersContract
from provisioner.testing.desk_ways import WaysOutContract
from provisioner.testing.drawn import drawn
from provisioner.testing.values import CAFE, NOW, SMITHY, STRANGER, TODAY, key, raises, stock

DESK_CLASSES: list[type[DeskResource]] = [
    cls for cls in get_args(DeskResource) if cls is not PortedNumber
]
"""All that can be put; a ported number comes with its order."""


class DeskContract(
    NumbersContract,
    HeldContract,
    OnceContract,
    OrdersContract,
    WaysOutContract,
    LedgerContract,
    JournalContract,
):
    """Fixtures: ``open_desk``, ``unreadable_desk``; see :mod:`provisioner.testing`."""

    def test_driver_states_contract_and_target(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        assert desk.contract == CONTRACT
        assert desk.target
        assert desk.identity() == open_desk().identity()
        assert isinstance(desk, Desk)
        assert isinstance(desk, DeskReader)
        desk.close()

    def test_new_desk_knows_nobody_and_says_so_for_each(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        found = desk.read([SMITHY, STRANGER])
        assert set(found) == {SMITHY, STRANGER}
        assert all(not s.objects and not s.applied for s in found.values())
        assert not desk.customers()
        assert not desk.open_runs()
        assert not desk.audit()

    def test_release_and_account_are_kept(self, open_desk: OpenDesk) -> None:
        release = Release(
            customer=SMITHY, manifest="ab" * 32, reseller="muster", content=b'{"version":1}'
        )
        account = Account(
            customer=SMITHY,
            company="Schmiedeisen AG",
            street="Hammerweg 12",
            postcode="8400",
            city="Winterthur",
            person="Petra Huber",
            email="rechnung@schmiedeisen.example",
            phone="0525550100",
        )
        desk = open_desk()
        for each in (release, account, account):
            assert desk.put(each, today=TODAY, key=key()) == each
        assert set(open_desk().read([SMITHY])[SMITHY].objects) == {release, account}
        assert open_desk().companies() == {SMITHY: account.company}
        assert list(open_desk().customers()) == [SMITHY]
        newer = Release(customer=SMITHY, manifest="cd" * 32, reseller="muster", content=b"{}")
        desk.put(newer, today=TODAY, key=key())
        assert set(desk.read([SMITHY])[SMITHY].objects) == {newer, account}
        desk.delete(newer, today=TODAY, key=key())
        desk.delete(account, today=TODAY, key=key())
        desk.delete(account, today=TODAY, key=key())
        assert not desk.read([SMITHY])[SMITHY].objects
        assert not desk.customers()

    def test_every_declared_field_is_read_as_it_was_put(self, open_desk: OpenDesk) -> None:
        """Whatever a resource declares now or later; what is left open, the desk has chosen."""
        desk, other = open_desk(), open_desk()
        for cls in DESK_CLASSES:

            @settings(max_examples=25, deadline=None, database=None, derandomize=True)
            @given(drawn(cls, SMITHY))
            def holds(wanted: DeskResource) -> None:
                answer = desk.put(wanted, today=TODAY, key=key())
                objects = other.read([SMITHY])[SMITHY].objects
                (read,) = (o for o in objects if (o.kind, o.key) == (wanted.kind, wanted.key))
                assert read == answer
                asked = {f.name: getattr(wanted, f.name) for f in fields(wanted)}
                asked = {name: value for name, value in asked.items() if value is not None}
                assert {name: getattr(read, name) for name in asked} == asked
                desk.delete(read, today=TODAY, key=key())

            holds()

    def test_customers_are_kept_apart(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        mine = desk.put(stock("zentrale"), today=TODAY, key=key())
        theirs = desk.put(stock("zentrale", customer=CAFE), today=TODAY, key=key())
        desk.delete(theirs, today=TODAY, key=key())
        found = desk.read([SMITHY, CAFE])
        assert found[SMITHY].objects == (mine,)
        assert found[CAFE].objects == ()

    def test_unknown_is_not_empty(self, unreadable_desk: Desk) -> None:
        for ask in (
            lambda: unreadable_desk.read([SMITHY]),
            unreadable_desk.customers,
            unreadable_desk.open_runs,
            unreadable_desk.audit,
            lambda: unreadable_desk.pool(TODAY),
            lambda: unreadable_desk.intervals(TODAY, TODAY),
            lambda: unreadable_desk.holders([E164("0525551200")]),
            lambda: unreadable_desk.put(stock("zentrale"), today=TODAY, key=key()),
            lambda: unreadable_desk.acquire_lease(SMITHY, holder="a:1:1", at=NOW, seconds=60),
        ):
            with raises(Unavailable):
                ask()
