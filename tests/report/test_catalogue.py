"""The catalogue is whole: both languages, the same placeholders, no dead and no missing text."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provisioner.report.messages import (
    FAMILIES,
    Catalogue,
    package_texts,
    pick_language,
    placeholders,
)

ROOT = Path(str(package_texts()))
SOURCES = ROOT.parents[1]
CODE = re.compile(r"\bPV\d{3}\b")
KEYS = {"title", "text", "help", "help_else", "explain", "rule"}


def tables(language: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for family in FAMILIES.values():
        path = ROOT / language / f"{family}.toml"
        if path.exists():
            found |= tomllib.loads(path.read_text("utf-8"))
    return found


def leaves(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def ui(language: str) -> dict[str, str]:
    found = dict(leaves(tomllib.loads((ROOT / language / "ui.toml").read_text("utf-8"))))
    for path in (ROOT / language).glob("ui-*.toml"):
        prefix = path.stem.removeprefix("ui-") + "."
        found |= dict(leaves(tomllib.loads(path.read_text("utf-8")), prefix))
    return found


def used_codes() -> set[str]:
    return {
        code
        for path in SOURCES.rglob("*.py")
        if "testing" not in path.relative_to(SOURCES).parts
        for code in CODE.findall(path.read_text("utf-8"))
    }


def test_both_languages_have_the_same_codes() -> None:
    assert sorted(tables("en")) == sorted(tables("de"))


def test_every_code_has_what_is_required_and_nothing_is_empty() -> None:
    wrong = [
        (language, code, key)
        for language in ("en", "de")
        for code, entry in tables(language).items()
        for key in sorted({"title", "text", "explain"} | set(entry))
        if key not in KEYS or not str(entry.get(key, "")).strip()
    ]
    assert wrong == []


def test_every_code_lies_in_the_file_of_its_family() -> None:
    wrong = [
        (language, family, code)
        for language in ("en", "de")
        for digit, family in FAMILIES.items()
        if (path := ROOT / language / f"{family}.toml").exists()
        for code in tomllib.loads(path.read_text("utf-8"))
        if not CODE.fullmatch(code) or code[2] != digit
    ]
    assert wrong == []


def test_no_file_of_the_catalogue_is_unknown() -> None:
    known = {f"{family}.toml" for family in FAMILIES.values()} | {"ui.toml"}
    own = {path.name for path in (ROOT / "en").glob("ui-*.toml")}
    assert {path.name for path in ROOT.rglob("*.toml")} <= known | own


def test_both_languages_have_the_same_placeholders_and_rules() -> None:
    english, german = tables("en"), tables("de")
    wrong = []
    for code in sorted(set(english) & set(german)):
        for key in ("text", "help", "help_else"):
            one, other = english[code].get(key), german[code].get(key)
            if (one is None) != (other is None) or placeholders(one or "") != placeholders(
                other or ""
            ):
                wrong.append((code, key))
        if english[code].get("rule") != german[code].get("rule"):
            wrong.append((code, "rule"))
    assert wrong == []


def test_german_is_swiss() -> None:
    assert [p.name for p in (ROOT / "de").glob("*.toml") if "ß" in p.read_text("utf-8")] == []


def test_every_code_in_the_source_has_a_text() -> None:
    assert sorted(used_codes() - set(tables("en"))) == []


def test_every_text_belongs_to_a_code_in_the_source() -> None:
    assert sorted(set(tables("en")) - used_codes()) == []


def calls_with_a_code() -> Iterator[tuple[str, str, set[str]]]:
    """Calls whose first argument is a code and whose parameters are all written out there."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            first, *rest = node.args
            code = str(first.value) if isinstance(first, ast.Constant) else ""
            plain = all(isinstance(a, ast.Dict | ast.Attribute) for a in rest)
            if CODE.fullmatch(code) and plain and all(k.arg for k in node.keywords):
                names = {str(k.arg) for k in node.keywords}
                for given in rest:
                    if isinstance(given, ast.Dict):
                        names |= {str(k.value) for k in given.keys if isinstance(k, ast.Constant)}
                yield f"{path.name}:{node.lineno}", code, names


def test_whoever_raises_a_code_gives_what_its_text_needs() -> None:
    texts = tables("en")
    found = list(calls_with_a_code())
    assert len(found) > 50
    wrong = [
        (place, code, name)
        for place, code, names in found
        if code in texts
        for name in placeholders(texts[code]["text"]) - names
        if not (code == "PV901" and not names)
    ]
    assert wrong == []


def test_the_interface_has_the_same_words_in_both_languages() -> None:
    english, german = ui("en"), ui("de")
    assert sorted(english) == sorted(german)
    assert [k for k in english if placeholders(english[k]) != placeholders(german[k])] == []
    assert [k for k, v in (english | german).items() if not v.strip()] == []


def test_every_word_of_the_interface_is_used() -> None:
    source = "".join(path.read_text("utf-8") for path in SOURCES.rglob("*.py"))
    built = ("kind kinds item product move field word effect cause status severity count").split()
    built += ["impact", "legend", "billing", "result", "porting", "pool", "status_view"]
    keys = {key.removesuffix(".one").removesuffix(".other") for key in ui("en")}
    dead = [
        key
        for key in sorted(keys)
        if key.partition(".")[0] not in built
        and not re.search(rf"[\"']{re.escape(key)}[\"']", source)
        and not key.startswith(("plan.billed_", "value.yes", "value.no"))
    ]
    assert dead == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_key_that_the_source_names_exists(language: str) -> None:
    named = {
        key
        for path in SOURCES.rglob("*.py")
        for key in re.findall(r"\.ui\(\s*\"([a-z_.]+)\"", path.read_text("utf-8"))
    }
    words = ui(language)
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


def test_german_falls_back_to_english(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "1-fields.toml").write_text('[PV102]\ntext = "only English"\n', "utf-8")
    assert Catalogue("de", tmp_path).text("PV102", {}) == "only English"


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
