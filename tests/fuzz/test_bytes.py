"""Raw bytes: noise, flipped bits, files cut off anywhere, and constructs of YAML piled up."""

import random
from pathlib import Path

import pytest
from fuzz.judge import codes_of
from fuzz.seeds import seeded
from fuzz.shapes import EXAMPLES, ROOT

from provisioner.manifest.config import Config
from provisioner.manifest.loader import load_manifest, load_model
from provisioner.manifest.removals import Removals
from provisioner.manifest.text import MAX_BYTES

FRAGMENTS = [
    *(
        b"a: ",
        b"- ",
        b"? ",
        b": ",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b"\n",
        b"\n  ",
        b"\n    ",
        b"\n---\n",
    ),
    *(b"...\n", b"&a ", b"*a", b"<<: *a", b"!!python/object:os.system ", b"!x ", b"%YAML 1.2\n"),
    *(
        b"|\n",
        b">-\n",
        b"|9\n",
        b"'",
        b'"',
        b'"\\u0000"',
        b'"\\ud800"',
        b'"\\x1b[2J"',
        b'"\\',
        b"#",
    ),
    *(
        b"\t",
        b"\r",
        b"\r\n",
        b"\0",
        b"\x1b[2J",
        b"\x85",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"\xe2\x80\xae",
    ),
    *(
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xc0\xaf",
        b"\xf0\x9f\x92\xa9",
    ),
    *(b"contact:\n  ", b"workplaces:\n  - ", b"password: ", b"version: 1\n", b"0441234567", b"~"),
]


def read(data: bytes) -> None:
    load_manifest(data, "customers/limmat-it/fuzz.yaml")


@seeded
def test_noise(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    for _ in range(2_000):
        data = chance.randbytes(chance.choice([1, 8, 64, 512]))
        assert codes_of(lambda data=data: read(data)), data


@seeded
def test_piled_up_fragments(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    for _ in range(2_000):
        data = b"".join(chance.choices(FRAGMENTS, k=chance.randint(1, 40)))
        assert codes_of(lambda data=data: read(data)), data


@seeded
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_flipped_bits(path: Path, seed: int) -> None:
    chance, good = random.Random(f"{seed}/{path.stem}"), path.read_bytes()  # noqa: S311
    for _ in range(300):
        data = bytearray(good)
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        codes_of(lambda data=bytes(data): read(data))


@seeded
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_fragments_in_the_middle(path: Path, seed: int) -> None:
    chance, good = random.Random(f"{seed}/{path.stem}"), path.read_bytes()  # noqa: S311
    for _ in range(200):
        start = chance.randrange(len(good))
        stop = start + chance.choice([0, 0, 1, 7, 80])
        data = good[:start] + chance.choice(FRAGMENTS) + good[stop:]
        codes_of(lambda data=data: read(data))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_manifest_cut_off_at_every_byte(path: Path) -> None:
    good = path.read_bytes()
    for size in range(len(good)):
        codes_of(lambda data=good[:size]: read(data))


@pytest.mark.parametrize(
    ("name", "model"), [("provision.yaml", Config), ("removals.yaml", Removals)]
)
def test_the_operators_files_cut_off_and_flipped(name: str, model: type) -> None:
    good, chance = (ROOT / name).read_bytes(), random.Random(name)  # noqa: S311
    for size in range(0, len(good), 3):
        codes_of(lambda data=good[:size]: load_model(model, data, name))
    for _ in range(300):
        data = bytearray(good)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        codes_of(lambda data=bytes(data): load_model(model, data, name))


HUGE = {
    "one long line": b"a" * MAX_BYTES,
    "one long key": b"a" * (MAX_BYTES - 4) + b": 1\n",
    "opening brackets": b"[" * MAX_BYTES,
    "opening braces": b"{a: " * (MAX_BYTES // 4),
    "dashes": b"- " * (MAX_BYTES // 2),
    "question marks": b"? " * (MAX_BYTES // 2),
    "indentation": b"".join(b" " * n + b"a:\n" for n in range(700)),
    "empty list items": b"-\n" * (MAX_BYTES // 2),
    "the same key": b"a: 1\n" * (MAX_BYTES // 5),
    "keys": b"".join(b"k%d: 1\n" % n for n in range(19_000)),
    "unknown fields": b"version: 1\n" + b"".join(b"f%d: x\n" % n for n in range(9_900)),
    "workplaces": b"version: 1\nworkplaces:\n" + b"- {login: a b}\n" * 6_500,
    "signatories": b"porting: [{signature: {signatories: [" + b"1," * 19_000 + b"]}}]\n",
    "anchors": b"".join(b"- &a%d x\n" % n for n in range(15_000)),
    "aliases": b"- *a\n" * 15_000,
    "comments": b"#\n" * (MAX_BYTES // 2),
    "colons": b"a" + b":" * (MAX_BYTES - 2),
    "quotes": b"'" * MAX_BYTES,
    "escapes": b'"' + b"\\u202e" * 40_000 + b'"',
    "block scalar": b"a: |\n" + b" x\n" * 80_000,
    "carriage returns": b"\r" * MAX_BYTES,
    "zero bytes": b"\0" * MAX_BYTES,
    "accents": "é".encode() * (MAX_BYTES // 2),
    "combining marks": ("a: e" + "\u0301" * 100_000).encode(),
    "ideographs": b"contact: {company: " + "語".encode() * 80_000 + b"}",
    "digits": b"version: 1\nsubscription: {billing_from: " + b"9" * 200_000 + b"}",
    "ciphertext": b"support_login: {login: a, password: {age: " + b"A" * 250_000 + b"}}",
    "too large": b"a: b\n" * MAX_BYTES,
}


@pytest.mark.parametrize("name", HUGE)
def test_a_large_file_costs_no_more_than_its_size(name: str) -> None:
    assert codes_of(lambda: read(HUGE[name]))
