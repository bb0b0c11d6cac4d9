"""What people see in an editor: yaml-language-server is asked, as VS Code and Neovim ask it."""

import re
from pathlib import Path

import pytest
from editor.lsp import Server

from provisioner.cli.starter import workspace_files
from provisioner.manifest.loader import load_manifest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(ROOT.glob("customers/*/*.yaml"))
HEAD = "# yaml-language-server: $schema=../../schemas/customer.schema.json\nversion: 1\n"
SCHMIEDEISEN = (ROOT / "customers/bergnetz-telecom/schmiedeisen.yaml").read_text("utf-8")

pytestmark = pytest.mark.xdist_group("yaml-language-server")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_examples_have_no_findings(path: Path, server: Server) -> None:
    assert server.diagnostics(server.open(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("name", ["provision.yaml", "removals.yaml"])
def test_the_operators_files_have_no_findings(name: str, server: Server) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert server.diagnostics(server.open(text, ".")) == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_new_workspace_has_no_findings(language: str, server: Server) -> None:
    from datetime import date

    made = workspace_files(language, "muster-it", "Muster IT GmbH", date(2026, 11, 24))
    for name, data in made.items():
        folder = "customers/muster-it" if "/" in name else "."
        assert server.diagnostics(server.open(data.decode(), folder)) == [], name


@pytest.mark.parametrize("word", ["off", '"off"'])
def test_a_word_that_some_take_for_false_is_a_word(word: str, server: Server) -> None:
    text = SCHMIEDEISEN.replace(
        "license: phones+apps\n", f"license: phones+apps\n    srtp: {word}\n"
    )
    assert f"srtp: {word}" in text
    assert server.diagnostics(server.open(text)) == []


BROKEN = [
    ('["0525551200",', "[052 555 12 00,", "Ten digits without spaces, like 0445001234"),
    ("license: phones+apps\n", "license: telephone\n", '"phones", "phones+apps"'),
    ("login: petra.huber", "login: petra huber", "like petra.huber"),
    ("login: petra.huber", "login: pétra.huber", "like petra.huber"),
    ("when: contract_end", "when: date", 'Missing property "date"'),
    ("  city:", "  town:", 'Missing property "city"'),
    ("  city: Winterthur\n", "  city: Winterthur\n  town: x\n", "Property town is not allowed"),
    ("postcode: 8400", "postcode: CH-8400", "Four digits, like 8400"),
    ('phone: "0525550100"', "phone: 052 555 01 00", "Ten digits without spaces"),
    ("password: {generate: true}", "password: geheim", "Never a password itself"),
    ("billing_from: 2027-01-01", "billing_from: 1.1.2027", "date"),
    ("rechnung@schmiedeisen", "rechnung.schmiedeisen", "e-mail"),
    ("{stock: zentrale}", "{stoc: zentrale}", 'Missing property "stock"'),
    ('blocks: ["05255520"]', "blocks: [052 555 20]", "04450012 for 0445001200 to 0445001299"),
    ("internet_on_contract: true", "internet_on_contract: ja", '"boolean"'),
    ("block: 100", "block: 50", "10, 100, 1000"),
    ("support_login:", "suport_login:", "Property suport_login is not allowed"),
]


@pytest.fixture(scope="module")
def broken(server: Server) -> dict[tuple[str, str], str]:
    """All of them opened at once: the server waits a while before it looks at a new text."""
    return {(old, new): server.open(SCHMIEDEISEN.replace(old, new, 1)) for old, new, _ in BROKEN}


@pytest.mark.parametrize(("old", "new", "message"), BROKEN)
def test_a_broken_manifest_gets_a_finding_on_its_line(
    old: str, new: str, message: str, server: Server, broken: dict[tuple[str, str], str]
) -> None:
    assert old in SCHMIEDEISEN
    text = SCHMIEDEISEN.replace(old, new, 1)
    found = server.diagnostics(broken[old, new])
    assert message in " | ".join(finding["message"] for finding in found)
    line = text[: text.index(new)].count("\n") + new.startswith("\n")
    starts = {finding["range"]["start"]["line"] for finding in found}
    assert any(abs(line - start) <= 8 for start in starts)


def spoken(language: str) -> str:
    """The example, as it is for readers of ``language``."""
    return SCHMIEDEISEN.replace("/schemas/", f"/schemas/{language}/".replace("/en/", "/"), 1)


@pytest.mark.parametrize(
    ("language", "needle", "expected"),
    [
        ("en", "company:", ["#### Company", "Company name as in the commercial register."]),
        ("en", "license:", ["#### License", "`phones+apps`: desk phones, computer"]),
        ("en", "when:", ["`asap`: as soon as possible"]),
        ("en", "scope:", ["whole contract ends"]),
        ("en", 'number: "0525552011"', ["#### Own number", "stock: zentrale", "`{stock: id}`"]),
        ("en", "schedule:", ["#### When to port"]),
        ("en", "porting:", ["#### Ports"]),
        ("en", "block:", ["`100`: a block of 100 numbers"]),
        ("de", "phones+apps", ["#### Lizenz", "Telefongeräte + Apps: empfohlen für Menschen"]),
        ("de", "password:", ["#### Passwort", "ohne Angabe wird eines erzeugt"]),
        ("fr", "postcode:", ["#### NPA\n", "quatre chiffres"]),
        ("it", "scope:", ["#### Portabilità parziale o completa", "i numeri partono"]),
    ],
)
def test_hover_explains_in_the_language_of_the_first_line(
    language: str, needle: str, expected: list[str], server: Server
) -> None:
    text = spoken(language)
    lines = text.splitlines()
    line = next(at for at, text in enumerate(lines) if needle in text and "#" not in text[:4])
    shown = server.hover(server.open(text), line, lines[line].index(needle) + 1)
    assert all(each in shown for each in expected), shown
    assert ("desk phones" in shown) <= (language == "en")


def completions(text: str, server: Server) -> dict[str, str]:
    """Label → what would be inserted at the end of ``text``."""
    lines = (HEAD + text).split("\n")
    found = server.completions(server.open(HEAD + text), len(lines) - 1, len(lines[-1]))
    return {label: str(item.get("insertText", "")) for label, item in found.items()}


def test_fields_of_a_customer_are_proposed(server: Server) -> None:
    found = completions("\n", server)
    fields = {"contact", "subscription", "numbers", "porting", "workplaces", "support_login"}
    assert fields <= found.keys()
    contact = "company street postcode city person email phone".split()
    assert re.findall(r"^  (\w+):", found["contact"], re.MULTILINE) == contact
    assert found["workplaces"].startswith("workplaces:\n  - login:")


def test_values_are_proposed_with_what_they_mean(server: Server) -> None:
    text = HEAD + "workplaces:\n  - login: a.b\n    license: "
    lines = text.split("\n")
    found = server.completions(server.open(text), len(lines) - 1, len(lines[-1]))
    assert set(found) == {"phones", "phones+apps"}
    shown = found["phones+apps"]["documentation"]
    assert "recommended for people" in (shown["value"] if isinstance(shown, dict) else shown)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("porting:\n  - id: x\n    provider: ", {"Swisscom", "unknown"}),
        ("porting:\n  - id: x\n    scope: ", {"partial", "full"}),
        ("workplaces:\n  - login: a\n    use: ", {"desk", "fax", "workshop", "lift", "door"}),
        ("workplaces:\n  - ", {"a person", "fax, workshop, lift or door", "login", "license"}),
        ("porting:\n  - ", {"a port at the contract's end", "a port on a date", "id"}),
        (
            "porting:\n  - id: x\n    schedule:\n      ",
            {"on a date", "as soon as possible", "when"},
        ),
        ("numbers:\n  - ", {"a new number", "a new block", "id", "area"}),
    ],
)
def test_completion(text: str, expected: set[str], server: Server) -> None:
    assert expected <= completions(text, server).keys()


def test_an_empty_default_is_not_written_out(server: Server) -> None:
    assert "generation" not in completions("workplaces:\n  - ", server)["password"]
    assert "[]" not in completions("\n", server)["numbers"]


def test_a_port_from_the_list_is_valid_when_taken_as_it_is(server: Server) -> None:
    taken = completions("porting:\n  - ", server)["a port at the contract's end"]
    chosen = re.sub(r"\$\{\d+\|([^,|]*)[^}]*\}", r"\1", taken)
    port = re.sub(r"\$\{\d+:([^}]*)\}", r"\1", chosen)
    contact = SCHMIEDEISEN.partition("numbers: #")[0]
    workplaces = "workplaces:\n  - {login: a.b, license: phones}\n"
    text = f"{contact}porting:\n  - {port.replace(chr(10), chr(10) + '  ')}\n{workplaces}"
    assert server.diagnostics(server.open(text)) == []
    assert load_manifest(text.encode(), "x.yaml").value.porting[0].id == "haupt"
