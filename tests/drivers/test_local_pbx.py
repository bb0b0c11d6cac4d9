"""What is special about the PBX in a SQLite file."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from by_hand import ByHandLocal

from provisioner.contract.resources import NO_NUMBER, Kind
from provisioner.drivers.local import LocalPbx
from provisioner.errors import ProvisionError, Refused, Unavailable
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.numbers import E164
from provisioner.testing.values import CAFE, NOW, SMITHY, key, raises, route, tenant, workplace


@pytest.fixture
def pbx(tmp_path):
    made = LocalPbx.open({"timeout": "0"}, tmp_path)
    yield made
    made.close()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state/pbx.sqlite"


def put(pbx, *resources, secret=None):
    for each in resources:
        pbx.put(each, secret=secret, key=key())


def test_reading_creates_nothing(pbx, tmp_path):
    assert pbx.read([SMITHY])[SMITHY].objects == ()
    assert pbx.size() == 0
    assert list(tmp_path.iterdir()) == []


def test_file_is_for_its_owner_alone_and_the_folder_is_made(pbx, file):
    put(pbx, tenant())
    for each in file.parent.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600, each.name
    assert pbx.target == "local:state/pbx.sqlite"


def test_absolute_path_is_taken_as_it_is(tmp_path):
    path = tmp_path / "elsewhere" / "pbx ?#%.sqlite"
    pbx = LocalPbx.open({"path": str(path)}, tmp_path / "root")
    put(pbx, tenant())
    assert path.is_file()
    assert pbx.read([SMITHY])[SMITHY].objects == (tenant(),)
    pbx.close()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"pathh": "x"}, "PV501"),
        ({"path": ""}, "PV506"),
        ({"path": ["a"]}, "PV506"),
        ({"path": "a\0b"}, "PV506"),
        ({"timeout": "soon"}, "PV506"),
        ({"timeout": "-1"}, "PV506"),
        ({"timeout": "101"}, "PV597"),
    ],
)
def test_options_that_cannot_be_used(tmp_path, options, code):
    with raises(ProvisionError, code):
        LocalPbx.open(options, tmp_path)


def test_file_that_goes_away_is_a_new_pbx_again(pbx, file):
    put(pbx, tenant())
    for each in list(file.parent.iterdir()):
        each.unlink()
    assert pbx.size() == 0
    put(pbx, tenant(CAFE))
    assert pbx.size() == 1


def damage_text(file):
    file.write_bytes(b"hello, this is a text file, not a database\n" * 200)


def damage_empty(file):
    file.write_bytes(b"")


def damage_cut(file):
    file.write_bytes(file.read_bytes()[: 4096 + 100])


def damage_half(file):
    size = file.stat().st_size
    file.write_bytes(file.read_bytes()[: size // 2])


def damage_folder(file):
    file.unlink()
    file.mkdir()


def damage_other_program(file):
    file.unlink()
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE notes (text)")
    db.close()


def sql(statement):
    def damage(file):
        db = sqlite3.connect(file, isolation_level=None)
        db.execute(statement)
        db.close()

    return damage


DAMAGE = {
    "text": (damage_text, "PV502"),
    "empty": (damage_empty, "PV575"),
    "cut": (damage_cut, "PV502"),
    "half": (damage_half, "PV502"),
    "folder": (damage_folder, "PV507"),
    "other program": (damage_other_program, "PV504"),
    "version": (sql("PRAGMA user_version = 99"), "PV504"),
    "no table": (sql("DROP TABLE objects"), "PV504"),
    "no column": (sql("ALTER TABLE objects RENAME COLUMN fields TO fealds"), "PV504"),
}
DAMAGED_ROW = {
    "broken json": "fields = '{\"name\": '",
    "not an object": "fields = '[1, 2]'",
    "not text": "fields = x'ff00'",
    "no UTF-8": "fields = CAST(x'7bff7d' AS TEXT)",
    "no UTF-8 as a key": "kind = 'workplace', key = CAST(x'ff41' AS TEXT)",
    "nested": f"fields = '{'[' * 200_000}'",
    "unknown kind": "kind = 'voicemail'",
    "kind of the desk": "kind = 'release'",
    "wrong type": "fields = '{\"name\": 5}'",
    "unknown license": "kind = 'workplace', fields = '{}'",
    "route to nowhere": "kind = 'route', key = '+41'",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_file_is_unknown_not_empty(pbx, file, name):
    damage, code = DAMAGE[name]
    put(pbx, tenant())
    pbx.close()
    damage(file)
    with raises(Unavailable, code) as caught:
        pbx.read([SMITHY])
    assert "Schmiedeisen" not in str(caught.error)
    before = file.read_bytes() if file.is_file() else b""
    with raises(Unavailable, code):
        put(pbx, workplace())
    assert (file.read_bytes() if file.is_file() else b"") == before


@pytest.mark.parametrize("name", DAMAGED_ROW)
def test_damaged_row_makes_its_customer_unknown_alone(pbx, file, name):
    put(pbx, tenant(), tenant(CAFE), workplace(customer=CAFE))
    assert [c.fault for c in pbx.checks(NOW)] == [None, None, None]
    pbx.close()
    sql(f"UPDATE objects SET {DAMAGED_ROW[name]} WHERE tenant = 'schmiedeisen'")(file)  # noqa: S608
    found = pbx.read([SMITHY, CAFE])
    assert set(found) == {CAFE}
    assert len(found[CAFE].objects) == 2
    assert pbx.read([SMITHY]) == {}
    (fault,) = (c.fault for c in pbx.checks(NOW) if c.fault)
    assert (fault.code, fault.params["customer"]) == ("PV505", "schmiedeisen")
    assert "Schmiedeisen" not in str(fault)


def test_object_of_someone_else_that_nobody_knows(pbx, file):
    """It may stand where one of ours would, so its tenant is unknown; others are not."""
    put(pbx, tenant(), tenant(CAFE))
    sql("INSERT INTO objects VALUES ('schmiedeisen', 'voicemail', 'x', '{}', NULL, NULL)")(file)
    sql("INSERT INTO objects VALUES ('elsewhere', 'voicemail', 'x', '{}', NULL, NULL)")(file)
    assert set(pbx.read([SMITHY, CAFE])) == {CAFE}
    assert [c.fault.params["customer"] for c in pbx.checks(NOW) if c.fault] == ["schmiedeisen"]


def test_many_rows_lost_is_unknown(tmp_path):
    """A file cut in the middle of its table never reads as a shorter table."""
    pbx = LocalPbx.open({}, tmp_path)
    file = tmp_path / "state/pbx.sqlite"
    put(pbx, tenant(), *(workplace(f"user{i}", name="x" * 200) for i in range(100)))
    pbx.close()
    whole = file.read_bytes()
    pages = len(whole) // 4096
    assert pages > 8
    for page in range(1, pages):
        file.write_bytes(whole[: page * 4096])
        with raises(Unavailable, "PV502", "PV504"):
            pbx.read([SMITHY])
        pbx.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_folder_that_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with raises(Unavailable, "PV507"):
        put(LocalPbx.open({}, tmp_path), tenant())


def test_place_that_cannot_be_a_folder(tmp_path):
    (tmp_path / "state").write_text("a file")
    pbx = LocalPbx.open({}, tmp_path)
    with raises(Unavailable, "PV507"):
        pbx.read([SMITHY])
    with raises(Unavailable, "PV507"):
        put(pbx, tenant())


def test_busy_file_is_unavailable_and_comes_back(pbx, file):
    put(pbx, tenant())
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with raises(Unavailable, "PV503"):
        put(pbx, workplace())
    assert pbx.read([SMITHY])[SMITHY].objects == (tenant(),)  # readers do not wait
    other.execute("ROLLBACK")
    other.close()
    put(pbx, workplace())
    assert pbx.size() == 2


def test_exclusive_lock_is_unknown_for_readers_too(pbx, file):
    put(pbx, tenant())
    pbx.close()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE objects SET owner = owner")
    with raises(Unavailable, "PV503"):
        pbx.read([SMITHY])
    other.close()


def test_password_is_kept_as_a_salted_hash_alone(pbx, file):
    put(pbx, tenant(), workplace(), workplace("hans.huber"), secret="canary-Passw0rd")
    assert ByHandLocal(pbx).accepts("schmiedeisen", "petra.huber", "canary-Passw0rd")
    assert not ByHandLocal(pbx).accepts("schmiedeisen", "petra.huber", "canary-Passw0rd ")
    assert not ByHandLocal(pbx).accepts("schmiedeisen", "nobody", "canary-Passw0rd")
    pbx.close()
    assert b"canary-Passw0rd" not in file.read_bytes()
    db = sqlite3.connect(file)
    hashes = [h for (h,) in db.execute("SELECT secret FROM objects WHERE kind = 'workplace'")]
    db.close()
    assert len(set(hashes)) == 2
    put(pbx, workplace(), secret="canary-Passw0rd")
    put(pbx, workplace(extension="12"))
    db = sqlite3.connect(file)
    assert [
        h for (h,) in db.execute("SELECT secret FROM objects WHERE kind = 'workplace'")
    ] == hashes
    db.close()
    put(pbx, workplace(), secret="another-Passw0rd")
    assert ByHandLocal(pbx).accepts("schmiedeisen", "petra.huber", "another-Passw0rd")
    assert not ByHandLocal(pbx).accepts("schmiedeisen", "petra.huber", "canary-Passw0rd")


def test_broken_hash_lets_nobody_in(pbx, file):
    put(pbx, tenant(), workplace(), secret="a-Passw0rd")
    sql("UPDATE objects SET secret = 'scrypt$x' WHERE kind = 'workplace'")(file)
    assert not ByHandLocal(pbx).accepts("schmiedeisen", "petra.huber", "a-Passw0rd")
    put(pbx, workplace(), secret="a-Passw0rd")
    assert ByHandLocal(pbx).accepts("schmiedeisen", "petra.huber", "a-Passw0rd")


def test_r16_field_of_the_customers_own_stays(pbx):
    put(pbx, tenant(), workplace())
    where = (str(SMITHY), Kind.WORKPLACE, "petra.huber")
    ByHandLocal(pbx).by_hand_set(*where, forward_to="0791234567", ringtone=["a", "b"])
    put(pbx, workplace(extension="12"))
    looked = ByHandLocal(pbx).by_hand_look(*where)
    assert (looked["forward_to"], looked["ringtone"]) == ("0791234567", ["a", "b"])
    ByHandLocal(pbx).by_hand_set(*where, forward_to=None)
    assert "forward_to" not in ByHandLocal(pbx).by_hand_look(*where)
    with pytest.raises(LookupError):
        ByHandLocal(pbx).by_hand_set(str(SMITHY), Kind.WORKPLACE, "nobody", x="y")
    assert ByHandLocal(pbx).by_hand_look(str(SMITHY), Kind.WORKPLACE, "nobody") is None


def test_caller_id_taken_away_reads_as_none_given(pbx):
    put(pbx, tenant(), workplace(caller_id=NO_NUMBER))
    assert workplace(caller_id=NO_NUMBER) in pbx.read([SMITHY])[SMITHY].objects


def test_what_a_customer_adds_within_its_tenant_is_its_own(pbx):
    put(pbx, tenant(), route("05255520"))
    ByHandLocal(pbx).by_hand_add(str(SMITHY), Kind.ROUTE, "0525552042", target="petra.huber")
    assert pbx.holders([E164("0525552042")]) == {E164("0525552042"): str(SMITHY)}
    with raises(Refused, "PV512"):
        put(pbx, route("0525552042"))


def test_many_customers_are_read_at_once(pbx):
    many = [CustomerId(f"customer-{i}") for i in range(1200)]
    put(pbx, tenant(many[0]), tenant(many[-1]))
    found = pbx.read(many)
    assert len(found) == 1200
    assert [c for c in many if found[c].objects] == [many[0], many[-1]]


WRITER = """
    import sys
    from pathlib import Path
    from provisioner.drivers.local import LocalPbx
    from provisioner.testing.values import *
    pbx = LocalPbx.open({"timeout": "100"}, Path(sys.argv[1]))
    LocalPbx.WORK = 2
    pbx.put(tenant(), secret=None, key="t")
    print("ready", flush=True)
    for i in range(int(sys.argv[2]), int(sys.argv[3])):
        pbx.put(workplace(f"user{i}", name=f"name {i}"), secret="pw", key=str(i))
        print(i, flush=True)
"""


def start(script, *args):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def test_two_writers_at_once_lose_nothing(tmp_path):
    """Both may find no file: one creates it, the other uses it."""
    writers = [start(WRITER, tmp_path, 0, 40), start(WRITER, tmp_path, 40, 80)]
    for writer in writers:
        _, errors = writer.communicate(timeout=300)
        assert writer.returncode == 0, errors
    pbx = LocalPbx.open({}, tmp_path)
    assert pbx.size() == 81
    pbx.close()
    assert not [f for f in (tmp_path / "state").iterdir() if f.name.startswith(".")]


def test_writer_killed_in_the_middle_leaves_whole_objects(tmp_path):
    for round_ in range(3):
        writer = start(WRITER, tmp_path, round_ * 10_000, round_ * 10_000 + 10_000)
        assert writer.stdout.readline() == "ready\n"
        assert writer.stdout.readline()
        time.sleep(0.05 + round_ * 0.037)
        os.kill(writer.pid, signal.SIGKILL)
        said = [int(line) for line in writer.stdout.read().split()]
        writer.communicate(timeout=300)
        pbx = LocalPbx.open({}, tmp_path)
        objects = pbx.read([SMITHY])[SMITHY].objects
        logins = {o.login for o in objects if o.kind is Kind.WORKPLACE}
        assert {f"user{i}" for i in said} <= logins
        assert all(o.name.startswith("name ") for o in objects if o.kind is Kind.WORKPLACE)
        put(pbx, tenant())
        pbx.close()


def test_a_folder_that_cannot_be_written_can_be_read(pbx, file, monkeypatch):
    put(pbx, tenant())
    pbx.close()
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    assert pbx.read([SMITHY])[SMITHY].objects == (tenant(),)
    assert pbx.size() == 1
    assert sorted(p.name for p in file.parent.iterdir()) == [file.name]
    file.write_bytes(file.read_bytes()[:5000])
    with raises(Unavailable, "PV502", "PV504"):
        pbx.read([SMITHY])
