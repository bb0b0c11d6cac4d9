"""What every desk must do with the journal and with leases."""

from datetime import timedelta

from provisioner.contract.desk import Desk, Intent
from provisioner.contract.process import this_holder
from provisioner.contract.resources import Kind
from provisioner.errors import Locked, Refused
from provisioner.testing.desk_numbers import OpenDesk
from provisioner.testing.values import CAFE, NOW, SMITHY, raises

STEPS = {"tenant/tenant:create": "ab" * 32, "workplace/petra.huber:create": "cd" * 32}
FIRST, SECOND = STEPS
ELSEWHERE = "another-host.example:4711:1"
HASHES = {"name": "0011223344556677"}


def begin(desk: Desk, seconds: int = 0) -> str:
    at = NOW + timedelta(seconds=seconds)
    return desk.begin(SMITHY, at=at, who="ci", manifest="ef" * 32, steps=STEPS)


class JournalContract:
    """What is about to be done is there before it is done; one writer per customer."""

    def test_run_is_open_until_it_ends(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        run = begin(desk)
        (found,) = open_desk().open_runs()
        assert (found.run, found.customer, found.who) == (run, SMITHY, "ci")
        assert (found.started, found.manifest, dict(found.steps)) == (NOW, "ef" * 32, STEPS)
        desk.end(run, at=NOW, complete=False)
        assert len(desk.open_runs()) == 1
        desk.end(run, at=NOW, complete=True)
        assert not desk.open_runs()

    def test_intent_outlives_the_writer(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        run = begin(desk)
        desk.intend(run, FIRST, at=NOW, key="k1")
        desk.settle(run, FIRST, at=NOW, outcome="done")
        desk.intend(run, SECOND, at=NOW, key="k2")
        desk.close()
        (found,) = open_desk().open_runs()
        assert found.intents == (Intent(FIRST, "k1", "done"), Intent(SECOND, "k2", None))

    def test_settled_intent_keeps_its_detail(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        run = begin(desk)
        desk.intend(run, FIRST, at=NOW, key="k1")
        desk.settle(run, FIRST, at=NOW, outcome="failed", detail="PV512 key=tenant")
        assert desk.open_runs()[0].intents == (Intent(FIRST, "k1", "failed", "PV512 key=tenant"),)

    def test_applied_is_written_with_the_outcome(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        run = begin(desk)
        desk.intend(run, FIRST, at=NOW, key="k1")
        applied = (Kind.TENANT, "tenant", HASHES)
        desk.settle(run, FIRST, at=NOW, outcome="done", applied=applied)
        assert desk.read([SMITHY])[SMITHY].applied == {(Kind.TENANT, "tenant"): HASHES}
        newer = {"name": "8899aabbccddeeff"}
        desk.settle(run, FIRST, at=NOW, outcome="done", applied=(Kind.TENANT, "tenant", newer))
        assert desk.read([SMITHY])[SMITHY].applied == {(Kind.TENANT, "tenant"): newer}
        desk.settle(run, FIRST, at=NOW, outcome="done", applied=(Kind.TENANT, "tenant", None))
        assert not desk.read([SMITHY])[SMITHY].applied

    def test_step_that_was_never_begun_can_be_settled(self, open_desk: OpenDesk) -> None:
        """A crash may have lost the note; what is found done is remembered as applied."""
        desk = open_desk()
        run = begin(desk)
        applied = (Kind.TENANT, "tenant", HASHES)
        for _ in range(2):
            desk.settle(run, "tenant/tenant:remember", at=NOW, outcome="done", applied=applied)
        assert desk.read([SMITHY])[SMITHY].applied == {(Kind.TENANT, "tenant"): HASHES}

    def test_new_run_ends_the_old_one(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        old = begin(desk)
        desk.intend(old, FIRST, at=NOW, key="k1")
        other = desk.begin(CAFE, at=NOW, who="ci", manifest="", steps={})
        new = begin(desk, seconds=60)
        assert {r.run for r in desk.open_runs()} == {other, new}
        with raises(Refused, "PV532"):
            desk.intend(old, SECOND, at=NOW, key="k2")
        with raises(Refused, "PV532"):
            desk.settle(old, FIRST, at=NOW, outcome="done", applied=(Kind.TENANT, "x", HASHES))
        with raises(Refused, "PV532"):
            desk.end("no-such-run", at=NOW, complete=True)
        assert not desk.read([SMITHY])[SMITHY].applied

    def test_open_runs_are_listed_oldest_first(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        late = begin(desk, seconds=60)
        early = desk.begin(CAFE, at=NOW, who="ci", manifest="", steps={})
        assert [r.run for r in desk.open_runs()] == [early, late]

    def test_lease_has_one_holder(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.acquire_lease(SMITHY, holder=ELSEWHERE, at=NOW, seconds=60)
        with raises(Locked, "PV531") as caught:
            open_desk().acquire_lease(SMITHY, holder=this_holder(), at=NOW, seconds=60)
        assert caught.error is not None
        assert caught.error.exit_code == 6
        desk.acquire_lease(CAFE, holder=this_holder(), at=NOW, seconds=60)

    def test_lease_can_be_renewed_and_given_back(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.acquire_lease(SMITHY, holder=ELSEWHERE, at=NOW, seconds=60)
        later = NOW + timedelta(seconds=50)
        desk.acquire_lease(SMITHY, holder=ELSEWHERE, at=later, seconds=60)
        with raises(Locked, "PV531"):
            at = NOW + timedelta(seconds=100)
            desk.acquire_lease(SMITHY, holder=this_holder(), at=at, seconds=60)
        desk.release_lease(SMITHY, holder=this_holder())
        with raises(Locked, "PV531"):
            desk.acquire_lease(SMITHY, holder=this_holder(), at=later, seconds=60)
        desk.release_lease(SMITHY, holder=ELSEWHERE)
        desk.acquire_lease(SMITHY, holder=this_holder(), at=later, seconds=60)

    def test_lease_of_a_silent_holder_runs_out(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.acquire_lease(SMITHY, holder=ELSEWHERE, at=NOW, seconds=0)
        desk.acquire_lease(SMITHY, holder=this_holder(), at=NOW, seconds=60)

    def test_whoever_lost_its_lease_writes_nothing_more(self, open_desk: OpenDesk) -> None:
        """It was held up, another one took over, and gave the lease back again."""
        desk, other = open_desk(), open_desk()
        desk.acquire_lease(SMITHY, holder=ELSEWHERE, at=NOW, seconds=0)
        run = desk.begin(
            SMITHY, at=NOW, who="ci", manifest="ef" * 32, steps=STEPS, holder=ELSEWHERE
        )
        desk.intend(run, FIRST, at=NOW, key="k1")
        other.acquire_lease(SMITHY, holder=this_holder(), at=NOW, seconds=60)
        for again in (False, True):
            with raises(Refused, "PV632"):
                desk.intend(run, SECOND, at=NOW, key="k2")
            with raises(Refused, "PV632"):
                desk.begin(SMITHY, at=NOW, who="ci", manifest="", steps={}, holder=ELSEWHERE)
            if not again:
                other.release_lease(SMITHY, holder=this_holder())
        desk.acquire_lease(SMITHY, holder=ELSEWHERE, at=NOW, seconds=60)
        with raises(Refused, "PV632"):
            desk.settle(run, FIRST, at=NOW, outcome="done")

    def test_renewed_lease_is_still_that_of_its_run(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.acquire_lease(SMITHY, holder=ELSEWHERE, at=NOW, seconds=60)
        run = desk.begin(SMITHY, at=NOW, who="ci", manifest="", steps=STEPS, holder=ELSEWHERE)
        desk.acquire_lease(SMITHY, holder=ELSEWHERE, at=NOW, seconds=60)
        desk.intend(run, FIRST, at=NOW, key="k1")

    def test_open_runs_of_one_customer(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        mine = begin(desk)
        desk.begin(CAFE, at=NOW, who="ci", manifest="", steps={})
        assert [r.run for r in desk.open_runs(SMITHY)] == [mine]

    def test_lease_of_a_living_holder_on_this_host_is_kept(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        desk.acquire_lease(SMITHY, holder=this_holder(), at=NOW, seconds=60)
        with raises(Locked, "PV531"):
            desk.acquire_lease(SMITHY, holder=ELSEWHERE, at=NOW, seconds=60)
