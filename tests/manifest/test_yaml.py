"""The strict YAML subset: attacks, exact strings, positions, and that nothing is slow."""

import time

import pytest
import yaml as pyyaml
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.manifest import compose as reader
from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.yaml import Document, read_yaml

MERGE_BOMB = "a: &a {x: 1}\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)}\n  <<: [{', '.join(['*' + chr(97 + i)] * 9)}]\n"
    for i in range(8)
)

ATTACKS = {
    "too large": (b"a: " + b"x" * (512 * 1024), "PV001"),
    "latin-1": ("a: Zürich".encode("latin-1"), "PV002"),
    "utf-16": ("a: b\n".encode("utf-16"), "PV002"),
    "surrogate": (b"a: \xed\xa0\x80", "PV002"),
    "nul": (b"a: b\x00c", "PV003"),
    "escape": (b"a: \x1b[31mred", "PV003"),
    "delete": (b"a: \x7f", "PV003"),
    "C1 next line": ("a: none # same\u0085b: true".encode(), "PV003"),
    "line separator": ("a: none # same\u2028b: true".encode(), "PV003"),
    "paragraph separator": ("a: none # same\u2029b: true".encode(), "PV003"),
    "bidi override": ("a: \u202eevil".encode(), "PV003"),
    "bidi isolate": ("a: \u2066evil".encode(), "PV003"),
    "zero width": ("a: x\u200by".encode(), "PV003"),
    "BOM inside": ("a: x\ufeffy".encode(), "PV003"),
    "tag character": ("a: x\U000e0041".encode(), "PV003"),
    "noncharacter": ("a: x\uffff".encode(), "PV003"),
    "escaped control": (b'a: "x\\u202ey"', "PV003"),
    "escaped nul in a key": (b'"x\\0y": b', "PV003"),
    "bare CR": (b"a: none # same\rb: true\n", "PV004"),
    "CRLF": (b"a: b\r\nc: d\r\n", "PV004"),
    "anchor": (b"a: &x 1\n", "PV006"),
    "anchor on list": (b"a: &x [1]\n", "PV006"),
    "alias": (b"a: &x 1\nb: *x\n", "PV006"),
    "tag": (b"a: !!python/object/apply:os.system ['x']\n", "PV007"),
    "plain tag": (b"a: ! x\n", "PV007"),
    "merge": (b"a: {<<: {b: c}}\n", "PV008"),
    "duplicate": (b"a: 1\nb: 2\na: 3\n", "PV009"),
    "duplicate in quotes": (b"a: 1\n'a': 3\n", "PV009"),
    "two documents": (b"a: 1\n---\nb: 2\n", "PV010"),
    "yaml directive": (b"%YAML 1.1\n---\na: 1\n", "PV011"),
    "tag directive": (b"%TAG ! tag:x,2000:\n---\na: 1\n", "PV011"),
    "other directive": (b"# note\n\n%FOO bar\n---\na: 1\n", "PV011"),
    "list as key": (b"? [a, b]\n: c\n", "PV012"),
    "map as key": (b"{a: b}: c\n", "PV012"),
    "nothing": (b"", "PV013"),
    "only a comment": (b"# nothing\n", "PV013"),
    "deep flow": (b"[" * 3000, "PV014"),
    "deep block": ("\n".join(" " * i + "a:" for i in range(20)).encode(), "PV014"),
    "many nodes": (b"[" + b"a," * 60000 + b"]", "PV015"),
    "tab": (b"a:\n\tb: 1\n", "PV016"),
    "colon": (b"a: b: c\n", "PV024"),
    "colon missing": (b"a: b\nc d\ne: f\n", "PV025"),
    "quote open": (b'a: "b\nc: d\n', "PV026"),
    "bracket open": (b"a: [b, c\n", "PV027"),
    "indentation": (b"a: b\n  c: d\n", "PV024"),
    "indentation of a list": (b"a:\n  - b\n - c\n", "PV028"),
    "at sign": (b"a: @b\n", "PV029"),
    "no value": (b"a:\nb: 1\n", "PV120"),
    "null": (b"a: null\n", "PV130"),
    "a tilde": (b"a: [b, ~]\n", "PV130"),
    "a comment in braces": (b"a: {b: Taxi #1 AG, c: d}\n", "PV132"),
    "a comment in braces, and more": (b"a: {b: Taxi #1 AG,\n  c: d}\ne: f\n", "PV132"),
    "a comment in brackets": (b"a: [b, Taxi #1]\nc: d\n", "PV132"),
    "no item": (b"a:\n  -\n", "PV120"),
    "alias bomb": (MERGE_BOMB.encode(), "PV006"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_refused_with_its_code_and_fast(name: str) -> None:
    data, code = ATTACKS[name]
    start = time.process_time()
    with pytest.raises(InputError) as found:
        read_yaml(data, "x.yaml")
    assert time.process_time() - start < 1.0
    assert code in {d.code for d in found.value.diagnostics}
    assert all(d.place and d.place.file == "x.yaml" for d in found.value.diagnostics)


@pytest.mark.parametrize("name", ATTACKS)
def test_pure_parser_refuses_the_same_attacks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_parser", pyyaml.BaseLoader)
    data, _ = ATTACKS[name]
    with pytest.raises(InputError):
        read_yaml(data, "x.yaml")


def test_every_scalar_stays_the_string_that_was_written() -> None:
    data = b"""\
a: 0441234567
b: no
c: 1e3
d: 2027-01-01
e: '~'
f: 'null'
g: 12:30:45
h: 0x1F
i: ''
j: "null"
k: +41 44 500 12 34
"""
    assert read_yaml(data, "x").data == {
        "a": "0441234567",
        "b": "no",
        "c": "1e3",
        "d": "2027-01-01",
        "e": "~",
        "f": "null",
        "g": "12:30:45",
        "h": "0x1F",
        "i": "",
        "j": "null",
        "k": "+41 44 500 12 34",
    }


def test_leading_byte_order_mark_is_taken() -> None:
    document = read_yaml("\ufeffa: b\n".encode(), "x")
    assert document.data == {"a": "b"}
    place = document.span(("a",))
    assert place
    assert (place.line, place.column, place.end) == (1, 4, 5)


def test_positions_of_values_and_keys() -> None:
    data = "first: ä ö\nlist:\n  - {a: 1, b: [x, 'y z']}\n  - c: 2\n    d: 3\n".encode()
    document = read_yaml(data, "x")

    def at(path: tuple[str | int, ...]) -> tuple[int, int, int]:
        place = document.span(path)
        assert place, path
        return place.line, place.column, place.end

    def key(path: tuple[str | int, ...]) -> tuple[int, int, int]:
        place = document.key_span(path)
        assert place, path
        return place.line, place.column, place.end

    assert at(("first",)) == (1, 8, 11)
    assert key(("first",)) == (1, 1, 6)
    assert at(("list", 0)) == (3, 5, 26)
    assert at(("list", 0, "a")) == (3, 9, 10)
    assert at(("list", 0, "b", 1)) == (3, 19, 24)
    assert key(("list", 0, "b")) == (3, 12, 13)
    assert at(("list", 1)) == (4, 5, 6)
    assert at(("list", 1, "d")) == (5, 8, 9)
    assert document.span(("nowhere",)) is None
    assert document.key_span(("list", 0)) is None


def test_locate_falls_back_to_what_is_around() -> None:
    document = read_yaml(b"a:\n  b: 1\nc: [x]\n", "x")
    assert str(document.locate(("a", "missing"))) == "x:1:1"
    assert str(document.locate(("c", 5))) == "x:3:1"
    assert str(document.locate(())) == "x:1:1"


def test_duplicate_shows_both_places() -> None:
    with pytest.raises(InputError) as found:
        read_yaml(b"a:\n  b: 1\n  b: 2\n", "x")
    (diagnostic,) = found.value.diagnostics
    assert diagnostic.place
    assert str(diagnostic.place) == "x:3:3"
    assert [str(place) for place in diagnostic.related] == ["x:2:3"]


def test_several_findings_in_file_order() -> None:
    with pytest.raises(InputError) as found:
        read_yaml(b"a: &x 1\nb:\nc: !t 2\na: 3\n", "x")
    codes = [d.code for d in found.value.diagnostics]
    assert codes == ["PV006", "PV120", "PV007", "PV009"]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_no_bytes_give_a_traceback(data: bytes) -> None:
    found, troubles = Document("x", data).read()
    assert (found is not None) or troubles


@settings(max_examples=600, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(list("ab:-?,[]{}&*!|>'\"%@`# \n\t01\\<~=")), max_size=40))
def test_no_text_gives_a_traceback(pieces: list[str]) -> None:
    document = Document("x", "".join(pieces).encode())
    found, troubles = document.read()
    assert (found is not None) or troubles
    for path in [(), ("a",), (0,)]:
        assert document.locate(path).line >= 1


@pytest.mark.parametrize(
    "data",
    [
        b"? " * 100_000,
        b"- " * 100_000,
        b"{a: " * 60_000,
        b"a: " + b"'" * 200_000,
        b"#" * 250_000,
        b"a: |\n" + b" x\n" * 80_000,
        b"a: b\n" * 50_000,
        b"*a " * 80_000,
        b"!t " * 80_000,
        b": " * 100_000,
        b"[a, " + b"b: c, " * 40_000,
        b"\n" * 250_000 + b"a: [",
    ],
)
def test_no_file_within_the_limit_is_slow(data: bytes) -> None:
    start = time.process_time()
    document = Document("x", data)
    document.read()
    document.locate(("a",))
    assert time.process_time() - start < 4.0
