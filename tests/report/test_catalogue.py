"""The catalogue is whole: every language, the same placeholders, no dead and no missing text."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from report.texts import OTHERS, holes

from provisioner.cli.translations import ROOT, lacking, tables, texts, toml, ui, untranslated
from provisioner.codes import everything
from provisioner.report.messages import (
    FAMILIES,
    LANGUAGES,
    Catalogue,
    _file,
    pick_language,
    placeholders,
)

SOURCES = ROOT.parents[1]
CODE = re.compile(r"\bPV\d{3}\b")
KEYS = {"title", "text", "help", "help_else", "explain", "rule"}


@pytest.mark.parametrize("language", OTHERS)
def test_no_language_says_what_english_does_not(language: str) -> None:
    """A text that was renamed or deleted in English would stay for ever."""
    assert sorted(set(texts(language)) - set(texts("en"))) == []


def test_english_has_all_that_a_code_needs() -> None:
    wrong = [
        (code, key)
        for code, entry in tables("en").items()
        for key in {"title", "text", "explain"} | set(entry)
        if key not in KEYS or key not in entry
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language: str) -> None:
    assert [key for key, text in texts(language).items() if not text.strip()] == []


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_no_text_stands_in_english_alone(language: str) -> None:
    assert [code for code, entry in tables(language).items() if "rule" in entry] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_lies_in_the_file_of_its_family(language: str) -> None:
    wrong = [
        (family, code)
        for digit, family in FAMILIES.items()
        if (path := ROOT / language / f"{family}.toml").exists()
        for code in tomllib.loads(path.read_text("utf-8"))
        if not CODE.fullmatch(code) or code[2] != digit
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_codes_stand_in_their_file_in_the_english_order(language: str) -> None:
    """So that two languages can be read side by side."""
    wrong = [
        family
        for family in FAMILIES.values()
        if list(toml(language, family)) != [c for c in toml("en", family) if c in tables(language)]
    ]
    assert wrong == []


def test_no_file_and_no_language_of_the_catalogue_is_unknown() -> None:
    known = {f"{family}.toml" for family in FAMILIES.values()} | {"ui.toml", "help.toml"}
    own = {path.name for path in (ROOT / "en").glob("ui-*.toml")}
    assert {path.name for path in ROOT.rglob("*.toml")} <= known | own
    assert {path.name for path in ROOT.iterdir()} == set(LANGUAGES)


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_placeholders_and_styles(language: str) -> None:
    english, other = texts("en"), texts(language)
    shared = sorted(set(english) & set(other))
    assert [key for key in shared if holes(english[key]) != holes(other[key])] == []


def test_every_code_has_a_text_and_every_text_a_code() -> None:
    assert sorted(tables("en")) == [each.code for each in everything()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_use_what_a_code_has(language: str) -> None:
    """A text needs parameters that are always given; a help may have another without them."""
    wrong = []
    for each in everything():
        entry = tables("en")[each.code] | tables(language).get(each.code, {})
        text, given = placeholders(entry["text"]), each.parameters()
        helped = placeholders(entry.get("help", "") + entry.get("help_else", ""))
        wrong += [(each.code, name) for name in text if given.get(name) is not True]
        wrong += [(each.code, name) for name in helped - text if name not in given]
        if "help_else" not in entry:
            wrong += [(each.code, n) for n in helped - text if given.get(n) is False]
    assert wrong == []


def test_every_code_is_said_somewhere() -> None:
    """Its class is named outside the room of the codes."""
    codes = SOURCES / "codes"
    source = "".join(p.read_text("utf-8") for p in SOURCES.rglob("*.py") if p.parent != codes)
    said = set(re.findall(r"\w+", source))
    assert [each.code for each in everything() if each.__name__ not in said] == []


WITHOUT_A_TEST = set(
    "PV005 PV124 PV127 PV255 PV305 PV306 PV559 PV571 PV573 PV581 PV595 PV596".split()
)
"""Codes that no test names yet: a new one has a case or a test that provokes it."""


def test_every_code_is_named_by_a_case_or_a_test() -> None:
    tests = Path(__file__).resolve().parents[1]
    places = [tests, SOURCES / "testing", tests.parent / "docs/how-to", tests.parent / "docs/de"]
    named: set[str] = set()
    for path in (found for place in places for found in place.rglob("*.*")):
        if path.suffix in {".py", ".yaml", ".md"} and path != Path(__file__):
            named |= set(re.findall(r"\w+", path.read_text("utf-8", "replace")))
    lacking = {each.code for each in everything() if not {each.code, each.__name__} & named}
    assert lacking == WITHOUT_A_TEST


def test_parameters_are_written_out() -> None:
    """A type checker does not look into a dict."""
    names = {each.__name__ for each in everything()}
    found = [
        f"{path.name}:{node.lineno}"
        for path in SOURCES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and {each.id for each in ast.walk(node.func) if isinstance(each, ast.Name)} & names
        and any(keyword.arg is None for keyword in node.keywords)
    ]
    assert found == []


def test_a_code_is_written_in_its_class_alone() -> None:
    """Elsewhere the class stands for it, where a type checker sees it."""
    found = [
        f"{path.name}:{node.lineno}"
        for path in SOURCES.rglob("*.py")
        if not {"codes", "testing"} & {*path.relative_to(SOURCES).parts}
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and CODE.fullmatch(str(node.value))
    ]
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_counted_has_both_forms(language: str) -> None:
    words = ui(language)
    wrong = [
        key
        for key, text in sorted(words.items())
        for form, other in ((".one", ".other"), (".other", ".one"))
        if key.endswith(form) and (form == ".one" or "{count}" in text)
        if key.removesuffix(form) + other not in words
    ]
    assert wrong == []


def source(*endings: str) -> str:
    """All code of the package, or all templates."""
    found = [path for ending in endings for path in sorted(SOURCES.rglob(f"*{ending}"))]
    return "".join(path.read_text("utf-8") for path in found)


def test_every_word_of_the_interface_is_used() -> None:
    """Named as it is, or put together: ``f"kind.{kind}"`` in code, ``"html." ~ state`` in pages."""
    code, pages = source(".py"), source(".j2")
    built = tuple(re.findall(r"\bf[\"']([a-z_]+\.[a-z_.]*)\{", code))
    pieced = tuple(re.findall(r"\"([a-z_]+\.[a-z_.]*)\" ~", pages))
    words = set(ui("en"))
    forms = {key.removesuffix(".one") for key in words if key.endswith(".one")}
    keys = {key for key in words if key.rpartition(".")[0] not in forms} | forms
    quoted = set(re.findall(r"[\"']([a-z_]+(?:\.[a-z_.]+)?)[\"']", code + pages))
    known = set(re.findall(r"\w+", code + pages))
    dead = [
        key
        for key in sorted(keys - quoted)
        if not key.startswith((*built, "word."))
        and not (key.startswith(pieced) and key.rpartition(".")[2] in known)
    ]
    assert dead == []


def test_every_key_that_the_source_names_exists() -> None:
    named = {
        key
        for ending in (".py", ".j2")
        for key in re.findall(r"\bui\(\s*\"([a-z_.]+)\"", source(ending))
        if not key.endswith(".")
    }
    words = ui("en")
    have = set(words) | {key.rpartition(".")[0] for key in words}
    assert named
    assert sorted(named - have) == []


def test_an_unknown_code_or_key_is_shown_and_never_raises(en: Catalogue) -> None:
    assert en.text("PV999", {"found": "a\u202eb"}) == "PV999 found=a\\u{202E}b"
    assert en.text("nonsense", {}) == "nonsense"
    assert en.help("PV999", {}) is None
    assert en.title("PV999") == en.explain("PV999") == ""
    assert en.ui("no.such.key") == "no.such.key"
    assert en.ui("plan") == "plan"


def test_a_missing_placeholder_stays_visible(en: Catalogue) -> None:
    assert en.text("PV294", {}) == "`{found}` is not written as a number."


def test_r9_help_without_a_suggestion_is_the_other_help(en: Catalogue) -> None:
    assert en.help("PV294", {"suggestion": "0445001234"}) == "Write `0445001234`."
    assert en.help("PV294", {"suggestion": ""}) == (
        "Write ten digits without spaces, as in 0445001234."
    )


def test_values_are_shown_as_people_write_them(en: Catalogue) -> None:
    params: dict[str, str | int] = {
        "order": "a/1",
        "digits": "05255520",
        "state": "rejected",
        "amount": 123450,
    }
    assert en.text("PV296", params) == (
        "port order a/1 for 052 555 20 xx is due: rejected, 1’234.50"
    )
    assert en.text("PV292", {"porting": "x", "date": "2027-03-01"}).endswith("Mon 01.03.2027.")
    assert "whenever" in en.text("PV292", {"porting": "x", "date": "whenever"})


def test_values_are_made_visible_and_never_read_as_placeholders(en: Catalogue) -> None:
    text = en.text("PV294", {"found": "{suggestion}\x1b", "suggestion": "secret"})
    assert text == "`{suggestion}\\u{1B}` is not written as a number."


@pytest.mark.parametrize("count", [0, 1, 2])
def test_count_chooses_the_form(en: Catalogue, count: int) -> None:
    assert en.ui("count.error", count=count) == f"{count} error{'' if count == 1 else 's'}"


def test_a_broken_file_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "1-fields.toml").write_bytes(b"[PV102\xff")
    assert Catalogue("en", tmp_path).text("PV102", {"found": "x"}) == "PV102 found=x"


def test_a_file_that_is_read_table_by_table_says_what_it_says_as_a_whole() -> None:
    for path in ROOT.rglob("*.toml"):
        language, name = path.parent.name, path.stem
        assert {**_file(ROOT, language, name)} == toml(language, name), path


def test_a_broken_table_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    lines = '[PV101]\ntext = "whole"\n[PV102]\ntext = broken\n'
    (tmp_path / "en" / "1-fields.toml").write_text(lines, "utf-8")
    words = Catalogue("en", tmp_path)
    assert (words.text("PV101", {}), words.text("PV102", {"found": "x"})) == (
        "whole",
        "PV102 found=x",
    )


def test_a_text_that_a_language_lacks_is_shown_in_english(tmp_path: Path) -> None:
    for language, lines in {
        "en": '[PV102]\ntitle = "A title"\ntext = "A text"\nhelp = "A help"\nrule = "R1"\n',
        "de": '[PV102]\ntitle = "Ein Titel"\nhelp_else = "Sonst"\n',
    }.items():
        (tmp_path / language).mkdir()
        (tmp_path / language / "1-fields.toml").write_text(lines, "utf-8")
    words = Catalogue("de", tmp_path)
    assert (words.title("PV102"), words.text("PV102", {})) == ("Ein Titel", "A text")
    assert (words.help("PV102", {}), words.rule("PV102")) == ("A help", "R1")
    assert words.codes() == ["PV102"]


def test_what_lacks_in_a_language_is_listed() -> None:
    english = {"PV102": {"title": "A", "help": "B", "rule": "R1"}, "PV103": {"title": "C"}}
    german = {"PV102": {"title": "A"}}
    assert lacking(english, german) == ["PV102.help", "PV103.title"]
    assert lacking(english, english) == []


def test_every_field_and_text_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing translated all is listed: no field, code or word is forgotten by the list."""
    everything_in_english = texts("en")
    monkeypatch.setattr(
        "provisioner.cli.translations.texts", lambda of: everything_in_english if of == "en" else {}
    )
    found = untranslated()["fr"]
    assert set(found) == {key for key in everything_in_english if not key.endswith(".rule")}


@pytest.mark.parametrize(
    ("candidates", "language"),
    [
        ((), "en"),
        (("", "", "", "", "de_CH.UTF-8"), "de"),
        (("en", "de", "", "", "de_CH.UTF-8"), "en"),
        (("", "", "C.UTF-8", "", "de_CH.UTF-8"), "en"),
        (("", "", "POSIX", "", "de_CH"), "en"),
        (("", "", "rm_CH.UTF-8", "", "de_CH"), "de"),
        (("", "", "fr_CH.UTF-8", "", "de_CH"), "fr"),
        (("it_CH.UTF-8",), "it"),
        (("DE",), "de"),
        (("deutsch", "english"), "en"),
        (("de-CH",), "de"),
        (("de@euro",), "de"),
    ],
)
def test_the_language_is_the_first_that_we_have(candidates: tuple[str, ...], language: str) -> None:
    assert pick_language(candidates) == language
