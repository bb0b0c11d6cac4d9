"""What people read on a merge request: each state in each language, short enough, and complete."""

import re
from datetime import date
from types import ModuleType

import pytest
from report.review_story import (
    HEAD,
    PROJECT,
    TODAY,
    Story,
    applied,
    findings,
    outcomes,
    shown,
    tell,
    texts,
)
from syrupy.assertion import SnapshotAssertion

from provisioner.codes.review import LiveSystemChanged, NobodyApproved
from provisioner.contract.resources import Kind
from provisioner.plan.model import Action, CustomerPlan, Day, Effect, Plan
from provisioner.report.messages import LANGUAGES, Catalogue, Language
from provisioner.report.review.comment import (
    applied_comment,
    marker,
    plan_comment,
    planning_comment,
)
from provisioner.report.review.issue import (
    drift_marker,
    issue_text,
    issue_title,
    open_marker,
)
from provisioner.review.showing import (
    Difference,
    DriftShown,
    Ended,
    OpenShown,
    Outcome,
    Stage,
    Void,
)

EN = Catalogue("en")
NAMES = (
    "planning plan first nothing blocked both snapshot applying done partly refused open drift"
).split()
LIMIT, SHORT = 60_000, 20_000


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return tell(tmp_path_factory.mktemp("story"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_each_state(
    language: Language, name: str, story: Story, snapshot: SnapshotAssertion
) -> None:
    assert texts(story)[name](Catalogue(language), LIMIT) == snapshot


def test_every_text_begins_with_the_line_by_which_it_is_found(story: Story) -> None:
    first = {name: make(EN, LIMIT).split("\n", 1)[0] for name, make in texts(story).items()}
    assert {*first} == {*NAMES}
    assert first.pop("open") == open_marker(PROJECT)
    assert first.pop("drift") == drift_marker(PROJECT)
    assert {*first.values()} == {marker(PROJECT)}
    assert len({marker(1), marker(2), open_marker(1), drift_marker(1)}) == 4


def test_ten_seconds_are_enough_for_what_counts(story: Story) -> None:
    """Before the first of the sections: danger, cost, until when, how many, which, what to do."""
    text = texts(story)["plan"](EN, LIMIT)
    top = text[: text.index("#### ")]
    for what in (
        "5 DANGEROUS steps later",
        "An approval from before does not count any more",
        "1 approval was taken back",
        "CHF 41.10 → 32.60 per month",
        "An approval holds until Mon 25.01.2027",
        "2 approvals are needed",
        "cannot be undone",
        story.plan.digest,
        HEAD[:12],
        "**Next:**",
    ):
        assert what in top
    assert len(top) < 1_200
    assert text.index("#### DANGER") < text.index("#### WHAT DIFFERS") < text.index("#### OPEN")


def test_whose_plan_ends_first_is_named(story: Story) -> None:
    one, other = story.plan.customers
    assert other.until
    plan = story.plan.model_copy(
        update={"customers": (one.model_copy(update={"until": date(2027, 2, 1)}), other)}
    )
    assert f"(14 days). ({other.customer})" in plan_comment(shown(plan, until=other.until), EN).text
    shorter = plan_comment(shown(plan, until=TODAY), EN).text
    assert "An approval holds until Mon 11.01.2027.\n" in shorter


def test_what_happened_by_itself_since_is_told_in_the_plan_s_own_words(story: Story) -> None:
    berg = story.plan.customers[0]
    ids = tuple(step.id for step in berg.steps)
    differs = (
        Difference("berg", new=ids[1:], gone=("workplace/alt.berg:delete", "odd")),
        Difference("gone", gone=("tenant/tenant:create",)),
        Difference("thal"),
    )
    void = Void(about=LiveSystemChanged(), differences=differs)
    text = plan_comment(shown(story.plan, void=void), EN).text
    assert "not what they were when the plan was shown" in text
    assert "An earlier plan was shown here" in text
    assert "approvals were taken back" not in text
    assert "  - not any more: `-` workplace `alt.berg`, `odd`" in text
    (new,) = re.findall(r"^  - new: (.*)$", text, re.MULTILINE)
    assert new.startswith("`-` workplace `lift.berg`, ")  # the dangerous ones first
    assert "- **berg**: the plan is another one\n" in text
    assert (
        "- **gone**: it is not in the plan any more\n  - not any more: `+` customer PBX\n" in text
    )
    assert "- **thal**: the plan is another one\n" in text


def test_many_differing_steps_are_counted(plans: ModuleType) -> None:
    new = plans.new_customer()
    ids = tuple(step.id for step in new.steps)
    void = Void(
        about=LiveSystemChanged(), differences=(Difference(new.customer, new=ids, manifest=True),)
    )
    text = plan_comment(shown(plans.plan(new), void=void), EN).text
    assert f", and {len(ids) - 10} more\n" in text


def test_a_finding_that_the_plan_has_too_is_shown_once(plans: ModuleType) -> None:
    bad = plans.blocked_customer()
    value = shown(plans.plan(bad), findings=(*bad.diagnostics, *findings()))
    text = plan_comment(value, EN).text
    assert text.count("customers/muster/bad.yaml:7:5") == 1
    assert "customers/bergnetz/berg.yaml:9:5" in text
    assert "1 error, nothing to do, 1 customer CANNOT be applied" in text


def test_stages(story: Story, plans: ModuleType) -> None:
    ended = outcomes(story.plan)
    assert shown(story.plan).stage is Stage.PLAN
    assert shown(story.plan, findings=findings()).stage is Stage.BLOCKED
    assert shown(plans.PLANS["stopped"]).stage is Stage.BLOCKED
    assert shown(None).stage is Stage.BLOCKED
    assert shown(plans.PLANS["nothing"]).stage is Stage.NOTHING
    stages = {
        ("done", "nothing"): Stage.DONE,
        ("nothing",): Stage.NOTHING,
        (): Stage.NOTHING,
        ("waiting",): Stage.APPLYING,
        ("refused",): Stage.REFUSED,
        ("refused", "done"): Stage.PARTLY,
        ("failed",): Stage.PARTLY,
        ("waiting", "done"): Stage.PARTLY,
    }
    for names, stage in stages.items():
        assert applied(*(ended[name] for name in names), digest="").stage is stage
        assert "review." not in applied_comment(applied(*map(ended.get, names), digest=""), EN)  # type: ignore[arg-type]
    assert "review." not in planning_comment(PROJECT, HEAD, EN)


def test_nobody_releases_by_hand_what_is_not_shown(story: Story) -> None:
    refused = outcomes(story.plan)["refused"]
    text = applied_comment(applied(refused, digest=""), EN)
    fresh = refused.fresh
    assert fresh
    assert f"`provision ci apply --release {fresh.digest}`" in text
    for step in ("the customer's whole PBX is deleted", "workplace `room.berg`"):
        assert step in text
    without = Outcome(customer="berg", ended=Ended.REFUSED)
    assert "--release" not in applied_comment(applied(without, digest=""), EN)


def test_the_issue_counts_what_is_open_in_its_title(story: Story) -> None:
    every = tuple(outcomes(story.plan).values())
    value = OpenShown(project=PROJECT, at=TODAY, outcomes=every)
    assert issue_title(value, EN) == "provision: 3 customers are not applied"
    assert "**thal**" not in issue_text(value, EN)
    drift = DriftShown(project=PROJECT, plan=story.drift)
    assert issue_title(drift, EN) == "provision: 1 customer is not live as it was released"


# Size


def harmless(plans: ModuleType, count: int) -> list[CustomerPlan]:
    new = plans.new_customer()
    return [new.model_copy(update={"customer": f"c{n:05d}"}) for n in range(count)]


def later(plans: ModuleType, count: int, effect: Effect, key: str) -> list[CustomerPlan]:
    """Customers of which something dangerous is done on a coming day."""
    step = plans.step(Action.DELETE, Kind.WORKPLACE, key, before={}, effect=effect)
    day = Day(on=date(2027, 3, 31), steps=(step,))
    one = plans.new_customer().model_copy(update={"days": (day,)})
    return [one.model_copy(update={"customer": f"l{n:05d}"}) for n in range(count)]


@pytest.mark.parametrize(
    ("limit", "effect"), [(SHORT, Effect.DISRUPTIVE), (LIMIT, Effect.IRREVERSIBLE)]
)
def test_among_3000_customers_no_danger_is_left_out(
    limit: int, effect: Effect, plans: ModuleType
) -> None:
    grave = later(plans, 200, effect, "lift")
    now = [c.model_copy(update={"customer": f"n{c.customer}"}) for c in grave[:1]]
    danger = plans.dangerous_customer()
    plan = plans.plan(*harmless(plans, 2_799), *grave, *now, danger)
    many = tuple(Difference(c.customer, manifest=True) for c in plan.customers)
    void = Void(about=LiveSystemChanged(), withdrawn=1, differences=many)
    text = plan_comment(shown(plan, needed=2, void=void), EN, limit).text
    assert len(text) <= limit
    top = text[: text.index("#### WHAT DIFFERS")]
    assert [c.customer for c in (*grave, *now, danger) if c.customer not in top] == []
    left = re.search(r"This comment is shortened: (\d+) lines are left out", text)
    assert left
    assert int(left[1]) > 2_799 * 20
    assert "`provision plan` shows all of it" in text


def test_what_is_done_to_very_many_is_told_once_with_all_of_them(plans: ModuleType) -> None:
    grave = later(plans, 3_000, Effect.IRREVERSIBLE, "lift")
    text, whole = plan_comment(shown(plans.plan(*grave)), EN, LIMIT)
    assert whole
    assert len(text) <= LIMIT
    assert [c.customer for c in grave if c.customer not in text] == []
    assert "3000 steps CANNOT BE UNDONE, in short" in text
    assert "too many" not in text


def test_if_not_even_that_fits_nobody_is_to_approve_by_the_comment(plans: ModuleType) -> None:
    grave = later(plans, 3_000, Effect.IRREVERSIBLE, "lift")
    grave += later(plans, 1_000, Effect.DISRUPTIVE, "gate")
    text, whole = plan_comment(shown(plans.plan(*grave)), EN, SHORT)
    assert len(text) <= SHORT
    assert not whole
    assert text.count("Do not release this plan on the basis of this comment") == 2
    danger = text.split("#### ")[1]
    assert danger.startswith("DANGER")
    assert "workplace lift" not in danger
    assert "workplace gate" not in danger


@pytest.mark.parametrize("limit", [SHORT, LIMIT])
def test_3000_outcomes_fit(limit: int, story: Story) -> None:
    fresh = outcomes(story.plan)["refused"].fresh
    upcoming = story.plan.customers[1].upcoming
    every = [
        Outcome(customer=f"r{n:05d}", ended=Ended.REFUSED, about=(NobodyApproved(request=1),))
        for n in range(1_000)
    ]
    every += [Outcome(customer="fresh", ended=Ended.REFUSED, fresh=fresh)]
    every += [
        Outcome(customer=f"d{n:05d}", ended=Ended.DONE, upcoming=upcoming) for n in range(1_999)
    ]
    text = applied_comment(applied(*every, digest="d" * 64), EN, limit)
    issue = issue_text(OpenShown(project=1, at=TODAY, outcomes=tuple(every)), EN, limit)
    for made in (text, issue):
        assert len(made) <= limit
        assert "lines are left out. The log of the job `apply` has all of it" in made
        assert re.search(r"\.\.\. and \d+ more customers that are not applied", made)
    assert "... and 1999 more customers, done" in text


def test_a_refused_plan_of_many_dangers_hides_no_other_customer(plans: ModuleType) -> None:
    steps = tuple(
        plans.step(Action.DELETE, Kind.STOCK, f"n{n}", before={}, effect=Effect.IRREVERSIBLE)
        for n in range(700)
    )
    fresh = plans.dangerous_customer().model_copy(update={"steps": steps})
    every = [
        Outcome(customer="many", ended=Ended.REFUSED, fresh=fresh),
        Outcome(customer="other", ended=Ended.REFUSED, about=(NobodyApproved(request=1),)),
    ]
    text = applied_comment(applied(*every, digest=""), EN, SHORT)
    assert len(text) <= SHORT
    assert "... and 680 more DANGEROUS steps, in the plan below" in text
    assert "✗ **other**" in text
    assert "Left out: 1 plan. `provision plan` shows it" in text


def test_3000_findings_fit() -> None:
    found = tuple(f for _ in range(1_500) for f in findings())
    text = plan_comment(shown(None, findings=found), EN, SHORT).text
    assert len(text) <= SHORT
    assert "No plan could be made: 1500 errors" in text
    assert re.search(r"\.\.\. and \d+ more$", text, re.MULTILINE)


def test_an_empty_plan_is_shown(plans: ModuleType) -> None:
    empty: Plan = plans.plan()
    assert "nothing changes on the live systems" in plan_comment(shown(empty), EN).text
