"""`provision import`: manifests from the live systems, such that nothing is to be changed."""

import hashlib
import json
import shutil
import sqlite3
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from by_hand import ByHandLocal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioner.apply.events import Outcome
from provisioner.contract.pbx import Foreign, PbxState
from provisioner.contract.resources import Kind, NumberRef, Release, Route, Workplace
from provisioner.desired.importing import outline, released_manifest
from provisioner.drivers.local import LocalPbx
from provisioner.errors import PolicyError
from provisioner.manifest.models import Manifest
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.porting import Event
from provisioner.telephony.srtp import Srtp
from tests.cli.conftest import DAY, ROOT, Run
from tests.stateful import samples
from tests.stateful.commands import run_here
from tests.stateful.scenarios import move, orders_of
from tests.stateful.world import World, customer_id

CUSTOMER = customer_id("velo-werk")
SETTINGS = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


# As generated workspaces go through their lives


@st.composite
def manifests(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """A customer with some of everything."""
    numbers: list[dict[str, Any]] = []
    if draw(st.booleans()):
        numbers.append({"id": "main", "area": draw(st.sampled_from(["052", "071"]))})
    if draw(st.booleans()):
        numbers.append({"id": "ddi", "area": "052", "block": 10})
    if draw(st.booleans()):
        numbers.append({"id": "old", "held": "03155512" + ("0" if name == "one" else "1") + "0"})
    ports = []
    own = "05255513" if name == "one" else "05255514"
    for at, day in enumerate(draw(st.sets(st.sampled_from(["2027-02-26", "2027-03-12"])))):
        entry = samples.porting(f"port{at}", day, numbers=[f"{own}{at}0", f"{own}{at}1"])
        if draw(st.booleans()):
            entry["schedule"] = {"when": "asap", "time": "10:30"}
        ports.append(entry)
    targets: list[Any] = [n for p in ports for n in p["numbers"]]
    targets += [{"stock": n["id"]} for n in numbers]
    if any(n["id"] == "ddi" for n in numbers):
        targets.append({"stock": "ddi", "line": 3})
    places = []
    for at in range(draw(st.integers(1, 4))):
        more: dict[str, Any] = {}
        if targets and draw(st.booleans()):
            more["number"] = targets.pop(draw(st.integers(0, len(targets) - 1)))
        if draw(st.booleans()):
            more["name"] = draw(st.sampled_from(["Zoë Müller", "no", "0441", "Lift: West #2"]))
        if draw(st.booleans()):
            more["extension"] = 20 + at
        if draw(st.booleans()):
            more |= {"use": "fax", "license": "phones"}
        if draw(st.booleans()):
            more["password"] = {"generate": True, "generation": draw(st.integers(1, 3))}
        places.append(samples.workplace(f"user{at}.{name}", **more))
    subscription: dict[str, Any] = {
        "billing_from": draw(st.sampled_from(["2027-01-11", "2027-02-01"]))
    }
    if draw(st.booleans()):
        subscription["activate_from"] = "2027-01-11"
    parts: dict[str, Any] = {"subscription": subscription, "workplaces": places}
    parts |= {"numbers": numbers} if numbers else {}
    parts |= {"porting": ports} if ports else {}
    if draw(st.booleans()):
        parts["support_login"] = {"login": f"{name}.support"}
    if draw(st.booleans()):
        parts["admin"] = {"login": f"{name}.admin"}
    return samples.manifest(name, **parts)


@SETTINGS
@given(data=st.data())
def test_r18_lost_manifests_come_back_and_nothing_is_to_be_done(
    data: st.DataObject,
) -> None:
    memory = Path("/dev/shm")  # noqa: S108 - only where to put a new folder of our own
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        _round_trip(Path(name), data)


def _round_trip(root: Path, data: st.DataObject) -> None:
    world = World(root, samples.TODAY)
    for name in ("one", "two"):
        world.write(name, data.draw(manifests(name)))
    assert {r.outcome for r in world.apply(world.plan())} == {Outcome.DONE}
    _live_on(world, data)
    before = {c: e.manifest.digest() for c, e in world.workspace().entries.items()}
    planned = world.plan()
    assert planned.steps == ()
    shutil.rmtree(root / "customers")
    world.close()

    assert run_here(root, "import") == 0
    after = {c: e.manifest.digest() for c, e in world.workspace().entries.items()}
    assert after == before
    again = world.plan()
    assert (again.steps, again.digest) == ((), planned.digest)
    assert [c.held for c in again.customers] == [c.held for c in planned.customers]
    assert run_here(root, "fmt", "--check", str(root / "customers")) == 0
    world.close()


def _live_on(world: World, data: st.DataObject) -> None:
    """Ports are accepted and complete, or not; a subscription ends, or not."""
    ended = data.draw(st.booleans(), label="ended")
    if data.draw(st.booleans(), label="accepted"):
        for name in ("one", "two"):
            for order in orders_of(world, name):
                if order.progress.state == "submitted":
                    move(world, order, Event.ACCEPT)
        if data.draw(st.booleans(), label="time goes on"):
            world.today = date(2027, 3, 1)
            world.reconcile()
            for order in orders_of(world, "one"):
                if order.progress.state == "activating":
                    move(world, order, Event.COMPLETE)
            world.reconcile()
    if ended and not world.files["two"].get("porting"):
        term = {**world.files["two"]["subscription"], "ends_on": "2027-04-30"}
        world.write("two", {**world.files["two"], "subscription": term})
        world.apply(world.plan())
        world.allow("two/customer", date(2027, 12, 31))
        world.today = date(2027, 5, 1) + timedelta(days=1)
    for _ in range(3):
        if world.plan().steps:
            world.apply(world.plan())


# As people see it


def test_files_that_are_there_are_left_alone(run: Run, workspace: Path) -> None:
    run(f"apply --at {DAY} --auto-approve")
    path = workspace / "customers/limmat-it/velo-werk.yaml"
    assert run("import").returncode == 0
    edited = path.read_text("utf-8").replace("city: ", "city: Neu-")
    path.write_text(edited, "utf-8")
    ended = run("import velo-werk")
    assert ended.returncode == 3
    assert b"PV433" in ended.stderr
    assert path.read_text("utf-8") == edited
    moved = workspace / "customers/bergnetz-telecom/velo-werk.yaml"
    moved.parent.mkdir()
    path.rename(moved)
    assert run("import").returncode == 3
    assert not path.exists()


def test_drift_since_the_release_is_shown_by_the_plan(run: Run, workspace: Path) -> None:
    run(f"apply --at {DAY} --auto-approve")
    pbx = LocalPbx.open({"path": "state/pbx.sqlite"}, workspace)
    hand = ByHandLocal(pbx)
    name = next(o.key for o in pbx.read([CUSTOMER])[CUSTOMER].objects if o.kind is Kind.WORKPLACE)
    hand.by_hand_set(str(CUSTOMER), Kind.WORKPLACE, name, license="phones", extension="99")
    hand.by_hand_delete(str(CUSTOMER), Kind.TENANT, "tenant")
    pbx.close()
    shutil.rmtree(workspace / "customers")
    assert run("import").returncode == 0
    ended = run(f"plan --at {DAY} --detailed-exitcode")
    assert ended.returncode == 2
    assert b"because the live system was changed by someone" in ended.stdout
    assert b"because the manifest was edited" not in ended.stdout


def test_out_writes_elsewhere_and_links_are_not_followed(run: Run, workspace: Path) -> None:
    run(f"apply --at {DAY} --auto-approve")
    ended = run("import --out copy")
    assert ended.returncode == 0
    assert (workspace / "copy/limmat-it/velo-werk.yaml").exists()
    shutil.rmtree(workspace / "customers")
    (workspace / "elsewhere").mkdir()
    (workspace / "customers").symlink_to(workspace / "elsewhere")
    ended = run("import")
    assert ended.returncode == 3
    assert b"PV019" in ended.stderr
    assert list((workspace / "elsewhere").iterdir()) == []


def test_what_is_not_known_is_an_error_and_nothing_is_written(run: Run, workspace: Path) -> None:
    run(f"apply --at {DAY} --auto-approve")
    shutil.rmtree(workspace / "customers")
    assert b"PV447" in run("import nobody").stderr
    desk = workspace / "state/desk.sqlite"
    with sqlite3.connect(desk) as db:
        db.execute("UPDATE releases SET content = substr(content, 1, 100)")
    db.close()
    ended = run("import")
    assert (ended.returncode, b"PV434" in ended.stderr) == (3, True)
    with sqlite3.connect(desk) as db:
        db.execute("UPDATE intervals SET starts = 'no day'")
    db.close()
    assert run("import").returncode == 1
    for path in desk.parent.glob("desk.sqlite*"):
        path.write_bytes(b"not a database at all" * 100)
    ended = run("import")
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert b"PV5" in ended.stderr
    assert not (workspace / "customers").exists()


def test_options_that_do_not_belong_together(run: Run) -> None:
    for line in (
        "import --foreign",
        "import x --foreign",
        "import --reseller limmat-it",
        "import x y --foreign --reseller limmat-it",
    ):
        assert run(line).returncode == 64
    assert b"PV403" in run("import x --foreign --reseller nobody").stderr
    assert b"PV436" in run("import x --foreign --reseller limmat-it").stderr


def test_sealed_passwords_come_back_as_they_were() -> None:
    written = samples.manifest("one", admin={"login": "one.admin", "password": {"age": "AAAA"}})
    manifest = Manifest.model_validate(json.loads(json.dumps(written), parse_int=str))
    release = Release(
        customer=customer_id("one"),
        manifest=manifest.digest(),
        reseller="bergnetz",
        content=manifest.canonical(),
    )
    assert released_manifest(release).digest() == manifest.digest()


@pytest.mark.parametrize(
    ("content", "reseller", "customer"),
    [
        (b"", "bergnetz", "one"),
        (b"{}", "bergnetz", "one"),
        (b"{\xff", "bergnetz", "one"),
        (None, "../bergnetz", "one"),
        (None, "bergnetz", "../one"),
    ],
)
def test_release_that_cannot_be_read_is_refused(
    content: bytes | None, reseller: str, customer: str
) -> None:
    written = json.loads(json.dumps(samples.manifest("one")), parse_int=str)
    body = Manifest.model_validate(written).canonical() if content is None else content
    release = Release(
        customer=CustomerId(customer),
        manifest=hashlib.sha256(body).hexdigest(),
        reseller=reseller,
        content=body,
    )
    with pytest.raises(PolicyError) as caught:
        released_manifest(release)
    assert caught.value.code == "PV434"


def test_release_that_was_tampered_with_is_refused() -> None:
    written = json.loads(json.dumps(samples.manifest("one")), parse_int=str)
    body = Manifest.model_validate(written).canonical()
    release = Release(
        customer=customer_id("one"), manifest="0" * 64, reseller="bergnetz", content=body
    )
    with pytest.raises(PolicyError):
        released_manifest(release)


# What was set up by hand


def _route(digits: str, target: str | None = None) -> Route:
    return Route(customer=customer_id("one"), number=NumberRef.literal(digits), target=target)


def _place(login: str, **more: Any) -> Workplace:
    return Workplace(customer=customer_id("one"), login=login, credential="", **more)


def test_outline_says_what_is_known_and_makes_nothing_up() -> None:
    found = outline(
        PbxState(
            foreign=(
                Foreign(Kind.WORKPLACE, "lea", _place("lea", license="phones", extension="007")),
                Foreign(Kind.WORKPLACE, "max_m", _place("max_m", license="phones")),
                Foreign(
                    Kind.WORKPLACE,
                    "tom",
                    _place(
                        "tom",
                        license="",
                        caller_id=NumberRef.literal("0525553301"),
                        srtp=Srtp.REQUIRED,
                    ),
                ),
                Foreign(Kind.ADMIN, "boss"),
                Foreign(Kind.ROUTE, "0525553300", _route("0525553300", "tom")),
                Foreign(Kind.ROUTE, "0525553301", _route("0525553301", "Tom")),
                Foreign(Kind.ROUTE, "05255534", _route("05255534")),
                Foreign(Kind.ROUTE, "0525553407", _route("0525553407", "lea")),
                Foreign(Kind.ROUTE, "052555345", _route("052555345", "lea")),
            )
        )
    )
    assert found.data["contact"]["company"] == ""
    assert found.data["numbers"] == [
        {"id": digits, "held": digits} for digits in ("0525553300", "0525553301", "05255534")
    ]
    assert found.data["workplaces"] == [
        {"login": "lea", "license": "phones", "number": {"stock": "05255534", "line": 7}},
        {"login": "tom", "license": "", "number": {"stock": "0525553301"}, "srtp": "required"},
    ]
    assert ("workplaces", 1, "license") in found.unknown
    assert ("subscription", "billing_from") in found.unknown
    assert set(found.left_out) == {
        (Kind.WORKPLACE, "max_m"),
        (Kind.ADMIN, "boss"),
        (Kind.ROUTE, "052555345"),
    }


def test_customer_of_ours_is_no_foreign_one(run: Run) -> None:
    run(f"apply --at {DAY} --auto-approve")
    ended = run("import velo-werk --foreign --reseller limmat-it")
    assert ended.returncode == 3
    assert b"PV435" in ended.stderr


def test_help_of_import_has_an_example(run: Run) -> None:
    assert b"Example:  provision import" in run("import --help").stdout
    assert (ROOT / "docs/how-to/adopting.md").exists()
