import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from every import every
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from manifest.layouts import Layout

from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.loader import load_manifest
from provisioner.manifest.removals import Removals
from provisioner.manifest.writing.formatter import FormatError, format_bytes, format_text

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(ROOT.glob("customers/*/*.yaml"))
MANIFESTS = [*EXAMPLES, *sorted(ROOT.glob("tests/cases/bases/*.yaml"))]
YAMLS = sorted({*ROOT.glob("tests/cases/*/*.yaml"), *ROOT.glob("tests/threats/files/*/*.yaml")})
PROFILE = settings(
    max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def data_of(text: str) -> Any:
    return yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 - builds no types


def leaves(data: Any, path: str = "") -> list[tuple[str, str]]:
    """Every scalar with its path; order of fields does not count."""
    if isinstance(data, dict):
        return sorted(leaf for name in data for leaf in leaves(data[name], f"{path}/{name}"))
    if isinstance(data, list):
        return [leaf for at, item in enumerate(data) for leaf in leaves(item, f"{path}/{at:05}")]
    return [(path, data)]


def significant(leaf: tuple[str, str]) -> str:
    """The digits that a number or block cannot lose by another spelling."""
    path, text = leaf
    return path + re.sub(r"^(?:\+41|0041|0)|\(0\)|[^\d]", "", text) if text else path


def digest(text: str) -> str:
    return load_manifest(text.encode(), "x.yaml").value.digest()


def words_of(text: str) -> Counter[str]:
    """The marks of all comments, wherever they are."""
    return Counter(word for line in text.split("\n") for word in line.split() if word[0] == "#")


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda p: p.stem)
def test_the_meaning_stays_and_once_is_enough(path: Path) -> None:
    text = path.read_text()
    made = format_text(text)
    assert digest(made) == digest(text)
    assert format_text(made) == made
    assert words_of(made) == words_of(text)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_of_an_example_only_quotes_and_order_change(path: Path) -> None:
    """No comment, blank line, bracket or indentation of a careful person's file is touched."""
    before, after = path.read_text(), format_text(path.read_text())
    assert Counter(before.replace('"', "").replace(" ", "")) == Counter(
        after.replace('"', "").replace(" ", "")
    )
    assert before.count("\n") == after.count("\n")


@pytest.mark.parametrize(("name", "model"), [("provision", Config), ("removals", Removals)])
def test_the_operators_files_are_in_house_style(name: str, model: type) -> None:
    text = (ROOT / f"{name}.yaml").read_text()
    assert format_text(text, model) == text


@every(YAMLS, lambda path: f"{path.parent.name}/{path.stem}")
def test_what_is_no_manifest_keeps_its_data(path: Path) -> None:
    """Cases and what the fuzzer once found: formatted as YAML, or refused by the reader."""
    data = path.read_bytes()
    try:
        made = format_bytes(data).decode()
    except InputError as error:
        assert error.diagnostics
        return
    before, after = data_of(data.decode("utf-8-sig")), data_of(made)
    for old, new in zip(leaves(before), leaves(after), strict=True):
        assert old == new or significant(new) in significant(old), (old, new)
    assert format_text(made) == made


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda p: p.stem)
@given(seed=st.integers(0, 2**64))
@PROFILE
def test_whatever_the_layout_is(path: Path, seed: int) -> None:
    """All comments survive, the digest is equal, twice is once, and layout leaves no trace."""
    data = data_of(path.read_text())
    layout = Layout.of(seed)
    text = layout.text(data)
    assert data_of(text) == data, text
    made = format_text(text)
    assert data_of(made) == data
    assert digest(made) == digest(text)
    assert format_text(made) == made
    for comment in layout.comments:
        assert any(line.rstrip().endswith(comment) for line in made.split("\n")), comment
    assert made.count("#") == text.count("#")


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda p: p.stem)
@given(seed=st.integers(0, 2**64))
@PROFILE
def test_a_comment_stays_at_its_item(path: Path, seed: int) -> None:
    """A comment says what it was written at: the value before it, or the field below it."""
    made = format_text(Layout.of(seed).text(data_of(path.read_text()))).split("\n")
    for at, line in enumerate(made):
        if found := re.match(r"(.*\S) #\s*v:(.*?):\d+(?: |$)", line):
            assert found[2] in found[1].replace('"', "").replace("'", ""), line
        if all(other[:1] in {"", "#"} for other in made[: at + 1]):
            continue  # on top, a blank line parts what belongs to the file
        if found := re.match(r" *#\s*above:([a-z_]+):\d+(?: |$)", line):
            rest = (other for other in made[at:] if other.strip(" -")[:1] not in {"", "#"})
            below = next(rest)
            item = re.match(r" *- ", below)  # above an item: its first field before the sorting
            assert item or re.match(rf" *{found[1]}:", below), (line, below)


def test_fields_take_their_comments_along() -> None:
    text = """\
# the file

# the end of it
workplaces:
  # why a fax
  - license: phones # cheap
    # the machine
    login: fax.a

contact: {city: Wil}
version: 1 # always
"""
    assert (
        format_text(text)
        == """\
# the file

version: 1 # always

contact: {city: Wil}

# the end of it
workplaces:
  # why a fax
  # the machine
  - login: fax.a
    license: phones # cheap
"""
    )


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_licence_is_read_and_written_as_license(path: Path) -> None:
    ours = path.read_text("utf-8")
    theirs = ours.replace("license:", "licence:")
    assert theirs != ours
    assert format_text(theirs) == format_text(ours)
    read = [load_manifest(each.encode(), "-").value.digest() for each in (ours, theirs)]
    assert read[0] == read[1]


def test_elsewhere_a_name_is_a_name() -> None:
    written = 'version: "1"\nresellers:\n  licence:\n    name: "Licence AG"\n'
    assert "licence:" in format_text(written, Config)


def test_a_list_that_is_not_indented_and_ends_the_file() -> None:
    """libyaml takes the first hyphen of such a list for its opening bracket."""
    text = "a:\n-\n  b: c\n# end - x"
    assert format_text(text) == "a:\n  - b: c\n# end - x\n"
    text = "a:\n# above\n-  # head - 1\n  b: c\n- d # behind - 2\n"
    assert format_text(text) == "a:\n  # above\n  - # head - 1\n    b: c\n  - d # behind - 2\n"


def test_comments_in_brackets_turn_them_into_a_block() -> None:
    text = """\
version: 1
porting:
  - id: a
    numbers: [ # both lines
      0445001234, # reception
      # the old fax
      0445001235
      # that is all
      ] # checked
    blocks: [04450013,
      04450014]
"""
    assert (
        format_text(text)
        == """\
version: 1
porting:
  - id: a
    numbers: # both lines
      - "0445001234" # reception
      # the old fax
      - "0445001235"
      # that is all
      # checked
    blocks: ["04450013", "04450014"]
"""
    )


@pytest.mark.parametrize(
    ("field", "written", "expected"),
    [
        ("phone", "044 500 12 34", '"0445001234"'),
        ("phone", "+41 79 555 01 95", '"0795550195"'),
        ("phone", "0795550195", '"0795550195"'),
        ("phone", "+49 30 123456", '"+4930123456"'),
        ("phone", "00423 237 12 34", '"+4232371234"'),
        ("phone", "+49 1", "+49 1"),
        ("phone", "079 555 01 95 Petra", "079 555 01 95 Petra"),
        ("postcode", '"8400"', "8400"),
        ("postcode", "08400", '"08400"'),
        ("company", "'2024'", '"2024"'),
        ("company", "2024", '"2024"'),
        ("company", '"Muster AG"', "Muster AG"),
        ("company", "'no'", '"no"'),
        ("company", "Off", '"Off"'),
        ("company", '"a: b"', '"a: b"'),
        ("company", "1e3", '"1e3"'),
        ("company", "2027-01-01", '"2027-01-01"'),
        ("company", "Müller, Söhne & Co.", "Müller, Söhne & Co."),
        ("company", "'say \"hi\"'", 'say "hi"'),
        ("company", '"- \\"x\\""', "'- \"x\"'"),
        ("company", '"\'x\' \\"y\\""', '"\'x\' \\"y\\""'),
        ("uid", "CHE123456788", "CHE-123.456.788"),
        ("uid", "CHE-123.456.788 MWST", "CHE-123.456.788"),
        ("uid", "CHE-123.456.788 IVA", "CHE-123.456.788"),
        ("postcode", "LI-9490", "9490"),
        ("email", '" a@b.example"', "a@b.example"),
        ("email", "info@müller.example", "info@xn--mller-kva.example"),
    ],
)
def test_r9_spelling_of_a_contact(field: str, written: str, expected: str) -> None:
    made = format_text(f"version: 1\ncontact:\n  {field}: {written}\n")
    assert made == f"version: 1\ncontact:\n  {field}: {expected}\n"


@pytest.mark.parametrize(
    ("field", "written", "expected"),
    [
        ("numbers", "044 500 12 34", "0445001234"),
        ("numbers", "+41 44 500 12 34", "0445001234"),
        ("numbers", "0041 (0)44 500 12 34", "0445001234"),
        ("numbers", "044/500.12.34", "0445001234"),
        ("numbers", "445001234", "0445001234"),
        ("numbers", "044 500 12 34 / 35", None),
        ("numbers", "044 500 12 3a", None),
        ("numbers", "044 500 12 3", None),
        ("numbers", "0795550195", None),
        ("numbers", "0445001200-0445001299", None),
        ("blocks", "0445001200-0445001299", "04450012"),
        ("blocks", "0445001200 – 0445001299", "04450012"),
        ("blocks", "044 500 12 00 bis 99", "04450012"),
        ("blocks", "0445001200-9", "044500120"),
        ("blocks", "0445001000-0445001999", "0445001"),
        ("blocks", "0445001200-0445001298", None),
        ("blocks", "0445001201-0445001299", None),
        ("blocks", "044500 12xx", "04450012"),
        ("blocks", "04450012xx", "04450012"),
        ("blocks", "+41 44 500 12 XX", "04450012"),
        ("blocks", "04450012x", None),
        ("blocks", "0445001234", None),
        ("blocks", "044 500 12", "04450012"),
    ],
)
def test_r9_r11_spelling_of_a_port(field: str, written: str, expected: str | None) -> None:
    made = format_text(f"porting:\n  - {field}: ['{written}']\n")
    found = data_of(made)["porting"][0][field][0]
    assert found == (expected or written)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda p: p.stem)
def test_numbers_with_a_leading_zero_are_quoted(path: Path) -> None:
    class Typed(yaml.SafeLoader):
        """YAML 1.1, where a number that is not quoted loses its zero."""

    typed = yaml.load(format_text(path.read_text()), Loader=Typed)  # noqa: S506 - a SafeLoader
    plain = data_of(path.read_text())
    assert typed["contact"]["phone"] == plain["contact"]["phone"]
    for port, written in zip(typed.get("porting", ()), plain.get("porting", ()), strict=True):
        assert port.get("numbers") == written.get("numbers")
        assert port["schedule"]["time"] == written["schedule"]["time"]


def test_logins_are_permanent() -> None:
    text = "workplaces:\n  - login: Müller.Ä\n    was: 044 500 12 34\n"
    assert data_of(format_text(text)) == data_of(text)


def test_unknown_fields_stay_behind_their_neighbour() -> None:
    made = format_text("workplaces: []\nx-note: a\nversion: 1\ncontact:\n  city: a\n  zzz: b\n")
    assert list(data_of(made)) == ["version", "contact", "workplaces", "x-note"]


def test_long_texts_keep_their_lines() -> None:
    text = "desk:\n  driver: a\n  note: >\n    one\n\n    two\n  more: |-\n    - a\n\n    b\n"
    made = format_text(text, Config)
    assert data_of(made) == data_of(text)
    assert "  more: |-\n    - a\n\n    b\n" in made
    assert format_text(made, Config) == made


def test_a_result_that_says_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof before writing is a real one: a printer that loses a value is caught."""
    from provisioner.manifest.writing import formatter

    real = formatter.print_tree
    monkeypatch.setattr(
        formatter, "print_tree", lambda *args: real(*args).replace("Schmiedeisen", "Schmied")
    )
    with pytest.raises(FormatError) as caught:
        format_text((ROOT / "customers/bergnetz-telecom/schmiedeisen.yaml").read_text())
    assert caught.value.code == "PV902"
