"""A plan as a JUnit report, read back by an XML parser."""

from collections.abc import Callable
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest
from syrupy.assertion import SnapshotAssertion
from written import render_junit

from provisioner.report.messages import Catalogue, Language

Words = Callable[[Language], Catalogue]
NAMES = ["new", "dangerous", "stopped", "nothing"]


@pytest.mark.parametrize("name", NAMES)
def test_plan_as_junit(
    name: str, en: Catalogue, plans: ModuleType, snapshot: SnapshotAssertion
) -> None:
    assert render_junit(plans.PLANS[name], en) == snapshot


def cases(text: str) -> dict[str, ET.Element]:
    (suite,) = ET.fromstring(text)  # noqa: S314 - our own document
    return {case.attrib["name"]: case for case in suite}


def test_a_customer_is_a_case_and_a_blocked_one_a_failure(en: Catalogue, plans: ModuleType) -> None:
    text = render_junit(plans.PLANS["stopped"], en)
    found = cases(text)
    assert list(found) == ["the whole run", "bad", "cafe-sonne", "nebel"]
    outcomes = {
        name: [e.tag for e in case if e.tag != "system-out"] for name, case in found.items()
    }
    assert outcomes == {
        "the whole run": ["failure"],
        "bad": ["failure"],
        "cafe-sonne": [],
        "nebel": ["error"],
    }
    counts = ET.fromstring(text).attrib  # noqa: S314
    assert counts == {"tests": "4", "failures": "2", "errors": "1", "skipped": "0"}
    (failure,) = found["bad"].iter("failure")
    assert "customers/muster/bad.yaml:7:5" in (failure.text or "")


def test_every_case_says_in_a_line_what_the_customer_is_about(
    en: Catalogue, plans: ModuleType
) -> None:
    found = cases(render_junit(plans.PLANS["dangerous"], en))
    said = found["cafe-sonne"].findtext("system-out") or ""
    assert said.splitlines()[0] == (
        "4 DANGEROUS steps; 0 to add, 5 to change, 3 to destroy;"
        " CHF 62.00 → 52.50 per month (-9.50)"
    )
    assert said.count("\n! ") == 4


def test_nothing_to_do_passes(en: Catalogue, plans: ModuleType) -> None:
    found = cases(render_junit(plans.plan(unchanged=3), en))
    assert [e.tag for e in found["the whole run"]] == ["system-out"]
    assert "3 customers unchanged" in (found["the whole run"].findtext("system-out") or "")
