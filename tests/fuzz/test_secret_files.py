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
from provisioner.manifest.sealed import SealError, seal_raw, unseal

IDENTITY = pyrage.x25519.Identity.generate()
PASSWORD = "canary-9f2c-password"


def line(body: object) -> bytes:
    """One line of a hand-over around ``body``."""
    sealed = seal_raw(orjson.dumps(body), [str(IDENTITY.to_public())])
    return orjson.dumps({"customer": "cafe", "login": "theke", "sealed": sealed}) + b"\n"


GOOD = {"customer": "cafe", "kind": "workplace", "login": "theke", "password": PASSWORD}


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[bytes, bytes], str]:
    """Standard output of ``secret open`` for a file and a key file."""
    (tmp_path / "file").touch()

    def run(data: bytes, key: bytes) -> str:
        (tmp_path / "file").write_bytes(data)
        (tmp_path / "key").write_bytes(key)
        with redirect_stdout(StringIO()) as out:
            provision.main(
                ["secret", "open", str(tmp_path / "file"), "-i", str(tmp_path / "key")],
                standalone_mode=False,
                obj=App(tmp_path),
            )
        return out.getvalue()

    return run


KEY = str(IDENTITY).encode()


def test_a_good_file_opens(opened: Callable[[bytes, bytes], str]) -> None:
    assert opened(line(GOOD), KEY) == f"cafe\tworkplace\ttheke\t{PASSWORD}\n"


@pytest.mark.parametrize(
    "body",
    [None, 1, "x", [], {}, [GOOD], {**GOOD, "password": None}, {**GOOD, "login": {}}, {"v": 1}],
    ids=repr,
)
def test_envelopes_around_something_else(
    body: object, opened: Callable[[bytes, bytes], str]
) -> None:
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
def test_lines_that_are_none(text: bytes, opened: Callable[[bytes, bytes], str]) -> None:
    assert codes_of(lambda: opened(text, KEY)) == {"PV307"}


KEYS = {
    "nothing": b"",
    "no text": b"\xff",
    "a zero byte": b"\0",
    "cut off": b"AGE-SECRET-KEY-1",
    "a wrong checksum": b"AGE-SECRET-KEY-1" + b"Q" * 58,
    "very long": b"x" * 100_000,
    "an empty ssh key": b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"
    b"-----END OPENSSH PRIVATE KEY-----\n",
    "an empty rsa key": b"-----BEGIN RSA PRIVATE KEY-----\n\n-----END RSA PRIVATE KEY-----\n",
    "the words": "PRIVATE KEY ü".encode(),
    "another key": str(pyrage.x25519.Identity.generate()).encode(),
    "the public key": str(IDENTITY.to_public()).encode(),
}


@pytest.mark.parametrize("name", KEYS)
def test_keys_that_do_not_open(name: str, opened: Callable[[bytes, bytes], str]) -> None:
    assert codes_of(lambda: opened(line(GOOD), KEYS[name])) == {"PV307"}


@seeded
def test_damaged_files(seed: int, opened: Callable[[bytes, bytes], str]) -> None:
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
    return None if opened == PASSWORD else SealError("PV901")
