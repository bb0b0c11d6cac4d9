"""The world of the stateful run, and what people do to it: to manifests, and to the PBX by hand."""

import copy
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from provisioner.contract.resources import Kind
from provisioner.plan.model import Plan
from tests.by_hand import ByHandLocal
from tests.stateful import edits, passing, samples, truths
from tests.stateful.world import CONFIG, World

CUSTOMERS = {"anna": "bergnetz", "bert": "bergnetz", "cora": "limmat"}

customers = st.sampled_from(sorted(CUSTOMERS))
small = st.integers(0, 9)
one_edit = st.tuples(st.sampled_from(edits.EDITS), small, small)
later = st.one_of(
    st.tuples(st.just(edits.add_port), small, st.integers(1, 9)),
    st.tuples(st.just(edits.change_activation), st.sampled_from((1, 2, 4, 5, 7, 8)), small),
    st.tuples(st.just(edits.change_billing), st.integers(3, 9), small),
    st.tuples(st.just(edits.change_end), st.sampled_from((1, 3, 5, 7, 9)), small),
)
"""Edits that bring about something on a coming day."""


def _memory() -> str | None:
    path = Path("/dev/shm")  # noqa: S108 - only where to put a new folder of our own
    return str(path) if path.is_dir() else None


class People(RuleBasedStateMachine):
    """Two live systems, up to three customers, and everyone who touches them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=_memory()))
        self.world = World(
            self.folder / "world", samples.TODAY, {**CONFIG, "prices": samples.PRICES}
        )
        self.shelf: dict[str, dict[str, Any]] = {}
        self.foreign = 0
        self._made: tuple[object, dict[str, Plan]] = (None, {})

    def teardown(self) -> None:
        self.world.close()
        shutil.rmtree(self.folder)

    def plan(self, *, only: str = "") -> Plan:
        """The world's.  It follows from what is written and what the systems hold on a day, so of
        the same it is not made again."""
        state = self.world.today, self.world.state()
        if self._made[0] != state:
            self._made = state, {}
        plans = self._made[1]
        if only not in plans:
            plans[only] = self.world.plan(only=only)
        return plans[only]

    # What people write

    @rule(name=customers, changes=st.lists(one_edit, min_size=1, max_size=4))
    def edit(self, name: str, changes: list[Any]) -> None:
        if name in self.world.files:
            self.edited(name, changes)

    def edited(self, name: str, changes: list[Any]) -> None:
        manifest = copy.deepcopy(self.world.files[name])
        for change, a, b in changes:
            change(manifest, name, a, b, self.world.today)
        edits.tidy(manifest)
        self.world.write(name, manifest, CUSTOMERS[name])

    @rule(pick=st.integers(0, 50))
    def a_number_is_to_pass(self, pick: int) -> None:
        """From one customer to another; whichever run comes next carries it out, or dies of it."""
        for name in passing.written(self.world, pick):
            self.edited(name, [])

    @rule(name=customers)
    def delete_the_manifest(self, name: str) -> None:
        if name in self.world.files:
            self.shelf[name] = self.world.files[name]
            self.world.remove(name)

    @precondition(lambda self: self.shelf)
    @rule(pick=small)
    def restore_the_manifest(self, pick: int) -> None:
        name = sorted(self.shelf)[pick % len(self.shelf)]
        self.world.write(name, self.shelf.pop(name), CUSTOMERS[name])

    @rule(name=customers, pick=small, days=st.integers(0, 40))
    def sign_a_removal(self, name: str, pick: int, days: int) -> None:
        singles, blocks = edits.own_numbers(name)
        numbers = [f"number/{digits}" for digits in (*singles, *blocks)]
        what = ["customer", *(f"stock/{key}" for key in edits.STOCK), *numbers]
        self.world.allow(
            f"{name}/{what[pick % len(what)]}", self.world.today + timedelta(days=days)
        )

    # What happens on the PBX

    def _ours(self, pick: int) -> tuple[str, Kind, str] | None:
        rows = [r for r in self.world.content()["pbx"] if r[4] == truths.OURS]
        if len(rows) < 2:
            return None
        tenant, kind, key = rows[(pick * 7) % len(rows)][:3]
        return tenant, Kind(kind), key

    @rule(pick=st.integers(0, 30), value=small)
    def drift_of_a_declared_field(self, pick: int, value: int) -> None:
        found = self._ours(pick)
        if not found:
            return
        fields: dict[Kind, list[dict[str, Any]]] = {
            Kind.TENANT: [{"name": f"Renamed {value}"}],
            Kind.WORKPLACE: [
                {"license": "phones"},
                {"name": "Someone"},
                {"extension": "99"},
                {"caller_id": "0525557999"},
                {"credential": "generated:77"},
            ],
            Kind.ROUTE: [{"target": "a.anna"}, {"target": ""}, {"target": None}],
        }
        choices = fields.get(found[1], [{"credential": "other"}])
        ByHandLocal(self.world.pbx).by_hand_set(*found, **choices[value % len(choices)])

    @rule(pick=st.integers(0, 30), value=small)
    def a_setting_that_we_do_not_declare(self, pick: int, value: int) -> None:
        if found := self._ours(pick):
            ByHandLocal(self.world.pbx).by_hand_set(
                *found, voicemail=f"pin {value}", ringtone=value
            )

    @rule(pick=st.integers(0, 30))
    def an_object_of_ours_is_deleted_by_hand(self, pick: int) -> None:
        if found := self._ours(pick):
            ByHandLocal(self.world.pbx).by_hand_delete(*found)

    @rule(name=customers, pick=small)
    def someone_adds_an_object(self, name: str, pick: int) -> None:
        self.foreign += 1
        hand, number = ByHandLocal(self.world.pbx), self.foreign
        if pick < 4:
            hand.by_hand_add(name, Kind.WORKPLACE, f"guest{number}", license="phones", note="x")
        elif pick < 7:
            hand.by_hand_add("elsewhere", Kind.ROUTE, f"03155599{number:02d}", target="someone")
        else:
            hand.by_hand_add(name, Kind.ROUTE, f"03155588{number:02d}", target=f"guest{number}")
