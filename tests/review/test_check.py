"""What a merge request would give, in real repositories: by the tip's settings, of the result."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from repositories import REVIEWED, Clone, Content
from repositories import manifest as written

from provisioner.codes import Severity
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.writing.formatter import format_text
from provisioner.operations import Checked, check

SCHMIEDE, MUEHLE, NEU = (
    "customers/limmat/schmiede.yaml",
    "customers/aare/muehle.yaml",
    "customers/limmat/neu.yaml",
)
LIMMAT, STAFF, STRANGER = 9001, 10, 666


def manifest(login: str = "empfang", company: str = "Schmiedeisen AG") -> str:
    """In house style."""
    return format_text(written(login, company))


BAD = manifest("neu.tel").replace("postcode: 8400", "postcode: 84")
"""A manifest with an error, in house style."""


@dataclass
class Request:
    clone: Clone

    def of(
        self,
        edit: Mapping[str, Content],
        account: int | None = LIMMAT,
        *,
        meanwhile: Mapping[str, Content] | None = None,
    ) -> Checked:
        """A request with one commit, opened before ``meanwhile`` came to the protected branch."""
        clone = self.clone
        clone.git("checkout", "--quiet", "-B", "request", "main")
        clone.commit(edit)
        clone.git("checkout", "--quiet", "main")
        if meanwhile:
            clone.commit(meanwhile)
        return check(clone.path, "request", "main", account)


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    clone = Clone(tmp_path / "clone")
    clone.workspace()
    clone.commit({"provision.yaml": REVIEWED})
    return Request(clone)


def codes(found: tuple[Diagnostic, ...]) -> list[str]:
    """But for advice: what would be good to have."""
    return sorted(d.code for d in found if d.severity is not Severity.ADVICE)


def ends(checked: Checked) -> int:
    return 3 if checked.blocked else int(checked.faulty)


def test_a_good_request_is_clean(request_: Request) -> None:
    made = request_.of({NEU: manifest("neu.tel")})
    assert (codes(made.counting), made.standing, ends(made)) == ([], (), 0)
    assert [*map(str, made.customers)] == ["neu"]
    assert [change.path for change in made.changes] == [NEU]
    assert made.author is not None
    assert made.author.reseller == "limmat"
    assert {NEU, SCHMIEDE, MUEHLE} < set(made.result.files)
    assert made.workspace is not None
    assert sorted(map(str, made.workspace.entries)) == ["muehle", "neu", "schmiede"]


def test_no_file_of_the_folder_is_looked_at(request_: Request) -> None:
    (request_.clone.path / SCHMIEDE).write_text("broken: [")
    (request_.clone.path / "provision.yaml").unlink()
    assert check(request_.clone.path, "main", "main", LIMMAT).counting == ()


def test_an_error_stands_on_its_line(request_: Request) -> None:
    made = request_.of({NEU: BAD})
    (found,) = (d for d in made.counting if d.severity is Severity.ERROR)
    assert (str(found.place), found.customer) == (f"{NEU}:5:13", "neu")
    assert ends(made) == 1


def test_a_conflict_is_a_finding_at_its_file(request_: Request) -> None:
    edit = {SCHMIEDE: manifest(company="Schmiede A"), NEU: BAD}
    made = request_.of(edit, meanwhile={SCHMIEDE: manifest(company="Schmiede B")})
    errors = [d for d in made.findings if d.severity is Severity.ERROR]
    assert [d.place.file for d in errors if d.place] == [NEU, SCHMIEDE]
    assert errors[1].code == "PV704"
    assert made.conflicts == (SCHMIEDE,)
    assert ends(made) == 1


def test_the_result_is_validated_and_not_the_head(request_: Request) -> None:
    """Both are good alone; the login came to the protected branch after the branch was made."""
    made = request_.of({NEU: manifest("neu.tel")}, meanwhile={MUEHLE: manifest("neu.tel")})
    assert codes(made.findings) == ["PV407"]
    assert codes(made.elsewhere) == ["PV407"]
    assert ends(made) == 3


def test_what_others_mended_meanwhile_is_mended(request_: Request) -> None:
    request_.clone.commit({MUEHLE: BAD})
    made = request_.of({NEU: manifest("neu.x")}, meanwhile={MUEHLE: manifest("telefon")})
    assert (codes(made.counting), made.standing) == ([], ())


def test_a_broken_file_of_another_stops_its_customer_alone(request_: Request) -> None:
    request_.clone.commit({MUEHLE: "version: [\n"})
    made = request_.of({NEU: manifest("neu.tel")})
    assert (codes(made.counting), ends(made)) == ([], 0)
    assert [d.customer for d in made.standing] == ["muehle"]
    assert made.workspace is not None
    assert [*map(str, made.workspace.broken)] == ["muehle"]


def test_whoever_breaks_a_file_answers_for_it(request_: Request) -> None:
    request_.clone.commit({SCHMIEDE: "version: [\n"})
    assert ends(request_.of({SCHMIEDE: "version: [1\n"})) == 1


def test_an_error_that_comes_up_elsewhere_counts(request_: Request) -> None:
    """Settings that no longer fit: nothing of the manifest itself has changed."""
    emptied = REVIEWED.replace("stock: [0525551]", "stock: [0445551]")
    made = request_.of({"provision.yaml": emptied}, STAFF)
    assert {d.customer for d in made.elsewhere} == {"muehle", "schmiede"}
    assert made.standing == ()
    assert ends(made) != 0


def test_settings_of_the_request_do_not_judge_it(request_: Request) -> None:
    """It names its author as staff, and itself as the owner of another's folder."""
    mine = REVIEWED.replace("github: 10,", "github: 9001,").replace("github: [9001], ", "")
    made = request_.of({"provision.yaml": mine, MUEHLE: manifest("telefon", "Meine AG")})
    assert codes(made.findings)[:2] == ["PV711", "PV714"]
    assert ends(made) == 3
    stranger = REVIEWED.replace("[9001]", "[9001, 666]")
    made = request_.of({"provision.yaml": stranger, NEU: manifest("neu.tel")}, STRANGER)
    assert codes(made.findings) == ["PV716", "PV718"]


def test_the_settings_of_a_reseller_are_not_even_read(request_: Request) -> None:
    made = request_.of({"provision.yaml": "version: [\n"})
    assert codes(made.findings) == ["PV714"]
    assert made.workspace is not None


def test_settings_that_staff_change_are_validated_too(request_: Request) -> None:
    made = request_.of({"provision.yaml": REVIEWED.replace("[9002]", "[9001]")}, STAFF)
    assert codes(made.findings) == ["PV156", "PV718"]
    assert ends(made) == 1


def test_staff_add_a_reseller_with_its_first_customer(request_: Request) -> None:
    more = REVIEWED.rstrip("\n") + "\n  neu: {name: Neu AG}\n"
    made = request_.of({"provision.yaml": more, "customers/neu/a.yaml": manifest("a")}, STAFF)
    assert "PV715" in codes(made.findings)


def test_ownership_end_to_end(request_: Request) -> None:
    made = request_.of({MUEHLE: manifest("telefon", "Fremde AG"), "CODEOWNERS": "* @me\n"})
    assert codes(made.findings) == ["PV711", "PV714"]
    assert ends(made) == 3
    request_.clone.git("checkout", "--quiet", "-B", "request", "main")
    request_.clone.git("mv", MUEHLE, "customers/limmat/muehle.yaml")
    request_.clone.commit()
    made = check(request_.clone.path, "request", "main", LIMMAT)
    assert codes(made.findings) == ["PV712"]
    made = check(request_.clone.path, "request", "main", None)
    assert (codes(made.findings), ends(made)) == (["PV719"], 0)


def test_attributes_stop_the_folder_and_are_named_once(request_: Request) -> None:
    made = request_.of({"customers/limmat/.gitattributes": "*.yaml -diff\n"})
    assert codes(made.findings) == ["PV709"]
    assert [(d.code, d.customer) for d in made.elsewhere] == [("PV709", "schmiede")]
    assert ends(made) == 3


def test_a_link_is_refused_and_never_followed(request_: Request) -> None:
    (request_.clone.path / NEU).symlink_to("../../provision.yaml")
    made = request_.of({})
    assert codes(made.findings) == ["PV707"]
    assert ends(made) == 3


def test_a_customer_of_another_reseller(request_: Request) -> None:
    made = request_.of({"customers/limmat/muehle.yaml": manifest("neu.tel")})
    assert codes(made.findings) == ["PV404", "PV717"]
    assert codes(made.elsewhere) == ["PV404"]
    made = request_.of({NEU: manifest("neu.tel") + "was: muehle\n"})
    assert "PV717" in codes(made.findings)
    assert ends(made) == 3


def test_style_counts_in_what_changes_alone(request_: Request) -> None:
    odd = manifest("neu.tel").replace("version: 1", "version:   1")
    request_.clone.commit({MUEHLE: odd.replace("neu.tel", "telefon")})
    made = request_.of({NEU: odd})
    (found,) = (d for d in made.findings if d.severity is not Severity.ADVICE)
    assert (found.code, found.place and found.place.file) == ("PV718", NEU)
    assert ends(made) == 1


def test_whose_removal_or_adoption_staff_permit_is_planned_too(request_: Request) -> None:
    entry = "  - {what: muehle/customer, why: Closed, until: 2027-01-31}\n"
    made = request_.of({"removals.yaml": f"version: 1\nremovals:\n{entry}"}, STAFF)
    assert [*map(str, made.customers)] == ["muehle"]
    adopted = "version: 1\nadoptions:\n  - {what: schmiede/all, why: Moved, until: 2027-01-31}\n"
    made = request_.of({"adoptions.yaml": adopted, NEU: manifest("neu.tel")}, STAFF)
    assert sorted(map(str, made.customers)) == ["neu", "schmiede"]
    assert codes(made.counting) == []


def test_a_file_that_one_side_deletes_is_a_conflict_too(request_: Request) -> None:
    made = request_.of({SCHMIEDE: None}, meanwhile={SCHMIEDE: manifest(company="Schmiede B")})
    assert (codes(made.findings), made.conflicts) == (["PV704"], (SCHMIEDE,))
    assert made.findings[0].place
    assert made.findings[0].place.file == SCHMIEDE
    request_.clone.git("reset", "--quiet", "--hard", "HEAD~1")
    clone = request_.clone
    clone.git("checkout", "--quiet", "-B", "request", "main")
    clone.git("rm", "--quiet", SCHMIEDE)
    clone.commit({f"{SCHMIEDE}/a.yaml": "x\n"})
    clone.git("checkout", "--quiet", "main")
    clone.commit({SCHMIEDE: manifest(company="Schmiede B")})
    made = check(clone.path, "request", "main", LIMMAT)
    assert made.faulty
    assert "PV704" in codes(made.findings)
