"""Hostile values in all that is published on a merge request, read back as a forge shows it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report.hostile import (
    NASTY,
    Shape,
    assert_nothing_lives,
    forge,
    poisoned,
    shape,
    squeezed,
    text_of,
    values,
)

from provisioner.codes.review import AnotherMergeCameFirst, ApproverIsNoStaff
from provisioner.codes.telephony import NumberMisspelled
from provisioner.manifest.diagnostics import Diagnostic, Place
from provisioner.plan.model import Upcoming
from provisioner.report.messages import LANGUAGES, Catalogue
from provisioner.report.review.comment import applied_comment, plan_comment, planning_comment
from provisioner.report.review.issue import issue_text, issue_title
from provisioner.report.sanitise import visible
from provisioner.review.showing import (
    AppliedShown,
    Difference,
    DriftShown,
    Ended,
    OpenShown,
    Outcome,
    PlanShown,
    Void,
)

RECORD = "<!-- provision-record:"
FORGED = (
    RECORD,
    f"\n{RECORD}AAAA:BBBB -->\n",
    f"`{RECORD}",
    f"x|{RECORD}",
    "<!-- provision review 5 -->",
)
NASTIER = (*NASTY, *FORGED, "##[error]x", "::error::x", "\n/merge", "closes #1", "<!--" * 3)
nasty = values | st.sampled_from(NASTIER)


@dataclass(frozen=True)
class Written:
    """Each field is written by somebody else."""

    customer: str = "harmless"
    company: str = "harmless"
    reseller: str = "harmless"
    login: str = "harmless"
    found: str = "harmless"
    file: str = "harmless"
    step: str = "harmless"
    key: str = "harmless"
    digest: str = "harmless"
    order: str = "harmless"
    head: str = "harmless"


FIELDS = [field.name for field in fields(Written)]
SEEN = {"customer", "company", "login", "reseller", "file", "found"}
"""Those of which no form is expected."""


def published(by: Written, plans: ModuleType, words: Catalogue) -> list[str]:
    """All texts, with each value wherever it can stand."""
    one = plans.dangerous_customer().model_copy(
        update={
            "customer": by.customer,
            "company": by.company,
            "reseller": by.reseller,
            "digest": by.digest,
        }
    )
    plan = plans.plan(one).model_copy(update={"digest": by.digest})
    ids = (one.steps[0].id, by.step, f"workplace/{by.key}:delete")
    misspelled = NumberMisspelled(found=by.found, suggestion=by.found)
    finding = Diagnostic.of(misspelled, place=Place(by.file, 1, 2, 3, by.found))
    base = {"project": 5, "request": 1, "head": by.head, "findings": (finding,)}
    differs = Difference(by.customer, new=ids, other=ids, gone=ids, manifest=True)
    about = AnotherMergeCameFirst(customer=by.customer)
    void = Void(about=about, withdrawn=1, differences=(differs,))
    coming = Upcoming(on=date(2027, 3, 1), code="PV296", params={"order": by.order, "digits": "1"})
    outcomes = tuple(
        Outcome(
            customer=by.customer,
            reseller=by.reseller,
            company=by.company,
            ended=ended,
            about=(ApproverIsNoStaff(by=by.login, request=1), misspelled),
            upcoming=(coming,),
            fresh=one if ended is Ended.REFUSED else None,
        )
        for ended in Ended
    )
    at = plans.AT
    applied = AppliedShown(
        project=5,
        request=1,
        at=at,
        head=by.head,
        digest=by.digest,
        outcomes=outcomes,
        approved_by=(by.login, by.login),
    )
    return [
        planning_comment(5, by.head, words),
        plan_comment(PlanShown(plan=None, **base), words).text,  # type: ignore[arg-type]
        plan_comment(PlanShown(plan=plan, void=void, **base), words).text,  # type: ignore[arg-type]
        applied_comment(applied, words),
        issue_text(OpenShown(project=5, at=at, outcomes=outcomes), words),
        issue_text(DriftShown(project=5, plan=plan), words),
    ]


Expected = list[tuple[str, list[Shape]]]


def expected(texts: list[str]) -> Expected:
    """Of harmless values, once."""
    return [(text, shape(forge(text))) for text in texts]


def holds(found: list[str], usual: Expected) -> None:
    """In the text as it is sent, where programs look for what is theirs, and as it is shown."""
    for (one, structure), other in zip(usual, found, strict=True):
        assert RECORD not in other
        assert one.count("<!--") == other.count("<!--") == 1
        assert one.split("\n", 1)[0] == other.split("\n", 1)[0]
        assert "##[" not in other
        assert not re.search(r"^\s*(?:[-*] )*(?:/\w|::)", other, re.MULTILINE)
        page = forge(other)
        assert shape(page) == structure
        assert_nothing_lives("markdown", page)


def test_a_hostile_value_is_text_and_nothing_else(en: Catalogue, plans: ModuleType) -> None:
    usual = expected(published(Written(), plans, en))

    @settings(max_examples=30, deadline=None)
    @given(st.sampled_from(FIELDS), nasty)
    def always(field: str, value: str) -> None:
        # a letter before it, so that a step's id is none of the kinds that have words
        found = published(Written(**{field: f"z{value}"}), plans, en)
        holds(found, usual)
        if field in SEEN:
            assert squeezed(visible(f"z{value}")[:60]) in " ".join(text_of(forge(t)) for t in found)

    always()


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_values_everywhere_in_each_language(
    language: str, words: Callable[[str], Catalogue], plans: ModuleType
) -> None:
    usual = expected(published(Written(), plans, words(language)))
    for at in range(0, len(NASTIER), 30):
        value = " ".join(NASTIER[at : at + 30]) + "x"
        everywhere = Written(*(value for _ in FIELDS))
        holds(published(everywhere, plans, words(language)), usual)


def test_no_value_forges_a_record_or_a_command(en: Catalogue, plans: ModuleType) -> None:
    usual = expected(published(Written(), plans, en))
    for value in (*FORGED, "##[error]x", "x|<!--|`<!--"):
        holds(published(Written(*(f"{value}z" for _ in FIELDS)), plans, en), usual)
    plan = plans.everything()

    def shown(value: str) -> list[str]:
        hostile = poisoned(plan, value)
        return [plan_comment(PlanShown(project=5, request=1, head="a", plan=hostile), en).text]

    usual = expected(shown("harmless"))
    for value in FORGED:
        holds(shown(f"{value}z"), usual)


def test_a_title_holds_no_value_at_all(en: Catalogue, plans: ModuleType) -> None:
    outcome = Outcome(customer="@all", company="@all", ended=Ended.REFUSED)
    shown = OpenShown(project=1, at=plans.AT, outcomes=(outcome,))
    drift = DriftShown(project=1, plan=poisoned(plans.everything(), "@all"))
    assert "@" not in issue_title(shown, en) + issue_title(drift, en)
