"""``provision edit``: many manifests in one go, all of them or none."""

import difflib
import errno
import os
import shutil
from pathlib import Path

import pytest
from cli.conftest import ROOT, Run
from cli.test_terminal import Terminal

LINDENHOF = "customers/limmat-it/pension-lindenhof.yaml"
SCHMIEDEISEN = "customers/bergnetz-telecom/schmiedeisen.yaml"
VELO = "customers/limmat-it/velo-werk.yaml"
EVERYBODY = "--where customer=*"
ALL = f"edit {EVERYBODY}"


@pytest.fixture
def fleet(workspace: Path) -> Path:
    shutil.copytree(ROOT / "customers", workspace / "customers", dirs_exist_ok=True)
    return workspace


def texts(folder: Path) -> dict[str, str]:
    """Every file there, hidden ones too."""
    found = (path for path in (folder / "customers").rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(found)}


def changed(before: str, after: str) -> list[str]:
    """The lines that went and came."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_only_what_was_meant_is_another(fleet: Path, run: Run) -> None:
    before = texts(fleet)
    ran = run(f"{ALL} --set workplaces[use=workshop].license=phones+apps --yes")
    assert ran.returncode == 0, ran.stderr
    after = texts(fleet)
    assert changed(before[SCHMIEDEISEN], after[SCHMIEDEISEN]) == [
        "-     license: phones # no computer and no mobile: the app would cost for nothing",
        "+     license: phones+apps # no computer and no mobile: the app would cost for nothing",
    ]
    assert [name for name in before if before[name] != after[name]] == [
        "customers/bergnetz-telecom/garage-alpenblick.yaml",
        SCHMIEDEISEN,
    ]
    said = ran.stdout.decode()
    assert "--- a/customers/bergnetz-telecom/garage-alpenblick.yaml" in said
    assert "2 manifests would change, 5 stay as they are." in said
    assert "2 manifests written." in said
    again = run(f"{ALL} --set workplaces[use=workshop].license=phones+apps --yes")
    assert (again.returncode, texts(fleet)) == (0, after), "the same again changes nothing"
    assert b"Nothing to change: 7 manifests fit" in again.stdout


def test_fields_that_are_new_or_go_or_have_their_default(fleet: Path, run: Run) -> None:
    before = texts(fleet)
    ran = run(
        "edit --where reseller=limmat-* --where workplaces[*].use=desk"
        " --set support_login.login=velo.support --where numbers[id=laden].area=031"
        " --set workplaces[*].use=desk --set workplaces[*].number.stock=reserve"
        " --set acknowledged=[{code:PV235,reason:Known}] --unset contact.uid --yes"
    )
    assert ran.returncode == 3, "YAML wants a blank behind a colon"
    assert b"--set:1:" in ran.stderr
    ran = run(
        "edit --where reseller=limmat-* --where workplaces[*].use=desk"
        " --set support_login.login=velo.support --where numbers[id=laden].area=031"
        " --set workplaces[*].use=desk --set workplaces[*].number.stock=reserve"
        ' --set acknowledged=[{"code":"PV235","reason":"Known"}] --unset contact.uid --yes'
    )
    assert ran.returncode == 0, ran.stderr
    after = texts(fleet)
    assert {name for name in before if before[name] != after[name]} == {VELO}
    assert changed(before[VELO], after[VELO]) == [
        "-   - {login: laden.velowerk, license: phones+apps, number: {stock: laden}}",
        "+   - {login: laden.velowerk, license: phones+apps, number: {stock: reserve}}",
        "+ support_login: {login: velo.support}",
        "+ acknowledged: [{code: PV235, reason: Known}]",
    ]
    ran = run("edit --where customer=kanzlei-* --unset contact.uid --yes")
    gone = changed(
        before[(name := f"{Path(SCHMIEDEISEN).parent}/kanzlei-seeblick.yaml")], texts(fleet)[name]
    )
    assert gone == ["-   uid: CHE-401.133.551"]


def test_a_group_that_is_not_written_begins_with_its_default(run: Run, workspace: Path) -> None:
    ran = run("edit --where customer=velo-werk --set workplaces[*].password.generation=2 --yes")
    assert ran.returncode == 0, ran.stderr
    said = (workspace / VELO).read_text("utf-8")
    assert "number: {stock: laden}, password: {generate: true, generation: 2}}" in said


@pytest.mark.usefixtures("fleet")
def test_numbers_are_understood_as_in_a_manifest(run: Run) -> None:
    ran = run(
        "edit --where workplaces[*].number=+41715551601 --set contact.phone=+41715550163 --yes"
    )
    assert b'+  phone: "0715550163"' in ran.stdout, ran.stderr
    assert "1 manifest would change, 0 stay" in ran.stdout.decode()


def test_nothing_is_written_without_a_yes(fleet: Path, run: Run) -> None:
    before = texts(fleet)
    asked = f"{ALL} --set workplaces[use=fax].license=phones+apps"
    looked = run(f"{asked} --dry-run")
    assert looked.returncode == 0
    assert b"3 manifests would change, 4 stay as they are." in looked.stdout
    nobody = run(asked)
    assert nobody.returncode == 3
    assert nobody.stdout == looked.stdout
    assert b"PV164" in nobody.stderr
    terminal = Terminal(fleet, "edit --where customer=velo-werk --set contact.city=Thun")
    terminal.until("Type yes")
    terminal.type("no\n")
    assert (terminal.end(), "Nothing was written." in terminal.seen) == (1, True)
    assert texts(fleet) == before


def test_what_was_saved_while_the_question_stood_is_kept(fleet: Path) -> None:
    before = texts(fleet)
    terminal = Terminal(fleet, "edit --where customer=velo-werk --set contact.city=Thun --lang de")
    terminal.until("ja eingeben")
    saved = before[VELO] + "# saved while the question stood\n"
    (fleet / VELO).write_text(saved, "utf-8")
    terminal.type("ja\n")
    assert terminal.end() == 3
    assert "PV165" in terminal.seen
    assert texts(fleet)[VELO] == saved


@pytest.mark.parametrize(
    ("change", "code", "shown"),
    [
        ("--set workplaces[*].license=phonse", "PV104", "Did you mean phones?"),
        ("--set workplaces[*].login=one.login", "PV407", "7 manifests would be wrong"),
        ("--unset contact.phone", "PV101", "7 manifests would be wrong"),
        ("--set contact.city=Z\u200b", "PV003", "--set:1:2"),
        ("--set subscription.billing_from=31.2.2027", "PV107", "7 manifests"),
    ],
)
def test_what_would_be_wrong_is_not_written(
    fleet: Path, run: Run, change: str, code: str, shown: str
) -> None:
    before = texts(fleet)
    ran = run(f"{ALL} {change} --yes")
    assert ran.returncode == 3
    assert ran.stdout == b""
    assert code in (said := ran.stderr.decode())
    assert shown in said
    assert texts(fleet) == before


def test_what_is_wrong_already_stops_no_edit(fleet: Path, run: Run) -> None:
    path = fleet / LINDENHOF
    path.write_text(path.read_text("utf-8").replace("scope: full", "scope: fully"), "utf-8")
    (fleet / "customers/limmat-it/other.yaml").write_text(
        (fleet / VELO).read_text("utf-8").replace("license: phones+apps,", "licence: phones+apps,"),
        "utf-8",
    )
    ran = run("edit --where reseller=limmat-it --set workplaces[*].licence=phones --yes")
    assert ran.returncode == 0, ran.stderr
    assert b"1 manifest cannot be read and is left alone" in ran.stderr
    assert "licence: phones," in (fleet / "customers/limmat-it/other.yaml").read_text("utf-8")
    assert "license: phones," in (fleet / VELO).read_text("utf-8")


@pytest.mark.parametrize("at", [1, 3])
def test_a_fault_in_between_takes_back_what_was_written(
    fleet: Path, run: Run, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    before = texts(fleet)
    replace, calls = Path.replace, [0]

    def faulty(self: Path, target: Path) -> Path:
        calls[0] += 1
        if calls[0] == at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", faulty)
    ran = run(f"{ALL} --set contact.city=Thun --yes")
    assert ran.returncode == 1
    assert b"PV461" in ran.stderr
    assert texts(fleet) == before


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("asked", "code", "help_"),
    [
        ("--where reseller=limat-it --set contact.city=Bern", "PV403", "Did you mean limmat-it?"),
        ("--where reseller=x* --set contact.city=Bern", "PV160", "bergnetz-telecom, limmat-it"),
        ("--where customer=velowerk --set contact.city=Bern", "PV160", "Did you mean velo-werk?"),
        ("--where workplaces[*].use=fx --set contact.city=Bern", "PV160", "Did you mean fax?"),
        ("--where contact.email=a@b.example --set contact.city=Bern", "PV160", "••••"),
        ("--where customer=* --set workplaces[use=fx].license=phones", "PV160", "mean fax?"),
        ("--where customer=velo-werk --set porting[*].scope=full", "PV160", "There are: -."),
        (
            "--where reseller=bergnetz-telecom --where workplaces[*].use=lift --unset contact.uid",
            "PV161",
            "reseller=bergnetz-telecom (4), workplaces[*].use=lift (1)",
        ),
    ],
)
def test_what_fits_nothing_says_what_would(run: Run, asked: str, code: str, help_: str) -> None:
    ran = run(f"edit {asked} --yes")
    assert (ran.returncode, ran.stdout) == (3, b"")
    assert code in (said := " ".join(ran.stderr.decode().split()))
    assert help_ in said
    assert "a@b.example" not in said


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (f"{EVERYBODY} --set workplaces[*].licens=phones", "Did you mean workplaces[*].license?"),
        (f"{EVERYBODY} --set license=phones", "Did you mean workplaces[*].license?"),
        (f"{EVERYBODY} --set workplaces.license=phones", "Did you mean workplaces[*].license?"),
        (f"{EVERYBODY} --set contact[*].city=Bern", "Did you mean contact.city?"),
        (
            f"{EVERYBODY} --set workplaces[us=fax].licens=x",
            "Did you mean workplaces[use=fax].license?",
        ),
        (f"{EVERYBODY} --set workplace.licens=x", "Did you mean workplaces[*].license?"),
        (f"{EVERYBODY} --set contact=x", "contact.company"),
        ("--where workplaces[*]=x --unset contact.uid", "There are: workplaces[*].login, "),
        (f"{EVERYBODY} --set switched_off=x", "Did you mean switched_off[*]?"),
        (f"{EVERYBODY} --set contac.city=x", "error[PV162]: Here contac.city names no field"),
        ("--where reseler=limmat-it --unset contact.uid", "Did you mean reseller?"),
        ("--where contact.town=Bern --unset contact.uid", "street, postcode, city"),
        ("--where limmat-it --unset contact.uid", "PV163"),
        (f"{EVERYBODY} --unset workplaces[use=fax]", "PV163"),
        (f"{EVERYBODY} --unset contact..uid", "PV163"),
        (EVERYBODY, "--set or --unset"),
        ("--set contact.city=Bern", "--where customer='*'"),
        (f"{EVERYBODY} --unset contact.uid --yes --dry-run", "do not go together"),
    ],
)
def test_what_is_no_field_ends_with_64(run: Run, asked: str, shown: str) -> None:
    ran = run(f"edit {asked}")
    assert (ran.returncode, ran.stdout) == (64, b"")
    assert shown in " ".join(ran.stderr.decode().split())


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("language", "would", "wrong", "nobody"),
    [
        ("en", "1 manifest would change, 2 stay", "would be wrong", "no terminal to ask"),
        ("de", "1 Manifest würde geändert, 2 bleiben", "wäre falsch", "kein Terminal"),
        ("fr", "1 manifeste changerait, 2 restent", "deviendrait faux", "pas de terminal"),
        ("it", "1 manifest cambierebbe, 2 restano", "diventerebbe sbagliato", "un terminale"),
    ],
)
def test_four_languages(run: Run, language: str, would: str, wrong: str, nobody: str) -> None:
    line = f"edit --where reseller=limmat-it --lang {language} --set workplaces[use=fax]"
    ran = run(f"{line}.license=phones+apps")
    assert would in ran.stdout.decode()
    assert nobody in ran.stderr.decode()
    assert wrong in run(f"{line}.license=no").stderr.decode()
