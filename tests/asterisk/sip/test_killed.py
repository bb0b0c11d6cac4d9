"""The provisioner dies before each of its writes, Asterisk before some, both before others.

Afterwards ``apply --resume`` ends what was approved: the PBX is as if nothing had happened, and a
fresh plan is empty.  Death is an exception that nothing catches, in the place of the HTTP call.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from provisioner.cli.group import main
from provisioner.contract.resources import PbxResource
from provisioner.drivers.asterisk import AsteriskPbx
from provisioner.drivers.asterisk.wire import Wire
from provisioner.telephony.identity import CustomerId
from tests.asterisk.server import Server
from tests.asterisk.sip.workspace import Workspace, manifest, port, workplace

DAY = "2026-11-24"
APPLY = ("apply", "--at", DAY, "--auto-approve")
CUSTOMER = CustomerId("muster-ag")
MUSTER = manifest(
    "Muster AG",
    numbers=[{"id": "ddi", "area": "052", "block": 10}],
    porting=[port("haupt", ["0525551200"])],
    workplaces=[
        workplace("anna", extension="21", number="0525551200"),
        workplace("beat", license="phones+apps", use="desk", number={"stock": "ddi", "line": 1}),
        workplace("carl", number={"stock": "ddi"}),
    ],
    support_login={"login": "muster.support", "password": {"generate": True}},
)
MANY = 25
"""More writes than that an apply makes; a run with fewer would prove little."""


class Died(BaseException):
    """The process is gone."""


class Office:
    """A workspace with one customer, whose commands run in this process."""

    def __init__(self, workspace: Workspace, server: Server) -> None:
        self.workspace, self.server = workspace, server
        self.writes = 0

    def anew(self) -> None:
        """Nothing applied, nothing on the PBX."""
        self.server.start()
        self.server.clear()
        for folder in ("state", "handover"):
            shutil.rmtree(self.workspace.root / folder, ignore_errors=True)

    def run(self, *arguments: str) -> int:
        command, *more = arguments
        return main([command, "-C", str(self.workspace.root), *more])

    @contextmanager
    def before_write(self, number: int, happens: Callable[[], None]) -> Iterator[None]:
        """``happens`` before the write of that number; none is sent after it if it raises."""
        send, self.writes = Wire.send, 0
        done = False

        def counted(wire: Wire, *where: str, writes: bool = False, **more: Any) -> Any:
            nonlocal done
            if writes:
                if self.writes == number and not done:
                    done = True
                    happens()
                self.writes += 1
            return send(wire, *where, writes=writes, **more)

        Wire.send = counted  # type: ignore[method-assign]
        try:
            yield
        finally:
            Wire.send = send  # type: ignore[method-assign]

    def objects(self) -> set[PbxResource]:
        pbx = AsteriskPbx.open(self.server.options, self.workspace.root)
        try:
            state = pbx.read([CUSTOMER])[CUSTOMER]
        finally:
            pbx.close()
        assert state.foreign == ()
        return set(state.objects)

    def leftovers(self) -> list[str]:
        """Journals, and what Asterisk was to be told."""
        found = [k for k in self.server.rows(f"prov/{CUSTOMER}") if k.startswith("pending/")]
        return found + [k for k in self.server.rows("provisioner") if k == "reload"]

    def is_right(self, wanted: set[PbxResource]) -> bool:
        """As after an apply that nothing disturbed."""
        same = self.objects() == wanted and self.leftovers() == []
        return same and self.run("plan", "--at", DAY, "--detailed-exitcode") == 0


@pytest.fixture
def office(
    fresh: Callable[[], Workspace],
    started: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> Office:
    made = fresh()
    made.customer(str(CUSTOMER), MUSTER)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setitem(os.environ, "PROVISION_LANG", "en")
    return Office(made, started)


@pytest.fixture
def wanted(office: Office, monkeypatch: pytest.MonkeyPatch) -> set[PbxResource]:
    """What an apply makes that nothing disturbs; counts its writes."""
    office.anew()
    with monkeypatch.context() as quick:
        quick.setattr(AsteriskPbx, "COMMIT_SECONDS", 0)
        with office.before_write(-1, lambda: None):
            assert office.run(*APPLY) == 0
    found = office.objects()
    assert office.writes > MANY
    assert office.is_right(found)
    return found


def dies() -> None:
    raise Died


def test_r19_the_provisioner_dies_before_each_write(
    office: Office, wanted: set[PbxResource], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AsteriskPbx, "COMMIT_SECONDS", 0)  # Asterisk lives on
    for number in range(office.writes + 1):
        office.anew()
        with office.before_write(number, dies):
            try:
                ended = office.run(*APPLY)
            except Died:
                pass
            else:
                assert ended == 0, "not before a write, but the run ended otherwise"
                assert number > MANY
                return
        assert office.run("apply", "--at", DAY, "--resume") == 0, f"before write {number}"
        assert office.is_right(wanted), f"before write {number}"
    raise AssertionError("the run made more writes than the one that nothing disturbed")


@pytest.mark.parametrize("both", [False, True], ids=["asterisk", "both"])
def test_r19_asterisk_dies_before_a_write(
    office: Office, wanted: set[PbxResource], *, both: bool
) -> None:
    """Every seventh write; what it had not committed is lost with it."""
    for number in range(2 if both else 5, office.writes, 7):
        office.anew()
        office.server.wait_for_commit()  # or what was cleared would come back

        def happens() -> None:
            office.server.kill()
            if both:
                raise Died

        with office.before_write(number, happens):
            try:
                assert office.run(*APPLY) != 0
            except Died:
                assert both
        office.server.start()
        assert office.run("apply", "--at", DAY, "--resume") == 0, f"before write {number}"
        assert office.is_right(wanted), f"before write {number}"
        office.server.kill()  # what is called done survives
        office.server.start()
        assert office.is_right(wanted), f"after write {number}"
