"""Forms that are written piece by piece: with more customers there are more pieces, not longer
ones."""

from collections.abc import Callable, Iterable
from types import ModuleType

from every import every

from provisioner.plan.model import Plan
from provisioner.report.messages import Catalogue
from provisioner.report.plan.html import render_html
from provisioner.report.plan.json import plan_json
from provisioner.report.plan.junit import render_junit

FORMS: dict[str, Callable[[Plan, Catalogue], Iterable[bytes | str]]] = {
    "html": render_html,
    "json": lambda plan, _: plan_json(plan),
    "junit": render_junit,
}


@every(sorted(FORMS))
def test_no_piece_holds_two_customers(form: str, plans: ModuleType, en: Catalogue) -> None:
    def longest(count: int) -> int:
        one = plans.PLANS["new"]
        plan = one.model_copy(update={"customers": one.customers * count})
        return max(len(piece) for piece in FORMS[form](plan, en))

    assert longest(3) < longest(1) * 1.1
