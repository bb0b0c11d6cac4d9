"""A manifest is data: it names no driver and no file, and nothing in it is worked out."""

import pytest
from review.stage import SCHMIEDE, Stage, manifest

from provisioner.operations import check

TRIES = {
    "driver": ("pbx: {driver: evil, url: http://127.0.0.1:1}\n", "PV103"),
    "include": ("include: ../../etc/passwd\n", "PV103"),
    "tag": ("main_number: !include /etc/passwd\n", "PV007"),
    "python": ("main_number: !!python/object/apply:os.system [id]\n", "PV007"),
    "merge": ("<<: {premium_calls: true}\n", "PV00"),
}


@pytest.mark.parametrize(("line", "code"), TRIES.values(), ids=TRIES)
def test_it_is_refused(hub_stage: Stage, line: str, code: str) -> None:
    hub_stage.push({SCHMIEDE: manifest() + line})
    checked = check(hub_stage.repo.path, "change", "main", hub_stage.limmat.number)
    errors = [each.code for each in checked.findings if each.severity == 0]
    assert errors
    assert any(each.startswith(code) for each in errors), errors


@pytest.mark.parametrize("words", ["{{ 7*7 }}", "${HOME}", "$(id)", "`id`", "%(name)s"])
def test_nothing_in_a_text_is_worked_out(hub_stage: Stage, words: str) -> None:
    """It is refused as no name, or stays as it is written."""
    hub_stage.push({SCHMIEDE: manifest(company=f"'Muster {words} AG'")})
    checked = check(hub_stage.repo.path, "change", "main", hub_stage.limmat.number)
    assert checked.workspace is not None
    named = [entry.manifest.contact.company for entry in checked.workspace.entries.values()]
    assert named in ([], [f"Muster {words} AG"])
    assert named or any(each.severity == 0 for each in checked.findings)
