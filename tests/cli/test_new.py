"""``provision new``: from answers to a manifest that validates, and never over another one."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.conftest import command, environment

from provisioner.cli.asking import proposed, reads
from provisioner.cli.group import main
from provisioner.errors import ProvisionError
from provisioner.manifest import models
from provisioner.manifest.loader import load_manifest
from provisioner.manifest.logins import propose_customer, propose_login
from provisioner.manifest.repository import load_workspace
from provisioner.manifest.writing.formatter import format_text
from provisioner.telephony.numbers import E164

CONTACT = {
    "--company": "Bäckerei Süss GmbH",
    "--street": "Mühleweg 4",
    "--postcode": "3011",
    "--city": "Bern",
    "--person": "Zoë Łęcki-Müller",
    "--email": "buero@suess.example",
    "--phone": "0315550177",
}
PORT = ["--port-number", "0315552140", "--contract-ends-on", "2027-02-28"]
PORT += ["--signatory", "Zoë Łęcki-Müller"]

New = Callable[..., tuple[int, str, str]]


@pytest.fixture
def new(workspace: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> New:
    """``new("--workplace", "Fax,use=fax", phone="…")``: exit code, output, errors."""
    monkeypatch.chdir(workspace)
    monkeypatch.delenv("PROVISION_LANG", raising=False)
    monkeypatch.setenv("LC_ALL", "C")
    config = workspace / "provision.yaml"
    text = config.read_text("utf-8")
    config.write_text(re.sub(r"  bergnetz-telecom:\n(    .*\n)+", "", text), "utf-8")

    def call(*options: str, **changed: str | None) -> tuple[int, str, str]:
        answers = {**CONTACT, **{f"--{name}": value for name, value in changed.items()}}
        given = [part for name, value in answers.items() if value for part in (name, value)]
        code = main(["new", "--no-input", *given, *options])
        found = capfd.readouterr()
        return code, found.out, found.err

    return call


def written(workspace: Path, customer: str = "baeckerei-suess") -> str:
    return (workspace / f"customers/limmat-it/{customer}.yaml").read_text("utf-8")


def test_the_least_that_is_needed(new: New, workspace: Path) -> None:
    code, out, err = new("--workplace", "Zoë Łęcki-Müller")
    assert (code, err) == (0, "")
    assert "customers/limmat-it/baeckerei-suess.yaml" in out
    assert "provision plan baeckerei-suess" in out
    text = written(workspace)
    assert text.startswith("# yaml-language-server: $schema=../../schemas/customer.schema.json\n")
    assert format_text(text) == text
    manifest = load_manifest(text.encode(), "x").value
    assert str(manifest.workplaces[0].login) == "zoe.lecki.mueller"
    assert str(manifest.support_login.login) == "baeckerei.suess.support"  # type: ignore[union-attr]
    assert not load_workspace(workspace).faulty


def test_everything_by_options(new: New, workspace: Path) -> None:
    options = [*PORT, "--port-block", "03155523", "--provider", "unbekannt", "--internet"]
    options += ["--new-number", "031", "--new-block", "044:100", "--activate-from", "2026-12-10"]
    options += ["--other-service", "Mobile", "--authority", "collective", "--signatory", "Ann Egli"]
    options += ["--workplace", "Zoë Łęcki-Müller", "--workplace", "Fax,use=fax,number=ddi/7"]
    options += ["--workplace", "Laden,number=0315552344,extension=10,login=laden.bern"]
    assert new(*options, "--support-login", "-")[0] == 0
    manifest = load_manifest(written(workspace).encode(), "x").value
    port = manifest.porting[0]
    assert (port.provider, port.scope, port.internet_on_contract) == ("unknown", "partial", True)
    assert port.schedule.when == "contract_end"
    assert port.signature.signatories == ("Zoë Łęcki-Müller", "Ann Egli")
    assert [n.size for n in manifest.numbers] == [1, 100]
    person, fax, shop = manifest.workplaces
    assert str(person.number) == "0315552140"
    assert (str(fax.login), fax.license, fax.number.line) == ("fax.baeckerei", "phones", 7)  # type: ignore[union-attr]
    assert (str(shop.login), str(shop.number), shop.extension) == ("laden.bern", "0315552344", "10")
    assert manifest.support_login is None
    assert not load_workspace(workspace).faulty


def test_answers_as_people_type_them(new: New, workspace: Path) -> None:
    options = [*PORT, "--port-block", "03155523xx", "--provider", "-"]
    options += ["--scope", "Teilportierung", "--authority", "Einzelunterschrift"]
    options += [
        "--when",
        "Vertragsende",
        "--workplace",
        "Lift,use=Aufzug,license=Telefongeräte,number=-",
    ]
    options += ["--workplace", "101,number=0315552344", "--workplace", "Zentrale,number=03155523"]
    code, _, err = new(*options, phone="+4232371234", postcode="9490", city="Vaduz")
    assert code == 0, err
    manifest = load_manifest(written(workspace).encode(), "x").value
    assert (str(manifest.contact.phone), manifest.contact.postcode) == ("+4232371234", "9490")
    assert manifest.porting[0].provider == "unknown"
    assert [str(b) for b in manifest.porting[0].blocks] == ["03155523xx"]
    assert manifest.porting[0].scope == "partial"
    lift, *others = manifest.workplaces
    assert (lift.use, lift.license, lift.number) == ("lift", "phones", None)
    assert [str(w.number) for w in others] == ["0315552344", "03155523xx"]
    assert others[0].name == "101"
    assert not load_workspace(workspace).faulty


def test_other_spellings_are_understood(new: New, workspace: Path) -> None:
    options = ["--port-number", "+41 31 555 21 40", "--port-number", "031/555 21 41"]
    options += [
        "--contract-ends-on",
        "28.2.2027",
        "--signatory",
        "Zoë Łęcki",
        "--port-time",
        "9.30",
    ]
    options += ["--workplace", "Fax,use=Fax,license=PHONES,number=031 555 21 41"]
    options += ["--new-block", "31: 10", "--billing-from", "1.1.2027"]
    code, _, err = new(*options, phone="031 555 01 77", postcode="3011 Bern", city=None)
    assert (code, err) == (0, "")
    manifest = load_manifest(written(workspace).encode(), "x").value
    port = manifest.porting[0]
    assert [str(number) for number in port.numbers] == ["0315552140", "0315552141"]
    assert (str(port.schedule.contract_ends_on), str(port.schedule.time)) == (
        "2027-02-28",
        "09:30:00",
    )
    assert (manifest.contact.postcode, manifest.contact.city) == ("3011", "Bern")
    assert (manifest.workplaces[0].license, str(manifest.workplaces[0].number)) == (
        "phones",
        "0315552141",
    )
    assert (manifest.numbers[0].area, manifest.numbers[0].block) == ("031", 10)


@pytest.mark.parametrize("company", ["Taxi #1 AG", "No: 1 AG", "- AG -", "'s Lädeli", "2024"])
def test_a_name_that_yaml_would_read_otherwise_is_written_so_that_it_stays(
    company: str, new: New, workspace: Path
) -> None:
    assert new("kunde", "--workplace", "Laden", company=company)[0] == 0
    manifest = load_manifest(written(workspace, "kunde").encode(), "x").value
    assert manifest.contact.company == company


def test_missing_answers_are_named_all_at_once(new: New, workspace: Path) -> None:
    code, _, err = new(phone=None, company=None)
    assert code == 3
    assert "PV462" in err
    for name in ("--company", "--phone", "--workplace"):
        assert name in err
    assert "--street" not in err
    assert [p.name for p in (workspace / "customers/limmat-it").iterdir()] == ["velo-werk.yaml"]


@pytest.mark.parametrize(("port", "code"), [("0315559100", "PV405"), ("0315559150", "PV406")])
def test_a_number_that_another_customer_holds_is_refused(
    port: str, code: str, new: New, workspace: Path
) -> None:
    """Also one that it had before, which no port and no stock names."""
    file = next((workspace / "customers").rglob("velo-werk.yaml"))
    one = '  - {id: alt, held: "0315559100"}\n'
    block = '  - {id: mehr, held: "031555915"}\n'
    before = file.read_text("utf-8")
    assert "\nnumbers:" in before
    after = re.sub(r"\nnumbers:.*\n", lambda found: found[0] + one + block, before, count=1)
    file.write_text(after, "utf-8")
    exit_code, _, err = new(*PORT, "--port-number", port, "--workplace", "Laden")
    assert (exit_code, code in err) == (3, True), err


@pytest.mark.parametrize(
    ("options", "changed", "code"),
    [
        ((), {"phone": "031 555"}, "PV207"),
        ((), {"postcode": "30111"}, "PV116"),
        ((), {"email": "nobody"}, "PV112"),
        ((), {"company": "-"}, "PV131"),
        ((), {"street": "n/a"}, "PV131"),
        ((), {"person": "x"}, "PV133"),
        ((), {"city": "031 555 01 77"}, "PV138"),
        ((), {"company": "Laden 😀"}, "PV139"),
        ((), {"uid": "CHE-000.000.000"}, "PV113"),
        ((*PORT, "--signatory", "x"), {}, "PV133"),
        ((*PORT, "--provider", "0315550177"), {}, "PV138"),
        ((*PORT, "--port-number", "03155523xx"), {}, "PV141"),
        ((*PORT, "--port-block", "031 555 23 44"), {}, "PV142"),
        ((*PORT, "--port-block", "031 555 23 00 – 39"), {}, "PV143"),
        ((), {"billing-from": "31.2.2027"}, "PV107"),
        (("--workplace", "Fax,used=fax"), {}, "PV463"),
        (("--workplace", "Fax,number=0315559999"), {}, "PV464"),
        (("--workplace", "Laden,login=laden.velowerk"), {}, "PV407"),
        (("--new-number", "099"), {}, "PV104"),
        (("--new-block", "031:50"), {}, "PV104"),
        ((*PORT, "--port-number", "031 555 21 4"), {}, "PV201"),
        (("--workplace", "Fax,use=faxx"), {}, "PV104"),
        (("--workplace", "Fax,extension=1"), {}, "PV118"),
        ((*PORT, "--port-number", "0315557001"), {}, "PV408"),
        ((*PORT, "--authority", "collective"), {}, "PV210"),
        ((*PORT, "--when", "date", "--port-date", "2027-03-06"), {}, "PV217"),
        ((*PORT, "--port-time", "22:00"), {}, "PV228"),
        ((*PORT, "--port-number", "0315552140"), {}, "PV212"),
        ((*PORT, "--when", "asap"), {}, "PV226"),
    ],
)
def test_a_wrong_option_is_the_same_coded_error(
    options: tuple[str, ...], changed: dict[str, str], code: str, new: New, workspace: Path
) -> None:
    place = () if any("--workplace" in o for o in options) else ("--workplace", "Laden")
    exit_code, _, err = new(*options, *place, **changed)
    assert exit_code == 3
    assert code in err
    assert "Traceback" not in err
    assert len(list((workspace / "customers").rglob("*.yaml"))) == 1


def test_a_block_that_no_stock_can_hold_is_refused_at_once(new: New, workspace: Path) -> None:
    config = workspace / "provision.yaml"
    config.write_text(config.read_text().replace('"0315557"', '"031555700"'))
    exit_code, _, err = new("--new-block", "031:100", "--workplace", "Laden")
    assert (exit_code, "PV299" in err) == (3, True), err


def test_a_finding_on_personal_data_does_not_repeat_it(new: New) -> None:
    _, out, err = new("--workplace", "Laden", phone="031 555 99", email="geheim@")
    assert "555" not in out + err
    assert "geheim" not in out + err


def test_an_existing_customer_is_never_overwritten(new: New, workspace: Path) -> None:
    assert new("--workplace", "Laden")[0] == 0
    before = written(workspace)
    code, _, err = new("baeckerei-suess", "--workplace", "Theke")
    assert code == 3
    assert "PV460" in err
    assert written(workspace) == before
    assert new("--workplace", "Theke")[0] == 0, "without an id the next free one is proposed"
    assert "login: theke.baeckerei" in written(workspace, "baeckerei-suess-2")


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    from provisioner.cli.files import create
    from provisioner.errors import PolicyError

    (tmp_path / "a.yaml").write_text("mine")
    with pytest.raises(PolicyError, match="PV460"):
        create(tmp_path / "a.yaml", b"other", "a.yaml")
    assert (tmp_path / "a.yaml").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["a.yaml"]


def test_without_a_terminal_nothing_is_asked(workspace: Path) -> None:
    done = subprocess.run(
        command("new --reseller limmat-it --company Muster"),
        cwd=workspace,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 3
    assert b"PV462" in done.stderr


def test_an_unknown_reseller(new: New) -> None:
    code, _, err = new("--reseller", "nobody", "--workplace", "Laden")
    assert (code, "PV403" in err, "Known resellers: limmat-it" in err) == (3, True, True)
    code, _, err = new("--reseller", "limat-it", "--workplace", "Laden")
    assert (code, "Did you mean limmat-it?" in err) == (3, True)


@pytest.mark.parametrize(
    ("field", "typed", "proposal"),
    [
        (("Subscription", "billing_from"), "1.3.2027", "2027-03-01"),
        (("Subscription", "billing_from"), "30.2.2027", ""),
        (("Schedule", "time"), "9.30", "09:30"),
        (("Schedule", "time"), "9 Uhr", "09:00"),
        (("Schedule", "time"), "9.30 h", "09:30"),
        (("Schedule", "time"), '"9:00"', "09:00"),
        (("Schedule", "time"), "9", ""),
        (("Contact", "phone"), "+41 31 555 01 77", "0315550177"),
        (("Contact", "phone"), "+423 237 12 34", "+4232371234"),
        (("Contact", "email"), "info@müller.example", "info@xn--mller-kva.example"),
        (("Contact", "email"), "mailto:info@a.example", "info@a.example"),
        (("Contact", "uid"), "CHE-107.787.577 MWST", "CHE-107.787.577"),
        (("Contact", "postcode"), "LI-9490", "9490"),
        (("Porting", "provider"), "keine Ahnung", "unknown"),
        (("Workplace", "login"), "Łukasz Müller", "lukasz.mueller"),
        (("Contact", "phone"), "0525551200, 0525551201", ""),
    ],
)
def test_a_misspelled_answer_is_proposed_as_it_was_meant(
    field: tuple[str, str], typed: str, proposal: str
) -> None:
    read = reads(getattr(models, field[0]), field[1])
    with pytest.raises(ProvisionError) as caught:
        read(typed)
    assert proposed(typed, caught.value, read) == proposal


def test_all_numbers_of_a_list_are_mended_at_once() -> None:
    def read(text: str) -> str:
        for part in text.split(", "):
            E164.parse(part)
        return text

    typed = "052 555 12 00, 052 555 12 01"
    with pytest.raises(ProvisionError) as caught:
        read(typed)
    assert proposed(typed, caught.value, read) == "0525551200, 0525551201"


@pytest.mark.parametrize(
    ("name", "login"),
    [
        ("Petra Huber", "petra.huber"),
        ("Jürg Müller", "juerg.mueller"),
        ("Zoë Łęcki", "zoe.lecki"),
        ("Søren Kjær", "soeren.kjaer"),
        ("André D’Arcy", "andre.darcy"),
        ("Anna-Lena Gross", "anna.lena.gross"),
        ("Strauß", "strauss.firma"),
        ("Fax", "fax.firma"),
        ("  ", "firma"),
        ("ÄÖÜ", "aeoeue.firma"),
        ("Ñandú Ço", "nandu.co"),
        ("a\u0308b c", "aeb.c"),
    ],
)
def test_proposed_logins(name: str, login: str) -> None:
    assert propose_login(name, set(), suffix="firma-west") == login


def test_a_login_that_is_taken_gets_a_number() -> None:
    taken = {"petra.huber", "petra.huber2"}
    assert propose_login("Petra Huber", taken) == "petra.huber3"
    long = "x" * 60
    assert propose_login(long, {"x" * 48}) == "x" * 47 + "2"


@pytest.mark.parametrize(
    ("company", "customer"),
    [
        ("Schmiedeisen AG", "schmiedeisen"),
        ("Bäckerei Süss GmbH", "baeckerei-suess"),
        ("Café Sonne, Inhaberin L. Meier", "cafe-sonne"),
        ("Müller & Söhne Sàrl", "mueller-soehne"),
        ("AG", "ag"),
        ("3 A", "3-a"),
        (
            "Ein sehr langer Name einer sehr langen Firma AG",
            "ein-sehr-langer-name-einer-sehr-langen-f",
        ),
    ],
)
def test_proposed_ids(company: str, customer: str) -> None:
    assert propose_customer(company, set()) == customer
    assert propose_customer(company, {customer}).endswith("-2")
