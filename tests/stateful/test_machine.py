"""Years of edits, drift, donors' answers, faults and crashes in any order: what stays true."""

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from provisioner import operations
from provisioner.apply.events import CustomerResult, Outcome
from provisioner.codes.systems import DatabaseIsBusy, NoAnswerWhetherItWasWritten
from provisioner.contract.resources import PortingOrder
from provisioner.errors import OutcomeUnknown, ProvisionError, Unavailable
from provisioner.operations.planning import planner
from provisioner.plan.model import Plan, Status
from provisioner.telephony.porting import Event, Reason
from tests.stateful import edits, samples, scenarios, truths
from tests.stateful.ahead import announced, lived_through
from tests.stateful.blindness import WAYS, blind, taking
from tests.stateful.people import CUSTOMERS, People, customers, later, one_edit, small
from tests.stateful.world import Content, Hazard, Killed, faults, leftovers

REFUSALS = {"PV512", "PV513", "PV514", "PV521"}
"""Told by a system for good: someone's object is in the way, or the pool is empty."""


class Years(People):
    """Everything that happens, in any order: what people do, time, donors, and runs."""

    @initialize(amount=st.integers(2, 3), first=st.lists(one_edit, min_size=4, max_size=14))
    def begin(self, amount: int, first: list[Any]) -> None:
        for number, (name, reseller) in enumerate(sorted(CUSTOMERS.items())[:amount]):
            self.world.write(name, samples.manifest(name, numbers=[], porting=[]), reseller)
            self.edited(name, first[number::amount])
        self._applied(self.plan())

    # Time and the donor

    @rule(days=st.integers(1, 30))
    def days_pass(self, days: int) -> None:
        self.world.today += timedelta(days=days)

    def _orders(self) -> list[PortingOrder]:
        return [o for name in sorted(CUSTOMERS) for o in scenarios.orders_of(self.world, name)]

    @rule(pick=small, event=st.sampled_from(sorted(Event)), other=st.booleans())
    def the_donor_answers(self, pick: int, event: Event, other: bool) -> None:
        orders = self._orders()
        if not orders:
            return
        order = orders[pick % len(orders)]
        more: dict[str, Any] = {}
        if event is Event.ACCEPT and other and order.port_date:
            more["on"] = edits._DAYS.on_or_after(order.port_date + timedelta(days=3))
        if event in {Event.POSTPONE, Event.SUBMIT} and other:
            ahead = max(self.world.today, order.port_date or self.world.today)
            more["on"] = edits._DAYS.on_or_after(ahead + timedelta(days=pick))
        if event is Event.REJECT:
            more |= {"donor_code": "E17", "reason": Reason.SIGNATURE}
        try:
            scenarios.move(self.world, order, event, **more)
        except ProvisionError as refused:
            _allowed(refused)

    @rule(pick=small)
    def a_port_goes_through(self, pick: int) -> None:
        """Everything that a smooth port needs, on its days."""
        orders = self._orders()
        if not orders:
            return
        order = orders[pick % len(orders)]
        for event in (Event.ACCEPT, Event.SYNCHRONISE, Event.ACTIVATE, Event.COMPLETE):
            if event is Event.ACTIVATE and order.port_date:
                self.world.today = max(self.world.today, order.port_date)
            try:
                scenarios.move(self.world, order, event)
            except ProvisionError as refused:
                _allowed(refused)
                return
            if pick % 2:
                self.reconcile()

    # Runs

    @rule()
    def apply(self) -> None:
        self._applied(self.plan())

    @rule(pick=st.integers(0, 50))
    def a_number_passes(self, pick: int) -> None:
        self.a_number_is_to_pass(pick)
        self.apply()

    @rule(name=customers)
    def apply_one(self, name: str) -> None:
        if name in self.world.known():
            self._applied(self.plan(only=name), only=name)

    @rule()
    def reconcile(self) -> None:
        _, results = self._reconciled()
        again, _ = self.world.reconcile()
        assert not _settled(again, results), leftovers(again)

    @precondition(lambda self: not self.world.open_runs())
    @rule(name=customers, changes=st.lists(later, max_size=2), most=st.integers(1, 4))
    def what_was_announced_comes(self, name: str, changes: list[Any], most: int) -> None:
        """Nothing else happens on the next few days that a plan tells of."""
        if name in self.world.files:
            self.edited(name, changes)
        plan, before = announced(self.world), self.world.content()
        results = self.world.apply(plan)
        self._check(plan, results, before)
        done = [r.customer for r in results if r.outcome is Outcome.DONE]
        idle = [c.customer for c in plan.customers if not c.steps]
        kept = [c for c in plan.customers if c.customer in {*done, *idle}]
        told = plan.model_copy(update={"customers": tuple(kept)})
        lived_through(self.world, told, most=most, reconcile=self._reconciled)

    def _reconciled(self) -> tuple[Plan, tuple[CustomerResult, ...]]:
        before = self.world.content()
        plan, results = self.world.reconcile()
        self._check(plan, results, before)
        return plan, results

    def _applied(self, plan: Plan, *, only: str = "") -> None:
        before = self.world.content()
        results = self.world.apply(plan, only=only)
        self._check(plan, results, before)
        if plan.braked:  # a small fleet may change more than it has
            assert not results
            return
        fresh = self.plan(only=only if only and only in self.world.known() else "")
        assert not _settled(fresh, results, only), leftovers(fresh)
        _readable(fresh)

    def _check(self, plan: Plan, results: Sequence[CustomerResult], before: Content) -> None:
        _readable(plan)
        codes = set(faults(results))
        assert codes <= REFUSALS, (codes - REFUSALS, results)
        assert {r.outcome for r in results} <= {Outcome.DONE, Outcome.FAILED}, results
        self._compare(plan, before)

    def _compare(self, plan: Plan, before: Content) -> None:
        after, removals = self.world.content(), self.world.workspace().removals
        today = self.world.today
        truths.only_what_was_planned(plan, before, after)
        truths.others_are_untouched(plan, before, after, today)
        truths.no_order_is_submitted_twice(before, after)
        truths.no_quarantined_number_is_given_out(before, after, today)
        truths.nothing_irreversible_without_its_entry(before, after, removals, today)

    @rule(first=customers, second=customers, key=st.sampled_from(sorted(edits.STOCK)))
    def a_number_is_given_up_and_another_one_asked_for(
        self, first: str, second: str, key: str
    ) -> None:
        """The pool chooses the lowest that is free: were it not resting, the one given back."""
        here = self.world.files
        if first not in here or second not in here or first == second:
            return
        at = int(key[1:])
        self.edited(first, [(edits.add_number, at, 0)])
        self._applied(self.plan())
        held = [n["id"] for n in here[first]["numbers"]]
        self.world.allow(f"{first}/stock/{key}", self.world.today + timedelta(days=1))
        self.edited(first, [(edits.remove_number, held.index(key), 0)])
        self._applied(self.plan())
        self.edited(second, [(edits.add_number, at, 0)])
        self._applied(self.plan())

    @rule(at=st.integers(1, 400), after=st.booleans())
    def a_run_is_killed_and_resumed(self, at: int, after: bool) -> None:
        plan = self.plan()
        if not plan.steps or self.world.open_runs():
            return
        twin = self.world.twin(self.folder / "twin")
        quiet = Hazard()
        whole = twin.apply(plan, quiet)
        end, plain = twin.content(), twin.plan()
        twin.close()
        shutil.rmtree(twin.root)
        if not quiet.seen:
            return  # a brake holds it, or nobody but the journal knows of them any more
        before = self.world.content()
        hazard = Hazard(1 + at % len(quiet.seen), after=after)
        try:
            self.world.apply(plan, hazard)
        except Killed:
            self.world.close()
        else:
            raise AssertionError("it should have died")
        self.world.resume()
        rest = self.world.apply(plan)
        where = f"{after} {hazard.seen[-1]}"
        self._compare(plan, before)
        if faults(whole):
            return
        assert not faults(rest), (where, rest)
        assert leftovers(self.plan()) == leftovers(plain), where
        assert self.world.open_runs() == 0, where
        for table, rows in self.world.content().items():
            assert rows == end[table], f"{table}: {where}"

    @rule(at=st.integers(1, 400), kind=st.integers(0, 2))
    def a_system_fails_during_a_run(self, at: int, kind: int) -> None:
        plan = self.plan()
        if not plan.steps or self.world.open_runs():
            return
        error = (
            Unavailable(DatabaseIsBusy(target="x"))
            if kind == 0
            else OutcomeUnknown(NoAnswerWhetherItWasWritten(target="x"))
        )
        before = self.world.content()
        hazard = Hazard(1 + at % (4 * len(plan.steps)), error, after=kind == 2)
        self.world.apply(plan, hazard)
        self._compare(plan, before)
        self.world.resume()
        self._compare(plan, before)
        self._applied(self.plan())

    @rule(way=st.sampled_from(sorted(WAYS)))
    def a_read_brings_less_than_there_is(self, way: str) -> None:
        """Whatever was not brought is not known; it is never gone."""
        pbx, desk = blind(self.world, way)
        seen = replace(self.world.opened(), pbx=pbx, desk=desk)
        plan = operations.plan(seen, today=self.world.today).plan
        honest = self.plan()
        assert taking(plan) <= taking(honest), (way, taking(plan) - taking(honest))

    @rule(seed=st.integers(0, 1_000))
    def order_makes_no_difference(self, seed: int) -> None:
        plan = self.plan()
        chance = random.Random(seed)  # noqa: S311 - no secret
        twin = self.world.twin(self.folder / "shuffled")
        for name, manifest in twin.files.items():
            twin.write(name, _shuffled(manifest, chance), CUSTOMERS[name])
        opened = twin.opened()
        subjects = list(operations.select(opened.workspace, opened.desk.customers()).subjects)
        chance.shuffle(subjects)
        other = planner(opened, twin.today).plan_fleet(subjects).plan
        twin.close()
        shutil.rmtree(twin.root)
        assert leftovers(other) == leftovers(plan)
        assert other.digest == plan.digest

    # Always

    @invariant()
    def numbers_have_one_holder(self) -> None:
        truths.no_number_has_two_holders(self.world.content())

    @invariant()
    def days_are_billed_once(self) -> None:
        truths.no_interval_overlaps(self.world.content())

    @invariant()
    def submissions_are_counted_once(self) -> None:
        truths.submissions_are_counted_once(self.world.content())


def _allowed(refused: ProvisionError) -> None:
    """What the desk may answer to a move: not from this state, or the number is someone's."""
    assert refused.code.startswith("PV22") or refused.code in {"PV284", "PV522"}, refused


def _settled(fresh: Plan, results: Sequence[CustomerResult], only: str = "") -> list[str]:
    """Steps that are left although nobody refused anything.

    A plan of one customer shows those that it exchanges numbers with; where nothing was carried out
    of them, all that they have to do is left.
    """
    refused = {r.customer for r in results if r.outcome is not Outcome.DONE}
    asked = {only, *(r.customer for r in results)}
    return [
        f"{c.customer} {s.id}"
        for c in fresh.customers
        for s in c.steps
        if c.customer not in refused and (not only or c.customer in asked)
    ]


def _readable(plan: Plan) -> None:
    """A customer that is unknown although both systems answer: nobody could go on. Whose objects
    on the PBX were all deleted by hand is the one exception."""
    unknown = [d for c in plan.customers if c.status is Status.UNKNOWN for d in c.diagnostics]
    assert {d.code for d in unknown if d.code.startswith("PV5")} <= {"PV564"}, unknown


_SETS = ("workplaces", "numbers", "porting", "blocks", "other_services")
"""Lists whose order means nothing."""


def _shuffled(found: Any, chance: random.Random, key: str = "") -> Any:
    if isinstance(found, dict):
        items = [(k, _shuffled(v, chance, k)) for k, v in found.items()]
        chance.shuffle(items)
        return dict(items)
    if isinstance(found, list):
        made = [_shuffled(v, chance) for v in found]
        if key in _SETS:
            chance.shuffle(made)
        return made
    return found


PARTS = 25
"""So that several workers share them; together they take ten thousand steps."""


def steps_of(how: settings, chance: int | None = None) -> int:
    """The steps of all lives that ``how`` asks for; the same ``chance`` draws the same ones."""
    steps = 0

    class Lives(Years):
        @invariant()
        def is_counted(self) -> None:
            nonlocal steps
            steps += 1

    run_state_machine_as_test(Lives if chance is None else seed(chance)(Lives), settings=how)
    return steps


@pytest.mark.parametrize("part", range(PARTS))
def test_years(part: int, record_property: Callable[[str, object], None]) -> None:
    deep = settings.get_current_profile_name() == "deep"
    profile = settings.get_profile("deep" if deep else "stateful")
    record_property("steps", steps_of(profile, None if deep else part))
