"""What every desk must do when a login or a customer is renamed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Protocol

from provisioner.contract.desk import Desk, RenamingDesk
from provisioner.contract.resources import Account, Kind, PortingOrder, Release
from provisioner.errors import Refused
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import E164
from provisioner.telephony.porting import Event, State
from provisioner.testing.values import (
    CAFE,
    NOW,
    SMITHY,
    TODAY,
    billing,
    key,
    order,
    provisional,
    raises,
    stock,
)

FORGE = CustomerId("schmiede-muster")
RELEASE = Release(customer=SMITHY, manifest="ab" * 32, reseller="muster", content=b"{}")
RENAMED = replace(RELEASE, customer=FORGE, manifest="cd" * 32, content=b'{"was":"schmiedeisen"}')
ACCOUNT = Account(
    customer=SMITHY,
    company="Schmiedeisen AG",
    street="Hammerweg 12",
    postcode="8400",
    city="Winterthur",
    person="Petra Huber",
    email="rechnung@schmiedeisen.example",
    phone="0525550100",
)


class Renamable(Desk, RenamingDesk, Protocol):
    """A desk whose driver renames."""


OpenDesk = Callable[..., Renamable]
OLD, NEW = "petra.huber", "petra.meier"
HASHES = {"license": "0011223344556677"}
LATER = date(2027, 2, 10)
ALWAYS = (date(2026, 1, 1), date(2029, 1, 1))


def rename_login(desk: Renamable, today: date, was: str = OLD, login: str = NEW) -> None:
    desk.rename_login(SMITHY, was=was, login=login, today=today, key=key())


def rename_customer(desk: Renamable, release: Release = RENAMED, was: CustomerId = SMITHY) -> None:
    desk.rename_customer(release, was=was, at=NOW, who="ci", key=key())


def rows(desk: Desk) -> list[tuple[str, str, date, date | None]]:
    return [(str(r.item), r.product, r.starts, r.ends) for r in desk.intervals(*ALWAYS)]


class RenamingDeskContract:
    """Fixture ``open_desk``; see :mod:`provisioner.testing`."""

    def test_r13_renamed_login_is_billed_on_without_gap(self, open_desk: OpenDesk) -> None:
        """The month of the rename is one line; those before it stay as they were."""
        desk = open_desk()
        desk.put(billing("phones"), today=TODAY, key=key())
        rename_login(desk, LATER)
        first = LATER.replace(day=1)
        assert rows(open_desk()) == [
            (f"workplace/{OLD}", "phones", TODAY, first),
            (f"workplace/{NEW}", "phones", first, None),
        ]

    def test_r13_renamed_in_its_first_month_it_has_one_row(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.put(billing("phones"), today=TODAY, key=key())
        ahead = date(2027, 3, 1)
        desk.put(billing("phones", ahead, item="workplace/b.c"), today=TODAY, key=key())
        for _ in range(2):
            rename_login(desk, TODAY)
            rename_login(desk, TODAY, "b.c", "b.d")
        wanted = [("workplace/b.d", "phones", ahead, None)]
        assert rows(desk) == [*wanted, (f"workplace/{NEW}", "phones", TODAY, None)]

    def test_r13_renamed_and_another_license_bills_each_day_once(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.put(billing("phones"), today=TODAY, key=key())
        rename_login(desk, LATER)
        wanted = billing("phones+apps", item=f"workplace/{NEW}")
        desk.put(wanted, today=LATER, key=key())
        rename_login(desk, LATER, NEW, OLD)
        days: list[int] = []
        for row in desk.intervals(*ALWAYS):
            end = row.ends or ALWAYS[1]
            days += range(row.starts.toordinal(), end.toordinal())
        assert sorted(days) == sorted(set(days))
        assert len(days) == (ALWAYS[1] - TODAY).days

    def test_what_is_applied_of_a_login_goes_along(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        run = desk.begin(SMITHY, at=NOW, who="ci", manifest="ef" * 32, steps={})
        for kind, name in ((Kind.WORKPLACE, OLD), (Kind.BILLING, f"workplace/{OLD}")):
            note = (kind, name, HASHES)
            desk.settle(run, f"{kind}", at=NOW, outcome="done", applied=note)
        rename_login(desk, TODAY)
        found = desk.read([SMITHY])[SMITHY].applied
        wanted = {(Kind.WORKPLACE, NEW), (Kind.BILLING, f"workplace/{NEW}")}
        assert found == dict.fromkeys(wanted, HASHES)

    def test_login_that_is_billed_already_is_refused(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        for login in (OLD, NEW):
            desk.put(billing("phones", item=f"workplace/{login}"), today=TODAY, key=key())
        before = rows(desk)
        with raises(Refused, "PV519"):
            rename_login(desk, LATER)
        assert rows(desk) == before

    def test_customer_is_renamed_with_everything(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        for each in (RELEASE, ACCOUNT, billing("setup", item="setup", once=True)):
            desk.put(each, today=TODAY, key=key())
        desk.put(billing("phones"), today=TODAY, key=key())
        desk.put(stock("zentrale"), today=TODAY, key=key())
        desk.put(provisional("0525551200"), today=TODAY, key=key())
        desk.put(order(), today=TODAY, key=key())
        told = {"today": TODAY, "who": "Staff Member", "why": "the donor said so"}
        desk.move(order(), Event.ACCEPT, key=key(), **told)  # type: ignore[arg-type]
        desk.put(stock("other", customer=CAFE), today=TODAY, key=key())
        before = desk.read([SMITHY])[SMITHY]
        pool = [replace(e, customer=None) for e in desk.pool(TODAY)]
        rename_customer(desk)
        found = open_desk().read([SMITHY, FORGE, CAFE])
        moved = {replace(o, customer=FORGE) for o in before.objects if o.kind is not Kind.RELEASE}
        assert set(found[FORGE].objects) == {RENAMED, *moved}
        assert not found[SMITHY].objects
        assert len(found[CAFE].objects) == 1
        assert [replace(e, customer=None) for e in desk.pool(TODAY)] == pool
        assert list(desk.customers()) == [FORGE]
        assert desk.holders([E164("0525551200")]) == {E164("0525551200"): FORGE}
        assert {r.customer for r in desk.intervals(*ALWAYS)} == {FORGE}

    def test_order_of_a_renamed_customer_moves_on(self, open_desk: OpenDesk) -> None:
        """The donor's reference stays, and nothing is submitted again."""
        desk = open_desk()
        for each in (RELEASE, order()):
            desk.put(each, today=TODAY, key=key())
        before = _order(desk, SMITHY)
        rename_customer(desk)
        mine = replace(order(), customer=FORGE)
        assert _order(desk, FORGE).progress == before.progress
        assert before.progress.remote_id
        desk.put(mine, today=TODAY, key=key())
        assert _order(desk, FORGE).progress == before.progress
        told = {"today": TODAY, "who": "Staff Member", "why": "the donor said so"}
        moved = desk.move(mine, Event.ACCEPT, key=key(), **told)  # type: ignore[arg-type]
        assert moved.progress.state is State.ACCEPTED

    def test_number_that_rests_is_still_the_customers(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.put(RELEASE, today=TODAY, key=key())
        first = desk.put(stock("zentrale"), today=TODAY, key=key())
        desk.delete(stock("zentrale"), today=TODAY, key=key())
        rename_customer(desk)
        again = desk.put(stock("zentrale", customer=FORGE), today=TODAY, key=key())
        assert again == replace(first, customer=FORGE)

    def test_journal_and_audit_go_along(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.put(RELEASE, today=TODAY, key=key())
        dead = desk.begin(SMITHY, at=NOW, who="ci", manifest="ef" * 32, steps={})
        note = (Kind.WORKPLACE, OLD, HASHES)
        desk.settle(dead, "workplace", at=NOW, outcome="done", applied=note)
        desk.note(at=NOW, who="ci", what="applied 1 steps", why="plan", customer=SMITHY)
        run = desk.begin(FORGE, at=NOW, who="ci", manifest="ef" * 32, steps={})
        rename_customer(desk)
        assert [r.run for r in desk.open_runs()] == [run]
        assert desk.read([FORGE])[FORGE].applied == {(Kind.WORKPLACE, OLD): HASHES}
        told = [entry.what for entry in desk.audit(FORGE)]
        assert told == ["renamed schmiedeisen to schmiede-muster", "applied 1 steps"]
        assert not desk.audit(SMITHY)
        with raises(Refused, "PV532"):
            desk.settle(dead, "workplace", at=NOW, outcome="done")

    def test_customer_is_renamed_once_and_fine_twice(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        for each in (RELEASE, ACCOUNT):
            desk.put(each, today=TODAY, key=key())
        rename_customer(desk)
        rename_customer(desk)
        assert set(desk.read([FORGE])[FORGE].objects) == {
            RENAMED,
            replace(ACCOUNT, customer=FORGE),
        }
        rename_customer(desk, RELEASE, FORGE)
        assert set(desk.read([SMITHY])[SMITHY].objects) == {RELEASE, ACCOUNT}

    def test_id_that_somebody_had_is_refused(self, open_desk: OpenDesk) -> None:
        """Be it only a number that rests, or a month that was billed."""
        desk = open_desk()
        desk.put(RELEASE, today=TODAY, key=key())
        gone = stock("zentrale", customer=FORGE)
        desk.put(gone, today=TODAY, key=key())
        desk.delete(gone, today=TODAY, key=key())
        with raises(Refused, "PV519"):
            rename_customer(desk)
        assert set(desk.read([SMITHY])[SMITHY].objects) == {RELEASE}
        assert list(desk.customers()) == [SMITHY]


def _order(desk: Desk, customer: CustomerId) -> PortingOrder:
    (found,) = (o for o in desk.read([customer])[customer].objects if isinstance(o, PortingOrder))
    return found
