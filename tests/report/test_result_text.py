import re
from types import ModuleType

import pytest
from syrupy.assertion import SnapshotAssertion

from provisioner.apply.events import CustomerResult, Outcome
from provisioner.codes import Fault
from provisioner.errors import Locked, NotApproved, Refused
from provisioner.report.messages import Catalogue
from provisioner.report.plan.diff import diff_plans
from provisioner.report.result_text import render_result, render_results


class NotRead(Fault, code="PV590"):
    """Of the catalogue that these tests have."""

    target: str


STEPS = tuple(f"workplace/werk{n:02d}:create" for n in range(14))
DONE = CustomerResult("schmiedeisen", Outcome.DONE, done=STEPS)
PART = CustomerResult("bau-ag", Outcome.DONE, done=STEPS[:1], part=True)
FAILED = CustomerResult(
    "garage-nord",
    Outcome.FAILED,
    done=STEPS[:2],
    failed={"porting_order/haupt/1:submit": Refused(NotRead(target="\x1b[2J"))},
    skipped=("route/0445001234:create", *STEPS[2:]),
)
INTERRUPTED = CustomerResult("velo-kurz", Outcome.INTERRUPTED, done=STEPS[:3], skipped=STEPS[3:5])
LOCKED = CustomerResult("nebel", Outcome.LOCKED, error=Locked(NotRead(target="host:1")))
UNCHANGED = CustomerResult("still", Outcome.UNCHANGED)


@pytest.fixture
def refused(plans: ModuleType) -> CustomerResult:
    fresh = plans.dangerous_customer()
    error = NotApproved(NotRead(target="x"))
    return CustomerResult(fresh.customer, Outcome.REFUSED, error=error, fresh=fresh)


def test_results_of_a_run(
    en: Catalogue, plans: ModuleType, refused: CustomerResult, snapshot: SnapshotAssertion
) -> None:
    assert refused.fresh
    difference = diff_plans(plans.PLANS["new"], refused.fresh, en, width=76, color=False)
    results = [DONE, PART, FAILED, INTERRUPTED, LOCKED, UNCHANGED, refused]
    text = render_results(results, {refused.customer: difference}, en, width=80, color=False)
    assert text == snapshot
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "\x1b" not in text


@pytest.mark.parametrize("lang", ["en", "de", "fr", "it"])
def test_only_what_was_begun_is_to_be_resumed(lang: str) -> None:
    """Nobody works on what was stopped before it began: nothing could be finished."""
    words = Catalogue(lang)
    begun, not_begun = words.ui("result.open_interrupted"), words.ui("result.open_not_begun")
    early = CustomerResult("frueh", Outcome.INTERRUPTED)

    def advice(*results: CustomerResult) -> list[str]:
        return render_results(results, {}, words, width=120, color=False).splitlines()[-2:]

    assert advice(early)[1] == not_begun
    assert advice(INTERRUPTED)[1] == begun
    assert advice(INTERRUPTED, early) == [begun, not_begun]


def test_all_well_is_one_line_each(en: Catalogue) -> None:
    text = render_results([DONE, UNCHANGED], {}, en, width=80, color=False)
    assert text.splitlines() == [
        "✓ schmiedeisen: done, 14 steps done",
        "= still: nothing to do",
        "1 customer done, 1 unchanged; 14 steps done.",
    ]


def test_a_failure_tells_what_failed_what_was_left_and_what_to_do(en: Catalogue) -> None:
    text = render_results([FAILED], {}, en, width=100, color=False)
    assert "failed: ^ submit port order haupt/1" in text
    assert "error[PV590]" in text
    assert "not done, since a step before it failed:\n      + calls to 044 500 12 34" in text
    assert "... and 3 more\n" in text
    assert "`provision apply --resume`" in text


def test_no_result_is_a_short_line(en: Catalogue) -> None:
    assert render_results([], {}, en, width=80, color=False) == "Nothing was applied.\n"


def test_colour_is_an_addition(en: Catalogue) -> None:
    coloured = render_result(FAILED, "", en, width=60, color=True)
    plain = render_result(FAILED, "", en, width=60, color=False)
    assert coloured != plain
    assert re.sub(r"\033\[[0-9;]*m", "", coloured) == plain
