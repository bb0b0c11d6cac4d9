"""What a desk must do that answers quickly: it says what reading all of it would."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from provisioner.contract.desk import Desk
from provisioner.contract.quick import GivenBack, QuickDesk, SubscribersDesk
from provisioner.contract.resources import Kind, PortedNumber, Release, StockAllocation
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import DdiBlock
from provisioner.telephony.pools import NumberPools
from provisioner.testing.desk_ledger import ALWAYS
from provisioner.testing.desk_renames import ACCOUNT
from provisioner.testing.values import (
    CAFE,
    QUARANTINE_DAYS,
    SMITHY,
    STRANGER,
    TODAY,
    billing,
    key,
    order,
    provisional,
    stock,
)

HUNDRED, TENS, LENT = DdiBlock("04455500"), DdiBlock("0525555"), DdiBlock("0585550")
BLOCKS = (HUNDRED, TENS, LENT)


class Both(Desk, QuickDesk, Protocol):
    """A desk that can do this too."""


class OpenQuickDesk(Protocol):
    """The fixture ``open_desk``."""

    def __call__(self, *, pools: NumberPools = ...) -> Both: ...


class QuickDeskContract:
    """Of no block one too many is untouched; a driver may leave some out."""

    def test_desk_knows_whom_it_has_a_release_or_an_open_order_of(
        self, open_desk: OpenQuickDesk
    ) -> None:
        desk = open_desk()
        assert isinstance(desk, QuickDesk)
        assert not desk.knows_somebody()
        release = Release(customer=SMITHY, manifest="ab" * 32, reseller="muster", content=b"{}")
        for resource in (release, order(customer=CAFE, port_date=None)):
            desk.put(resource, today=TODAY, key=key())
            assert desk.knows_somebody()
            desk.delete(resource, today=TODAY, key=key())
            assert not desk.knows_somebody()
            assert not desk.customers()

    def test_some_are_known_by_what_all_are_known_by(self, open_desk: OpenQuickDesk) -> None:
        desk, other = open_desk(), CustomerId("velo-werk")
        release = Release(customer=SMITHY, manifest="ab" * 32, reseller="muster", content=b"{}")
        ported = PortedNumber(customer=other, porting="haupt", digits="0715550100")
        there: set[CustomerId] = set()
        for resource in (release, order(customer=CAFE, port_date=None), ported):
            desk.put(resource, today=TODAY, key=key())
            there.add(resource.customer)
            assert {*desk.known([SMITHY, CAFE, other, STRANGER])} == {*desk.customers()} == there
            assert list(desk.known([resource.customer])) == [resource.customer]
        assert not [*desk.known([STRANGER]), *desk.known([])]

    def test_release_is_found_by_a_part_of_its_manifest(self, open_desk: OpenQuickDesk) -> None:
        desk = open_desk()
        for customer, content in ((SMITHY, b'{"ends_on":"2027-03-31"}'), (CAFE, b"{}")):
            digest = hashlib.sha256(content).hexdigest()
            made = Release(customer=customer, manifest=digest, reseller="muster", content=content)
            desk.put(made, today=TODAY, key=key())
        (found,) = desk.released(b'"ends_on"')
        assert (found.customer, found.content) == (SMITHY, b'{"ends_on":"2027-03-31"}')
        assert {each.customer for each in desk.released(b"{")} == {SMITHY, CAFE}

    def test_block_is_touched_by_what_is_out_what_rests_and_what_comes(
        self, open_desk: OpenQuickDesk
    ) -> None:
        desk = open_desk(pools=NumberPools(stock=(HUNDRED, TENS), provisional=(LENT,)))
        assert set(desk.untouched(BLOCKS)) == set(BLOCKS)
        held = desk.put(stock("zentrale"), today=TODAY, key=key())
        assert HUNDRED not in desk.untouched(BLOCKS)
        desk.delete(held, today=TODAY, key=key())
        assert HUNDRED not in desk.untouched(BLOCKS)
        desk.put(order(numbers=("0585550123",), blocks=()), today=TODAY, key=key())
        assert list(desk.untouched((LENT, TENS))) == [TENS]

    def test_ledger_is_told_customer_by_customer_in_one_snapshot(
        self, open_desk: OpenQuickDesk
    ) -> None:
        desk = open_desk()
        desk.put(ACCOUNT, today=TODAY, key=key())
        cafe = replace(billing("phones"), customer=CAFE)
        for resource in (billing("phones"), cafe, billing("setup", item="setup", once=True)):
            desk.put(resource, today=TODAY, key=key())
        every = [(CAFE, "", 1), (SMITHY, ACCOUNT.company, 2)]
        with desk.billed(*ALWAYS) as found:
            open_desk().put(billing("number", item="stock/zentrale"), today=TODAY, key=key())
            told = list(found)
        assert [(who, company, len(rows)) for who, company, rows in told] == every
        for customers in ((CAFE,), (SMITHY,), (), (SMITHY, CAFE)):
            with desk.billed(*ALWAYS, customers) as found:
                some = [(who, sorted(map(str, rows))) for who, _, rows in found]
            assert some == [
                (who, sorted(str(row) for row in desk.intervals(*ALWAYS) if row.customer == who))
                for who in sorted(customers)
            ]
        assert set(desk.billed_customers(*ALWAYS)) == {CAFE, SMITHY}
        with desk.billed(TODAY - timedelta(days=9), TODAY) as found:
            assert not list(found)
        assert not desk.billed_customers(TODAY - timedelta(days=9), TODAY)

    def test_who_has_and_had_which_number_is_told_in_one_snapshot(
        self, open_desk: OpenQuickDesk
    ) -> None:
        desk = open_desk()
        assert isinstance(desk, SubscribersDesk)
        release = Release(customer=SMITHY, manifest="ab" * 32, reseller="muster", content=b"{}")
        ported = PortedNumber(customer=SMITHY, porting="haupt", digits="0525551200")
        billed = billing("number", item="stock/zentrale")
        for resource in (release, ACCOUNT, ported, billed):
            desk.put(resource, today=TODAY, key=key())
        held = [
            desk.put(each, today=TODAY, key=key())
            for each in (stock("a"), provisional("0525551201"))
        ]
        gone = desk.put(stock("b", customer=CAFE), today=TODAY, key=key())
        desk.delete(gone, today=TODAY, key=key())
        with desk.subscribed() as found:
            open_desk().put(stock("c"), today=TODAY, key=key())
            cafe, smithy = found
        until = TODAY + timedelta(days=QUARANTINE_DAYS)
        assert (cafe.customer, cafe.company, cafe.release, cafe.held) == (CAFE, "", None, [])
        assert isinstance(gone, StockAllocation)
        assert cafe.resting == [GivenBack(Kind.STOCK, gone.digits or "", until)]
        assert (smithy.company, smithy.release, smithy.resting) == (ACCOUNT.company, release, [])
        assert set(smithy.held) == {*held, ported}
        assert [(str(row.item), row.starts) for row in smithy.ledger] == [("stock/zentrale", TODAY)]
