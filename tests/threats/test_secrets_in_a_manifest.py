"""Somebody writes a password into a manifest, or tries to learn or to use one of others.

That no command says a secret, however it ends, is tried with all of them in ``tests/canary``.
"""

import io
import json
from pathlib import Path

import pytest
from forge.double.server import TOKEN
from repositories import REVIEWED, SETTINGS, Clone, manifest
from review.stage import SCHMIEDE, Stage
from review.stage import manifest as written

from provisioner.cli.group import main
from provisioner.review.showing import Stage as Shown

PASSWORD = "Zq-geheim-4711-xyz"
AT_THE_PHONE = "use: other, "
CLEAR = {
    "as the value": (f"password: {PASSWORD}, ", "PV301"),
    "in a list": (f"password: [{PASSWORD}], ", "PV301"),
    "as if it was sealed": (f'password: {{age: "{PASSWORD}!"}}, ', "PV308"),
    "as a field": (f"password: {{{PASSWORD}: true}}, ", "PV103"),
    "under another name": (f"secret: {PASSWORD}, ", "PV103"),
}


def with_password(text: str, password: str) -> str:
    assert AT_THE_PHONE in text
    return text.replace(AT_THE_PHONE, f"{AT_THE_PHONE}{password}")


@pytest.mark.parametrize("how", CLEAR)
def test_a_password_in_clear_is_told_as_leaked_and_said_by_nobody(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    password, code = CLEAR[how]
    clone = Clone(tmp_path / "clone")
    clone.workspace()
    clone.git("checkout", "--quiet", "-b", "request")
    clone.commit({"customers/limmat/neu.yaml": with_password(manifest("neu"), password)})
    monkeypatch.chdir(clone.path)
    monkeypatch.setenv("PROVISION_LANG", "en")
    summary = tmp_path / "summary.md"
    for form in ("text", "github", "gitlab", "json", "sarif"):
        check = ["ci", "check", "--rev=request", "--base=main", f"--format={form}"]
        assert main([*check, f"--summary={summary}"]) == 1
        said = "".join(capsys.readouterr()) + summary.read_text("utf-8")
        assert code in said
        assert PASSWORD not in said
        assert code != "PV301" or "Treat it as leaked" in said


def test_a_password_in_clear_is_on_no_page_of_the_forge(stage: Stage) -> None:
    """And there is no plan of it that could be approved."""
    text = with_password(written(), f"password: {PASSWORD}, ")
    request = stage.ask({SCHMIEDE: text})
    published = stage.plan(request)
    assert published.shown is not None
    assert published.shown.stage is Shown.BLOCKED
    assert stage.record(request).customers == ()
    stage.approve(request)
    stage.merge(request)
    stage.apply()
    assert stage.live() == []
    world = stage.side.world
    said = [each.body for each in world.comments()]
    said += [f"{issue.title} {issue.body}" for issue in world.issues.values()]
    said += [f"{mark.reference} {mark.output}" for mark in world.marks]
    assert any("PV301" in text for text in said)
    assert not [text for text in said if PASSWORD in text or TOKEN in text]


class Sealing:
    """An operator's workspace whose apply job has a key, and ``provision`` in it."""

    def __init__(
        self, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.path, self.key = path, path.parent / "apply.key"
        self._monkeypatch, self._capsys = monkeypatch, capsys
        monkeypatch.setenv("PROVISION_LANG", "en")
        path.mkdir()
        monkeypatch.chdir(path)
        _, public = self(f"secret keygen --out {self.key}")
        own = f"secrets: {{recipients: [{public.split()[0]}]}}\n"
        self.write({"provision.yaml": SETTINGS + own})

    def __call__(self, line: str, typed: str = "") -> tuple[int, str]:
        self._monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(line.split())
        said = self._capsys.readouterr()
        return code, said.out + said.err

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_text(text, "utf-8")

    def sealed(self, place: str) -> str:
        code, said = self(f"secret seal {place}", f"{PASSWORD}\n")
        assert code == 0, said
        return f'password: {{age: "{said.split()[0]}"}}'


@pytest.fixture
def sealing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Sealing:
    return Sealing(tmp_path / "workspace", monkeypatch, capsys)


PLACES = (
    "muehle workplace telefon",
    "schmiede workplace telefon",
    "muehle workplace empfang",
    "schmiede support_login empfang",
    "schmiede admin empfang",
)


@pytest.mark.parametrize("place", PLACES)
def test_a_sealed_password_of_another_place_is_refused(sealing: Sealing, place: str) -> None:
    """Copied from another customer's manifest, another login or another kind of login: whoever
    copies it can neither use it nor have it set where they can read it."""
    stolen = sealing.sealed(place)
    text = with_password(manifest(), f"{stolen}, ")
    sealing.write({"customers/limmat/schmiede.yaml": text})
    apply = f"apply --at 2026-12-15 --auto-approve --identity {sealing.key}"
    code, said = sealing(apply)
    assert code == 3
    assert "error[PV310]" in said
    assert "refused, nothing was changed" in said
    assert PASSWORD not in said
    own = sealing.sealed("schmiede workplace empfang")
    sealing.write({"customers/limmat/schmiede.yaml": text.replace(stolen, own)})
    code, said = sealing(apply)
    assert code == 0, said
    assert PASSWORD not in said


@pytest.mark.parametrize("role", ["support_login", "admin"])
def test_a_sealed_password_opens_at_its_own_place(sealing: Sealing, role: str) -> None:
    own = sealing.sealed(f"schmiede {role} schmiede.x")
    text = f"{manifest()}{role}: {{login: schmiede.x, {own}}}\n"
    sealing.write({"customers/limmat/schmiede.yaml": text})
    code, said = sealing(f"apply --at 2026-12-15 --auto-approve --identity {sealing.key}")
    assert code == 0, said


def test_an_envelope_that_was_changed_or_sealed_by_nobodys_key_is_refused(
    sealing: Sealing,
) -> None:
    whole = sealing.sealed("schmiede workplace empfang")
    blob = whole.split('"')[1]
    at = len(blob) // 2
    changed = blob[:at] + ("A" if blob[at] != "A" else "B") + blob[at + 1 :]
    text = with_password(manifest(), f"{whole.replace(blob, changed)}, ")
    sealing.write({"customers/limmat/schmiede.yaml": text})
    code, said = sealing(f"apply --at 2026-12-15 --auto-approve --identity {sealing.key}")
    assert code == 3
    assert "error[PV307]" in said


def test_a_changed_password_is_shown_and_nothing_of_it(sealing: Sealing) -> None:
    """By the envelope alone: no hash of a password that somebody could guess against."""
    seen = []
    for _ in range(2):
        own = sealing.sealed("schmiede workplace empfang")
        text = with_password(manifest(), f"{own}, ")
        sealing.write({"customers/limmat/schmiede.yaml": text})
        code, said = sealing("plan --at 2026-12-15 --format json")
        assert code == 0
        assert PASSWORD not in said
        assert own.split('"')[1] not in said
        (customer,) = json.loads(said)["customers"]
        (phone,) = (step for step in customer["steps"] if step["kind"] == "workplace")
        seen.append((phone["action"], phone["effect"], phone["after"]["credential"]))
        sealing(f"apply --at 2026-12-15 --auto-approve --identity {sealing.key}")
    (first, _, was), (second, effect, now) = seen
    assert (first, second, effect) == ("create", "update", "disruptive")
    assert was != now


KEYS = {
    "the key to which passwords are handed over": (
        "limmat: {name: Limmat IT AG,",
        "limmat: {name: Limmat IT AG, recipients: [age1attacker],",
    ),
    "the keys to which passwords are sealed": (
        "resellers:",
        "secrets: {recipients: [age1attacker]}\nresellers:",
    ),
    "the key that proves what was shown": ("AAECAwQF", "BBBBBBBB"),
    "whose account is whose": ("[9001]", "[9001, 9002]"),
}


@pytest.mark.parametrize("what", KEYS)
def test_a_reseller_changes_no_key(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else the passwords that are made from then on would go to whoever changed it."""
    old, new = KEYS[what]
    assert old in REVIEWED
    clone = Clone(tmp_path / "clone")
    clone.workspace()
    clone.commit({"provision.yaml": REVIEWED})
    clone.git("checkout", "--quiet", "-b", "request")
    clone.commit({"provision.yaml": REVIEWED.replace(old, new)})
    monkeypatch.chdir(clone.path)
    assert main("ci check --rev request --base main --author 9001".split()) == 3
    assert "error[PV714]" in capsys.readouterr().out


def test_keys_of_a_request_count_only_once_they_are_merged(stage: Stage) -> None:
    """What it hands over goes to the keys of the protected branch; it is not even planned."""
    settings = stage.settings().replace("language: en,", "language: en, recipients: [age1x],")
    request = stage.ask({"provision.yaml": settings, SCHMIEDE: written()})
    published = stage.plan(request)
    assert published.shown is not None
    assert published.shown.stage is Shown.BLOCKED
    assert {"PV714"} <= {each.code for each in published.shown.findings}
    assert stage.record(request).customers == ()
    with stage.lane() as lane:
        assert lane.config.resellers["limmat"].recipients == ()


def test_a_place_that_no_manifest_has_is_sealed_for_with_a_warning(sealing: Sealing) -> None:
    """It may be written later: the value is there, and so is what was probably meant."""
    sealing.write({"customers/limmat/schmiede.yaml": manifest()})
    for place in ("schmiede workplace empfamg", "schmide workplace empfang"):
        code, said = sealing(f"secret seal {place}", f"{PASSWORD}\n")
        assert code == 0
        assert "warning[PV321]" in said
        assert "Did you mean schmiede workplace empfang?" in said
    assert "PV321" not in sealing("secret seal schmiede workplace empfang", f"{PASSWORD}\n")[1]
