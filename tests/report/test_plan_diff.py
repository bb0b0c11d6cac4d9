from types import ModuleType

from syrupy.assertion import SnapshotAssertion

from provisioner.plan.model import CustomerPlan, Step
from provisioner.report.messages import Catalogue
from provisioner.report.plan.diff import diff_plans


def changed_customer(plans: ModuleType) -> CustomerPlan:
    """The approved one without its first step, with one more, and one that does something else."""
    approved = plans.dangerous_customer()
    steps = list(approved.steps[1:])
    theke: Step = steps[1]
    after = {**(theke.after or {}), "extension": "13", "caller_id": "0445001235"}
    steps[1] = theke.model_copy(update={"after": after, "digest": plans.digest("other")})
    steps.append(plans.desk("neu", extension="20"))
    changed: CustomerPlan = approved.model_copy(update={"steps": tuple(steps)})
    return changed


def test_what_differs_from_the_approved_plan(
    en: Catalogue, plans: ModuleType, snapshot: SnapshotAssertion
) -> None:
    approved = plans.PLANS["dangerous"]
    text = diff_plans(approved, changed_customer(plans), en, width=80, color=False)
    assert text == snapshot
    assert "extension: approved 12, now 13" in text
    assert "license: approved" not in text


def test_digests_alone_tell_which_steps_differ(en: Catalogue, plans: ModuleType) -> None:
    approved = {step.id: step.digest for step in plans.dangerous_customer().steps}
    text = diff_plans(approved, changed_customer(plans), en, width=80, color=False)
    assert "~ workplace theke\n        its fields changed" in text
    assert "+ workplace neu" in text
    assert "- calls to 044 500 12 99" in text
    assert "kueche" not in text


def test_an_equal_plan_has_no_difference(en: Catalogue, plans: ModuleType) -> None:
    customer = plans.dangerous_customer()
    text = diff_plans(plans.PLANS["dangerous"], customer, en, width=80, color=False)
    assert text == "cafe-sonne: the same steps as approved.\n"


def test_a_customer_that_was_not_in_the_approved_plan(en: Catalogue, plans: ModuleType) -> None:
    text = diff_plans(plans.PLANS["new"], plans.dangerous_customer(), en, width=80, color=True)
    assert "cafe-sonne is not in the approved plan." in text
    assert "\033[1;32mNew since the approval:\033[0m" in text
