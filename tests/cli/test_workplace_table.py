"""``provision new --workplaces FILE.csv``: what offices write is read, mistakes have a place."""

from pathlib import Path

import pytest
from cli.conftest import Run

from provisioner.cli.workplace_table import workplaces_of
from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.loader import load_manifest

NEW = (
    "new bad --no-input --reseller limmat-it --company Muster --street Gasse --postcode 3011"
    " --city Bern --person Egli --email a@muster.example --phone 0315550177"
    " --port-number 0315552140 --contract-ends-on 2027-02-28 --signatory Egli"
)
PLAIN = "name;use;number\nZoë Łęcki;;\nFax;fax;031 555 21 40\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Name;Verwendung;Rufnummer\r\nJürg Müller;;\r\nFax, Büro;Fax;031 555 21 40\r\n", "cp1252"),
        ('\ufeffNuméro,Nom,Usage\n,Jürg Müller,\n0315552140,"Fax, Büro",télécopieur\n', "utf8"),
        ('Nome\tNumero\tUso\rJürg Müller\t\t\r"Fax, Büro"\t+41 31 555 21 40\tfax\r', "utf-16"),
        ('sep=|\n"NAME"|"use"|"number"\n\nJürg  Müller\n"Fax,\nBüro"|"fax"|0315552140\n', "utf8"),
    ],
)  # fmt: skip
def test_forms_of_an_office_say_the_same(
    text: str, encoding: str, run: Run, workspace: Path
) -> None:
    (workspace / "team.csv").write_bytes(text.encode(encoding))
    done = run(f"{NEW} --workplaces team.csv")
    assert done.returncode == 0, done.stderr
    file = workspace / "customers/limmat-it/bad.yaml"
    person, fax = load_manifest(file.read_bytes(), "x").value.workplaces
    assert (person.name, str(person.login), person.number) == ("Jürg Müller", "juerg.mueller", None)
    assert (fax.name, fax.use, str(fax.number)) == ("Fax, Büro", "fax", "0315552140")


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("name;lizenze\nA B;\n", [("PV475", "1:2", "lizenz")]),
        ("name;Nom\nA B;\n", [("PV476", "1:2", "Nom")]),
        ("use;number\nfax;\n", [("PV477", "1:1", "name")]),
        ("name;use\nMüller; Anna;desk\n", [("PV478", "2:3", "3 cells")]),
        ('name;use\n"Müller;desk\n', [("PV035", "2:1", "CSV")]),
        ("PK\x03\x04", [("PV035", "1:1", "CSV")]),
        ("name;use\n\n", [("PV036", "1:1", "no rows")]),
        ("name;intern\nA B;20\nC D;20\n", [("PV237", "3:2", "20")]),
        (
            "use;name;license;login;number\nfaxx;A B;;;\n;C D;phone+aps;c d;0315559999\n;;;x.y;\n",
            [
                ("PV104", "2:1", "fax"),
                ("PV104", "3:3", "phones+apps"),
                ("PV206", "3:4", "c.d"),
                ("PV464", "3:5", "0315552140"),
                ("PV109", "4:2", ""),
            ],
        ),
    ],
)
def test_every_mistake_has_its_place_and_nothing_is_written(
    text: str, findings: list[tuple[str, str, str]], run: Run, workspace: Path
) -> None:
    (workspace / "team.csv").write_text(text, "utf-8", newline="")
    done = run(f"{NEW} --workplaces team.csv", COLUMNS="120")
    told = done.stderr.decode()
    assert done.returncode == 3
    assert not (workspace / "customers/limmat-it/bad.yaml").exists()
    for code, place, said in findings:
        assert code in told, told
        assert f"team.csv:{place}" in told, told
        assert said in told, told
    assert told.count("-->") == len(findings), told


def test_a_file_that_is_not_there(run: Run) -> None:
    done = run(f"{NEW} --workplaces nothing.csv")
    assert (done.returncode, b"PV020" in done.stderr) == (64, True)


def test_a_column_in_any_order(tmp_path: Path) -> None:
    file = tmp_path / "team.csv"
    file.write_text(PLAIN, "utf-8")
    first, second = workplaces_of(str(file))
    assert first.cells == {"name": "Zoë Łęcki"}
    assert (second.line, str(second.place("number"))) == (3, "team.csv:3:3")
    file.write_bytes(b"name\n" + b"x" * 1024 * 1024)
    with pytest.raises(Exception, match="PV032") as caught:
        workplaces_of(str(file))
    assert not isinstance(caught.value, InputError)
