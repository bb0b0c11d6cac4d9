"""What is written is on disk whole or not at all: short writes, full disks, several at once."""

import ast
import errno
import multiprocessing
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import orjson
import pytest
from harness import World

from provisioner import durable

PACKAGE = Path(__file__).parents[1] / "provisioner"
TODAY = date(2026, 11, 24)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``disk(room=N, at_once=M)``: so many bytes still fit, and so many are taken by one call."""
    write = os.write

    def limited(room: int = 2**40, at_once: int = 2**40) -> None:
        left = [room]

        def some(handle: int, data: bytes) -> int:
            taken = min(len(data), left[0], at_once)
            if data and not taken:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            left[0] -= taken
            return write(handle, bytes(data)[:taken])

        monkeypatch.setattr(durable.os, "write", some)

    return limited


def test_a_disk_that_takes_a_little_at_a_time(disk: Callable[..., None], tmp_path: Path) -> None:
    disk(at_once=3)
    for line in (b"one line", b"", b"another, longer line"):
        durable.append_line(tmp_path / "lines", line)
    assert (tmp_path / "lines").read_bytes() == b"one line\n\nanother, longer line\n"
    with durable.beside(tmp_path / "whole", b"x" * 1000, 0o640) as made:
        durable.move(made, tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == b"x" * 1000
    assert (tmp_path / "whole").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("room", range(9))
def test_a_line_that_does_not_fit_leaves_nothing(
    room: int, disk: Callable[..., None], tmp_path: Path
) -> None:
    file = tmp_path / "lines"
    durable.append_line(file, b"before")
    disk(room=room, at_once=2)
    with pytest.raises(OSError, match="No space"):
        durable.append_line(file, b"too long")
    assert file.read_bytes() == b"before\n"
    disk()
    durable.append_line(file, b"after")
    assert file.read_bytes() == b"before\nafter\n"


def test_a_line_that_was_left_without_its_end_stays_alone(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes(b'{"half')
    durable.append_line(tmp_path / "lines", b"whole")
    assert (tmp_path / "lines").read_bytes() == b'{"half\nwhole\n'


@pytest.mark.parametrize("name", ["/dev/full", "/dev/null", "a pipe"])
def test_a_device_keeps_no_line(name: str, tmp_path: Path) -> None:
    if name == "a pipe":
        os.mkfifo(tmp_path / "file")
    else:
        (tmp_path / "file").symlink_to(name)
    with pytest.raises(OSError, match="Invalid argument"):
        durable.append_line(tmp_path / "file", b"a password")


def _append(file: Path, who: int, rounds: int) -> None:
    for each in range(rounds):
        durable.append_line(file, f"{who} {each} ".encode() + b"x" * 5000)


def test_several_processes_append_whole_lines(tmp_path: Path) -> None:
    file, context = tmp_path / "lines", multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append, args=(file, n, 20)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = file.read_bytes().splitlines()
    assert len(lines) == 60
    assert all(line.endswith(b" " + b"x" * 5000) for line in lines)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A real disk with room for 32 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may mount nothing")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_really_full(small: Path) -> None:
    file, told = small / "lines", []
    for each in range(100):
        try:
            durable.append_line(file, f"{each} ".encode() + b"x" * 900)
            told.append(each)
        except OSError as error:
            assert error.errno == errno.ENOSPC
    assert 20 < len(told) < 40
    assert [int(line.split()[0]) for line in file.read_text().splitlines()] == told
    with (
        pytest.raises(OSError, match="No space"),
        durable.beside(small / "whole", b"x" * 30_000, 0o644),
    ):
        pass
    assert [f.name for f in small.iterdir()] == ["lines"]


# A password is on disk before the PBX is told it


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path, {"base": "office"})) as made:
        yield made


def handed_over(root: Path) -> list[tuple[str, str]]:
    """Each line must be one whole entry."""
    files = sorted((root / "handover").glob("*.jsonl"))
    lines = [orjson.loads(line) for file in files for line in file.read_bytes().splitlines()]
    return [(line["kind"], line["login"]) for line in lines]


def on_the_pbx(world: World) -> set[tuple[str, str]]:
    customer = world.customer
    state = world.opened({}).pbx.read([customer])[customer]
    return {
        (str(o.kind), o.key)
        for o in state.objects
        if str(o.kind) in {"workplace", "support_login", "admin"}
    }


@pytest.mark.parametrize("room", [0, 1, 400, 900])
def test_no_login_gets_a_password_that_was_not_handed_over(
    room: int, world: World, disk: Callable[..., None], tmp_path: Path
) -> None:
    disk(room=room, at_once=200)
    world.happen(str(TODAY), {"apply": "", "gives": {"office": "failed PV572"}})
    known = on_the_pbx(world)
    assert known <= {*handed_over(tmp_path)}
    disk()
    world.happen(str(TODAY), "apply")
    assert on_the_pbx(world) == {*handed_over(tmp_path)} > known
    assert len(handed_over(tmp_path)) == len({*handed_over(tmp_path)}), "none was made twice"


# By kind


WRITES = frozenset(
    "write_text write_bytes mkstemp NamedTemporaryFile fdopen os.write os.open".split()
)
ELSEWHERE = {
    "cli/main.py": "where its output goes, no file",
    "durable.py": "is where it is done",
    "operations/machine.py": "tries whether a disk has room",
    "operations/probe.py": "a list for one program, gone with its folder; write_all writes it",
    "drivers/sqlite_file.py": "the library writes the file",
    "git/process.py": "a repository of its own, gone with its folder",
}


def writes(tree: ast.AST) -> Iterator[int]:
    """Lines of calls that may leave half a file."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        modes = [a.value for a in node.args[1:2] if isinstance(a, ast.Constant)]
        reads = "rb" in modes or "O_RDONLY" in ast.unparse(node)
        if name == "open" and modes and not reads and "os.devnull" not in ast.unparse(node):
            yield node.lineno
        elif name in {"os.open", "os.fdopen"} and reads:
            continue
        elif {name, name.rpartition(".")[2]} & WRITES:
            yield node.lineno


def test_files_are_written_in_one_place() -> None:
    found = {
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in PACKAGE.rglob("*.py")
        for line in writes(ast.parse(path.read_text("utf-8")))
        if path.relative_to(PACKAGE).as_posix() not in ELSEWHERE
    }
    assert not found


@pytest.mark.parametrize(
    "code", ["p.write_text(t)", "open(p, 'w')", "os.write(1, b'')", "os.open(p, os.O_WRONLY)"]
)
def test_the_rule_itself(code: str) -> None:
    assert list(writes(ast.parse(code)))
