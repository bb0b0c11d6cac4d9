"""Asterisk, the provisioner or both die in the middle of an apply; afterwards the phones ring.

The exhaustive search is with the embedded driver; here are moments that only a real PBX has: writes
that it answered and had not yet committed, a start with half of a workplace, a registration that
came in between.
"""

import sqlite3
import subprocess
import time
from collections.abc import Callable

import pytest

from tests.asterisk.server import Server
from tests.asterisk.sip.sip import Sip
from tests.asterisk.sip.workspace import Workspace, manifest, port, workplace

DAY = "2026-11-24"
STANDS_IN = "+41525558000"
MUSTER = manifest(
    "Muster AG",
    numbers=[{"id": "main", "area": "052"}],
    porting=[port("haupt", ["0525551200"])],
    workplaces=[
        workplace("anna", extension="21", number="0525551200"),
        workplace("beat", extension="12", license="phones+apps", use="desk"),
        workplace("carl", extension="13", number={"stock": "main"}),
        workplace("dora", extension="24"),
    ],
    support_login={"login": "muster.support", "password": {"generate": True}},
)


@pytest.fixture
def office(fresh: Callable[[], Workspace], started: Server) -> Workspace:
    made = fresh()
    started.wait_for_commit()  # or what was cleared would come back, with the passwords of before
    made.customer("muster-ag", MUSTER)
    return made


def settled(office: Workspace) -> list[str]:
    """Steps that the journal has as done."""
    path = office.root / "state" / "desk.sqlite"
    if not path.exists():
        return []
    db = sqlite3.connect(path, timeout=60)
    try:
        return [r[0] for r in db.execute("SELECT step FROM intents WHERE outcome = 'done'")]
    except sqlite3.OperationalError:
        return []
    finally:
        db.close()


def until(office: Workspace, process: "subprocess.Popen[str]", step: str) -> bool:
    """Wait until a step is done, or the process."""
    limit = time.monotonic() + 300
    while process.poll() is None and time.monotonic() < limit:
        if step in settled(office):
            return True
        time.sleep(0.001)
    return step in settled(office)


def all_is_well(office: Workspace, sip: Sip) -> None:
    """The plan is empty, phones register with the last password handed over, numbers ring."""
    assert "nothing to do" in office.plan(DAY)
    with sqlite3.connect(office.root / "state" / "desk.sqlite") as db:
        assert db.execute("SELECT count(*) FROM runs WHERE ended IS NULL").fetchone() == (0,)
    db.close()
    anna, beat, carl, dora = (
        office.phone("muster-ag", login) for login in ("anna", "beat", "carl", "dora")
    )
    for phone in (anna, beat, carl, dora):
        assert sip.register(phone) == 200, phone.user
    with sip.answering(anna) as rings:
        assert sip.carrier_calls(STANDS_IN) == 200
    assert rings.rang
    with sip.answering(beat) as rings:
        assert sip.call(dora, "12") == 200
    assert rings.rang


TENANT, ANNA, BEAT, LAST = (
    f"{step}:create"
    for step in ("tenant/tenant", "workplace/anna", "workplace/beat", "route/stock:main")
)


@pytest.mark.parametrize(
    ("dies", "step"),
    [
        ("provisioner", ANNA),
        ("provisioner", LAST),
        ("asterisk", TENANT),
        ("asterisk", BEAT),
        ("asterisk", LAST),
        ("both", TENANT),
        ("both", ANNA),
    ],
)
def test_r19_killed_in_the_middle_of_an_apply_and_resumed(
    office: Workspace, sip: Sip, started: Server, dies: str, step: str
) -> None:
    process = office.start("apply", "--at", DAY, "--auto-approve")
    assert until(office, process, step), process.communicate()
    if dies != "asterisk":
        process.kill()
    if dies != "provisioner":
        started.kill()
    out, _ = process.communicate(timeout=300)
    assert "Traceback" not in out
    assert process.returncode != 0, out
    started.start()
    office.run("apply", "--at", DAY, "--resume")
    all_is_well(office, sip)


def test_r19_restarted_in_the_middle_of_an_apply(
    office: Workspace, sip: Sip, started: Server
) -> None:
    """An orderly stop loses nothing, so only what failed is done again."""
    process = office.start("apply", "--at", DAY, "--auto-approve")
    assert until(office, process, BEAT), process.communicate()
    started.stop()
    started.start()
    out, _ = process.communicate(timeout=300)
    assert "Traceback" not in out
    office.run("apply", "--at", DAY, "--resume")
    all_is_well(office, sip)


def test_r19_what_is_set_up_survives_a_crash_of_asterisk(
    office: Workspace, sip: Sip, started: Server
) -> None:
    """Done means committed: killed right after the apply, nothing is lost, not even who is on."""
    office.apply(DAY)
    started.kill()
    started.start()
    all_is_well(office, sip)
    anna = office.phone("muster-ag", "anna")
    assert sip.register(anna) == 200
    started.wait_for_commit()
    started.kill()
    started.start()
    with sip.answering(anna) as rings:
        assert sip.carrier_calls(STANDS_IN) == 200
    assert rings.rang
