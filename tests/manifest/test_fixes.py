from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from provisioner.codes import Severity, kind_of
from provisioner.manifest.diagnostics import Diagnostic, InputError
from provisioner.manifest.loader import load_manifest
from provisioner.manifest.rules import check
from provisioner.manifest.writing.fixes import FIXABLE, Source, carried_out, fix_for, fixed_text
from provisioner.telephony.calendar import WorkCalendar

ROOT = Path(__file__).parents[2]
FILE = "customers/a/b.yaml"


def findings(data: bytes) -> list[Diagnostic]:
    try:
        loaded = load_manifest(data, FILE)
    except InputError as error:
        return list(error.diagnostics)
    return [loaded.locate(d) for d in check(loaded.value, days=WorkCalendar("ZH"))]


def fixed(data: bytes) -> tuple[str | None, list[str]]:
    """One round: the text, and the codes that were fixed."""
    source = Source(FILE, data)
    fixes = [fix for d in findings(data) if (fix := fix_for(d, source))]
    return fixed_text(source, fixes), [fix.code for fix in fixes]


@pytest.mark.parametrize(
    ("old", "new", "code", "after"),
    [
        ("version: 1\n", "", "PV101", "version: 1\n"),
        ("  street: Hammer", "  Street: Hammer", "PV103", "  street: Hammer"),
        ("billing_from:", "billing-from:", "PV103", "billing_from:"),
        ("scope: partial", "scope: Partial", "PV104", "scope: partial"),
        ("license: phones+apps", "license: Phones+Apps", "PV104", "license: phones+apps"),
        ("contract: true", "contract: Ja", "PV106", "contract: true"),
        ("contract: true", "contract: 'no'", "PV106", "contract: false"),
        ("2027-01-01", "1.1.2027", "PV107", "2027-01-01"),
        ('"09:00"', "9:00", "PV108", '"09:00"'),
        ("8400", "CH-8400", "PV116", "8400"),
        ("8400", "FL-9490", "PV116", "9490"),
        ("8400", "78266", "PV116", "8238"),
        ("CHE-107.787.577", "CHE-107.787.577 MWST", "PV113", "CHE-107.787.577"),
        ("CHE-107.787.577", "CHE-107.787.577 TVA", "PV113", "CHE-107.787.577"),
        ("rechnung@schmiedeisen.example", '" a@b.example"', "PV112", "a@b.example"),
        ("rechnung@schmiedeisen.example", "<a@b.example>", "PV112", "a@b.example"),
        ("rechnung@schmiedeisen.example", "a@müller.example", "PV140", "a@xn--mller-kva.example"),
        ("phone: 0525550100", "phone: +423 237 12 34", "PV207", 'phone: "+4232371234"'),
        ("phone: 0525550100", "phone: 0049 7734 1234", "PV207", 'phone: "+4977341234"'),
        ("[05255520]", "[052 555 20 00 – 99]", "PV204", '["05255520"]'),
        ("0525551200,", "052\u00a0555\u00a012\u201100,", "PV201", '"0525551200",'),
        ("scope: partial", "scope: Teilportierung", "PV104", "scope: partial"),
        (
            "authority: collective",
            "authority: Kollektivunterschrift",
            "PV104",
            "authority: collective",
        ),
        ("license: phones+apps", "license: Telefongeräte + Apps", "PV104", "license: phones+apps"),
        ("use: fax", "use: Telefax", "PV104", "use: fax"),
        ("when: date,", "when: Wunschdatum,", "PV104", "when: date,"),
        ("provider: Swisscom", "provider: keine Ahnung", "PV208", "provider: unknown"),
        ("provider: Swisscom", 'provider: "-"', "PV208", "provider: unknown"),
        ("0525551200,", "052 555 12 00,", "PV201", '"0525551200",'),
        ("0525551200,", "'+41 52 555 12 00',", "PV201", '"0525551200",'),
        ("area: 052, block", "area: 52, block", "PV202", 'area: "052", block'),
        ("[05255520]", "[0525552000-0525552099]", "PV204", '["05255520"]'),
        ("phone: 0525550100", "phone: 052 555 01 00", "PV207", 'phone: "0525550100"'),
        ("provider: Swisscom", "provider: Unbekannt", "PV208", "provider: unknown"),
        (
            "use: fax",
            "use: fax\n    phone: {model: snom-d785, mac: 00:04:13:a1:b2:c3}",
            "PV296",
            "use: fax\n    phone: {model: snom-d785, mac: 000413A1B2C3}",
        ),
        (
            "use: fax",
            "use: fax\n    phone: {model: Snom D785, mac: 000413A1B2C3}",
            "PV104",
            "use: fax\n    phone: {model: snom-d785, mac: 000413A1B2C3}",
        ),
    ],
)
def test_one_safe_remedy(whole: str, old: str, new: str, code: str, after: str) -> None:
    assert old in whole
    broken = whole.replace(old, new, 1)
    text, codes = fixed(broken.encode())
    assert codes == [code]
    assert text == whole.replace(old, after, 1)


def test_every_fixable_code_is_tried() -> None:
    marks = next(m for m in test_one_safe_remedy.pytestmark if m.name == "parametrize")
    assert {case[2] for case in marks.args[1]} | {"PV004"} == set(FIXABLE)
    assert {kind_of(code).severity for code in FIXABLE} == {Severity.ERROR}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("login: petra.huber", "login: Petra Hüber", "PV206"),
        ("0525551200,", "052 555 12 00 Zentrale,", "PV201"),
        ("0525551200,", "052 555 12 0,", "PV201"),
        ("[05255520]", "[0525552000-0525552098]", "PV204"),
        ("scope: partial", "scope: parts", "PV104"),
        ("street:", "strasse:", "PV103"),
        ("2027-01-01", "01/02/2027", "PV107"),
        ("2027-01-01", "31.02.2027", "PV107"),
        ('"09:00"', "'25:00'", "PV108"),
        ("8400", "D-84000", "PV116"),
        ("contract: true", "contract: vielleicht", "PV106"),
        ("area: 052, block", "area: 79, block", "PV202"),
        ("date: 2027-03-01", "date: 2027-03-06", "PV217"),
        ("phone: 0525550100", "phone: +49 1", "PV207"),
        ("rechnung@schmiedeisen", ".rechnung@schmiedeisen", "PV112"),
        ("rechnung@schmiedeisen", "rech..nung@schmiedeisen", "PV112"),
        ("CHE-107.787.577", "CHE-000.000.000", "PV113"),
        ("[05255520]", "[0525552000-39]", "PV143"),
        ("[05255520]", "[0525552000]", "PV142"),
        ("0525551200,", "05255520xx,", "PV141"),
        ("company: Schmiedeisen", "company: Taxi #1", "PV132"),
        ("city: Winterthur", "city: ~", "PV130"),
    ],
)
def test_what_needs_a_decision_has_no_remedy(whole: str, old: str, new: str, code: str) -> None:
    data = whole.replace(old, new, 1).encode()
    assert code in {d.code for d in findings(data)}
    assert code not in fixed(data)[1]


@pytest.mark.parametrize("city", ["", "~", "null", "Wil #1"])
def test_a_value_that_is_missing_keeps_no_other_from_being_mended(whole: str, city: str) -> None:
    broken = whole.replace("city: Winterthur", f"city: {city}").replace("8400", "CH-8400")
    broken = broken.replace("0525551200,", "052 555 12 00,")
    text, codes = fixed(broken.encode())
    assert codes == ["PV116", "PV201"]
    assert text
    assert f"city: {city}\n" in text
    assert "postcode: 8400\n" in text
    assert '"0525551200",' in text


def test_a_remedy_that_does_not_fit_keeps_no_other_from_being_carried_out(whole: str) -> None:
    broken = whole.replace("8400", "CH-8400").replace("0525551200,", "052 555 12 00,").encode()
    source = Source(FILE, broken)
    first, second = (fix for d in findings(broken) if (fix := fix_for(d, source)))
    gone = replace(first, before="CH-8401")
    text, made = carried_out(source, [gone, second])
    assert made == [second]
    assert "postcode: CH-8400" in text
    assert '"0525551200",' in text


def test_line_ends(whole: str) -> None:
    text, codes = fixed(whole.replace("\n", "\r\n").encode())
    assert (text, codes) == (whole, ["PV004"])
    assert fixed(whole.replace("\n", "\r", 3).encode())[1] == []


def test_a_name_that_is_there_already_is_not_taken(whole: str) -> None:
    assert fixed(whole.replace("  street:", "  Street: x\n  street:", 1).encode())[1] == []


def test_the_version_line_stands_below_the_header() -> None:
    text, codes = fixed(b"# yaml-language-server: $schema=x\n# a\n\n# about b\ncontact: {}\n")
    assert text == "# yaml-language-server: $schema=x\n# a\n\nversion: 1\n# about b\ncontact: {}\n"
    assert codes == ["PV101"]


def test_comments_and_layout_stay(whole: str) -> None:
    data = whole.replace(
        "    numbers: [0525551200, 0525551201]",
        "    numbers:   [ 052 555 12 00 ,  # odd\n    +41525551201 ] # both",
    )
    text, _ = fixed(data.encode())
    assert text
    assert '    numbers:   [ "0525551200" ,  # odd\n    "0525551201" ] # both\n' in text


def test_personal_values_are_marked(whole: str) -> None:
    data = whole.replace("phone: 0525550100", "phone: 052 555 01 00").encode()
    source = Source(FILE, data)
    (fix,) = (fix for d in findings(data) if (fix := fix_for(d, source)))
    assert fix.personal
    assert "052" not in repr(fix)


def test_a_finding_of_another_time_changes_nothing(whole: str) -> None:
    """The file was saved meanwhile: the place holds something else."""
    finding = Diagnostic("PV201", Severity.ERROR, path=("porting", 0, "numbers", 7))
    (there,) = findings(whole.replace("version: 1\n", "").encode())
    source = Source(FILE, whole.encode())
    assert fix_for(finding.at(there.place), source) is None
    assert fix_for(there, source) is None


def test_what_was_fixed_says_only_that(whole: str) -> None:
    data = whole.replace("0525551200,", "052 555 12 00,").encode()
    text, _ = fixed(data)
    assert text is not None
    loader = yaml.CBaseLoader
    assert yaml.load(text, loader) == yaml.load(whole, loader)  # noqa: S506 - builds no types


@pytest.mark.parametrize("saved", ["052", "'071'"])
def test_a_file_that_was_saved_since_is_left(whole: str, saved: str) -> None:
    """Between the finding and the write an editor may have saved something else."""
    broken = whole.replace("area: 052, block", "area: 52, block", 1).encode()
    fixes = [fix for d in findings(broken) if (fix := fix_for(d, Source(FILE, broken)))]
    assert [fix.code for fix in fixes] == ["PV202"]
    for text in (
        whole.replace("area: 052, block", f"area: {saved}, block", 1),
        whole.split("numbers:", maxsplit=1)[0],
        "a: [",
    ):
        assert fixed_text(Source(FILE, text.encode()), fixes) is None


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("licence: Phones", "licence: phones"),
        ("Licence: phones", "license: phones"),
        ("LICENSE: phones", "license: phones"),
        ("licence: phones, License: phones", "licence: phones, License: phones"),
    ],
)
def test_another_spelling_of_a_field_is_mended_like_ours(theirs: str, ours: str) -> None:
    """Two of one field are for people to decide."""
    text = (
        "version: 1\nworkplaces:\n  - {login: a.b, LICENSE}\n".replace("LICENSE", theirs)
    ).encode()
    source = Source("a.yaml", text)
    fixes = [fix for each in findings(text) if (fix := fix_for(each, source))]
    fixed = fixed_text(source, [f for f in fixes if f.path[:1] == ("workplaces",)])
    assert f"{{login: a.b, {ours}}}" in (fixed or text.decode())
