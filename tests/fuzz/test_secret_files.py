"""What ``provision secret open`` reads: hand-over files and keys, damaged in every way."""

import random
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import click
import orjson
import pyrage
import pytest
from fuzz.judge import codes_of
from fuzz.seeds import seeded

from provisioner.cli.context import App
from provisioner.cli.group import provision
from provisioner.codes.internal import InternalError
from provisioner.errors import PolicyError
from provisioner.manifest.sealed import SealError, seal_raw, unseal

IDENTITY = pyrage.x25519.Identity.generate()
PASSWORD = "canary-9f2c-password"


def line(body: object) -> bytes:
    """One line of a hand-over around ``body``."""
    sealed = seal_raw(orjson.dumps(body), [str(IDENTITY.to_public())])
    place = {"customer": "cafe", "kind": "workplace", "login": "theke"}
    return orjson.dumps({**place, "sealed": sealed}) + b"\n"


GOOD = {"customer": "cafe", "kind": "workplace", "login": "theke", "password": PASSWORD}


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., str]:
    """Standard output of ``secret open`` for a file and key files."""

    def run(data: bytes, *keys: bytes) -> str:
        (tmp_path / "file").write_bytes(data)
        given = []
        for name, key in enumerate(keys):
            (tmp_path / f"{name}").write_bytes(key)
            given += ["-i", str(tmp_path / f"{name}")]
        with redirect_stdout(StringIO()) as out:
            provision.main(
                ["secret", "open", str(tmp_path / "file"), *given],
                standalone_mode=False,
                obj=App(tmp_path),
            )
        return out.getvalue()

    return run


KEY = str(IDENTITY).encode()


def test_a_good_file_opens(opened: Callable[..., str]) -> None:
    assert opened(line(GOOD), KEY) == f"cafe\tworkplace\ttheke\t{PASSWORD}\n"


@pytest.mark.parametrize(
    "body",
    [None, 1, "x", [], {}, [GOOD], {**GOOD, "password": None}, {**GOOD, "login": {}}, {"v": 1}],
    ids=repr,
)
def test_envelopes_around_something_else(body: object, opened: Callable[..., str]) -> None:
    codes_of(lambda: opened(line(body), KEY))


@pytest.mark.parametrize(
    "text",
    [
        *(b"\n", b"null\n", b"1\n", b'"x"\n', b"[]\n", b"{}\n", b"\xff\n", b'{"sealed": 1}\n'),
        *(b'{"sealed": "\\u00e4"}\n', b'{"sealed": ""}\n', b'{"sealed": "AAAA"}\n', b"[" * 100_000),
        b'{"sealed": {"sealed": "x"}}\n',
        b'{"sealed": "YWdlLWVuY3J5cHRpb24ub3JnL3YxCg=="}\n',
    ],
    ids=lambda text: repr(text[:40]),
)
def test_lines_that_are_none(text: bytes, opened: Callable[..., str]) -> None:
    assert codes_of(lambda: opened(text, KEY)) == {"PV318" if text.strip() else "PV316"}


def entry(login: str, password: str, key: pyrage.x25519.Identity = IDENTITY) -> bytes:
    """A line as ``apply`` writes it."""
    place = {"customer": "cafe", "kind": "workplace", "login": login}
    sealed = seal_raw(orjson.dumps({**place, "password": password}), [str(key.to_public())])
    return orjson.dumps({**place, "at": "2026-11-24T12:00:00+00:00", "sealed": sealed}) + b"\n"


FORMER = pyrage.x25519.Identity.generate()
FIRST, SECOND, THIRD = entry("bar", "one"), entry("theke", "two"), entry("buero", "three")


@pytest.mark.parametrize("kept", [60, 200, 500, -2])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_an_entry_that_a_full_disk_cut_off_is_told(
    kept: int, end: bytes, opened: Callable[..., str], capfd: pytest.CaptureFixture[str]
) -> None:
    """Also where the next one was written behind it without a new line."""
    half = SECOND[:kept]
    assert codes_of(lambda: opened(FIRST + half, KEY)) == {"PV314"}
    assert codes_of(lambda: opened(FIRST + half + end + THIRD, KEY)) == {"PV314"}
    # a newer one of the same login: nothing is missing any more
    out = opened(FIRST + half + end + entry("theke", "new"), KEY)
    assert out == "cafe\tworkplace\tbar\tone\ncafe\tworkplace\ttheke\tnew\n"
    assert "newer" in capfd.readouterr().err


def test_only_the_end_of_the_last_line_is_missing(opened: Callable[..., str]) -> None:
    assert "theke\ttwo" in opened(FIRST + SECOND[:-1], KEY)


def test_a_line_without_a_name_is_told(opened: Callable[..., str]) -> None:
    for stray in (SECOND[:30], SECOND[30:], b"\0" * 4096):
        assert codes_of(lambda stray=stray: opened(FIRST + stray, KEY)) == {"PV317"}


def test_an_empty_file_is_told(opened: Callable[..., str]) -> None:
    assert codes_of(lambda: opened(b"", KEY)) == {"PV316"}


def test_a_former_password_is_not_shown_for_a_newer_one_that_does_not_open(
    opened: Callable[..., str], capfd: pytest.CaptureFixture[str]
) -> None:
    data = FIRST + SECOND + entry("theke", "newest", FORMER)
    assert codes_of(lambda: opened(data, KEY)) == {"PV315"}
    assert "two" not in capfd.readouterr().out
    assert "theke\tnewest" in opened(data, KEY, str(FORMER).encode())


def test_a_former_key_for_former_passwords_is_no_error(opened: Callable[..., str]) -> None:
    data = entry("bar", "old", FORMER) + FIRST + SECOND
    assert opened(data, KEY) == "cafe\tworkplace\tbar\tone\ncafe\tworkplace\ttheke\ttwo\n"


KEYS = {
    "nothing": b"",
    "no text": b"\xff",
    "a zero byte": b"\0",
    "cut off": b"AGE-SECRET-KEY-1",
    "a wrong checksum": b"AGE-SECRET-KEY-1" + b"Q" * 58,
    "very long": b"x" * 60_000,
    "an empty ssh key": b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"
    b"-----END OPENSSH PRIVATE KEY-----\n",
    "an empty rsa key": b"-----BEGIN RSA PRIVATE KEY-----\n\n-----END RSA PRIVATE KEY-----\n",
    "the words": "PRIVATE KEY ü".encode(),
    "another key": str(pyrage.x25519.Identity.generate()).encode(),
    "the public key": str(IDENTITY.to_public()).encode(),
}


@pytest.mark.parametrize("name", KEYS)
def test_keys_that_do_not_open(name: str, opened: Callable[..., str]) -> None:
    wrong = "PV307" if name == "another key" else "PV319"
    assert codes_of(lambda: opened(line(GOOD), KEYS[name])) == {wrong}


def test_a_key_file_as_age_writes_it_opens(opened: Callable[..., str], tmp_path: Path) -> None:
    """With its comments; the bad one of two is named."""
    written = b"# created: 2026-11-24T12:00:00Z\n# public key: age1x\n" + KEY + b"\n"
    assert PASSWORD in opened(line(GOOD), written)
    with pytest.raises(PolicyError) as error:
        opened(line(GOOD), written, b"age1x")
    assert error.value.params == {"file": str(tmp_path / "1")}


@seeded
def test_damaged_files(seed: int, opened: Callable[..., str]) -> None:
    chance, good = random.Random(seed), line(GOOD)  # noqa: S311 - repeatable on purpose
    for _ in range(1_000):
        data = bytearray(good)
        match chance.randrange(3):
            case 0:
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            case 1:
                del data[chance.randrange(len(data)) :]
            case _:
                data[:0] = chance.randbytes(chance.randrange(40))

        def judged(data: bytes = bytes(data)) -> None:
            try:
                opened(data, KEY)
            except click.ClickException as error:
                pytest.fail(f"{type(error).__name__} for {data!r}")

        codes_of(judged)


@seeded
def test_damaged_ciphertext_never_tells_what_is_inside(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    good = seal_raw(
        b'{"v":1,"ctx":"a#workplace/b","s":"%s"}' % PASSWORD.encode(), [str(IDENTITY.to_public())]
    )
    for _ in range(1_000):
        at = chance.randrange(len(good))
        blob = good[:at] + chance.choice("AZaz09+/=-_ é\n") + good[at + chance.randrange(2) :]
        error = refused(blob)
        if error is None:
            continue  # the last character's spare bits say nothing
        assert error.code == "PV307"
        assert PASSWORD not in f"{error!r} {error} {error.__cause__!r} {error.params}"


def refused(blob: str) -> SealError | None:
    """The error for ``blob``, or None if it opens and holds what was sealed."""
    try:
        opened = unseal(blob, "a#workplace/b", [str(IDENTITY)])
    except SealError as error:
        return error
    return None if opened == PASSWORD else SealError(InternalError())
