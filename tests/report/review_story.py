"""One merge request from its first plan to the end, made by the real planner: what people read."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from provisioner.codes.porting import ProviderUnknown
from provisioner.codes.review import NobodyApproved, PlanHasRunOut
from provisioner.codes.systems import PBXCannotBeReached
from provisioner.codes.telephony import NumberMisspelled
from provisioner.manifest.diagnostics import Diagnostic, Place
from provisioner.plan.model import Plan
from provisioner.report.messages import Catalogue
from provisioner.report.review.comment import applied_comment, plan_comment, planning_comment
from provisioner.report.review.issue import issue_text
from provisioner.review.record import Record, customers_of, until_of
from provisioner.review.showing import (
    AppliedShown,
    DriftShown,
    Ended,
    OpenShown,
    Outcome,
    PlanShown,
    Void,
    differences,
    why_void,
)
from tests.stateful import samples
from tests.stateful.samples import PRICES
from tests.stateful.world import CONFIG, World

PROJECT, REQUEST = 4711, 12
FIRST, HEAD = "1f" * 20, "2e" * 20
TODAY = date(2027, 1, 11)

Texts = Mapping[str, Callable[[Catalogue, int], str]]


@dataclass(frozen=True)
class Story:
    first: Plan
    plan: Plan
    """Of the second push: a phone in a lift goes, the subscription ends, and one more customer."""
    drift: Plan

    @property
    def void(self) -> Void:
        before, now = record_of(self.first, FIRST), record_of(self.plan, HEAD)
        about = why_void(before, now, TODAY)
        assert about
        return Void(about=about, withdrawn=1, differences=differences(before, now))


def tell(root: Path) -> Story:
    world = World(root, TODAY, {**CONFIG, "prices": PRICES})
    try:
        lift = samples.workplace("lift.berg", use="lift", license="phones")
        old = samples.manifest(
            "berg",
            numbers=[{"id": "main", "area": "052"}],
            workplaces=[samples.workplace("main.berg", number={"stock": "main"}), lift],
        )
        world.write("berg", old)
        world.apply(world.plan())
        room = samples.workplace("room.berg", extension=21)
        world.write("berg", {**old, "workplaces": [*old["workplaces"], room]})
        first = world.plan()
        term = {**old["subscription"], "ends_on": "2027-03-31"}
        world.write(
            "berg", {**old, "workplaces": [old["workplaces"][0], room], "subscription": term}
        )
        port = samples.porting("haupt", "2027-03-01", numbers=["0525551200"])
        port = {**port, "provider": "unknown"}
        places = [samples.workplace("main.thal", number="0525551200")]
        world.write("thal", samples.manifest("thal", porting=[port], workplaces=places))
        plan = world.plan()
        world.remove("thal")
        world.write("berg", old)
        # somebody deletes a phone on the PBX itself
        db = sqlite3.connect(root / "state/pbx.sqlite")
        with db:
            db.execute("DELETE FROM objects WHERE key = 'lift.berg'")
        db.close()
        return Story(first, plan, world.plan())
    finally:
        world.close()


def record_of(plan: Plan, head: str) -> Record:
    return Record(
        forge="gitlab",
        project=PROJECT,
        request=REQUEST,
        head=head,
        tip="b" * 40,
        tree="c" * 40,
        targets=plan.targets,
        tool=plan.tool,
        sequence=1,
        shown=datetime(2027, 1, 11, 12, tzinfo=UTC),
        comment="d" * 64,
        until=until_of(plan),
        digest=plan.digest,
        customers=customers_of(plan),
    )


def findings() -> tuple[Diagnostic, ...]:
    mine = "customers/bergnetz/berg.yaml"
    return (
        Diagnostic.of(
            NumberMisspelled(found="052 555 12 34", suggestion="0525551234"),
            place=Place(mine, 9, 5, 13, "    052 555 12 34"),
        ),
        Diagnostic.of(ProviderUnknown(porting="haupt"), place=Place(mine, 20, 5, 3, "    x")),
    )


def shown(plan: Plan | None, **more: object) -> PlanShown:
    return PlanShown(project=PROJECT, request=REQUEST, head=HEAD, plan=plan, **more)  # type: ignore[arg-type]


def applied(*outcomes: Outcome, digest: str) -> AppliedShown:
    return AppliedShown(
        project=PROJECT,
        request=REQUEST,
        at=TODAY,
        head=HEAD,
        digest=digest,
        outcomes=outcomes,
        approved_by=("j.meier", "akeller"),
    )


def outcomes(plan: Plan) -> dict[str, Outcome]:
    """Of each kind one."""
    berg, thal = plan.customers
    base = {"reseller": "bergnetz"}
    who, whose = berg.customer, berg.company
    named = {"customer": who, "company": whose, **base}
    return {
        "done": Outcome(
            customer=thal.customer,
            company=thal.company,
            ended=Ended.DONE,
            upcoming=thal.upcoming,
            **base,  # type: ignore[arg-type]
        ),
        "nothing": Outcome(ended=Ended.NOTHING, **named),  # type: ignore[arg-type]
        "failed": Outcome(
            ended=Ended.FAILED,
            about=(PBXCannotBeReached(target=plan.targets.pbx),),
            **named,  # type: ignore[arg-type]
        ),
        "refused": Outcome(
            ended=Ended.REFUSED,
            about=(
                PlanHasRunOut(request=REQUEST, until="2027-01-10"),
                NobodyApproved(request=REQUEST),
            ),
            fresh=berg,
            **named,  # type: ignore[arg-type]
        ),
        "waiting": Outcome(ended=Ended.WAITING, **named),  # type: ignore[arg-type]
    }


def texts(story: Story) -> Texts:
    """All that people read in the story, by name; each of a catalogue and a limit."""
    plan, ended, digest = story.plan, outcomes(story.plan), story.plan.digest
    until = until_of(plan)
    every = applied(*ended.values(), digest=digest)
    values = {
        "plan": shown(plan, until=until, needed=2, void=story.void),
        "first": shown(story.first, until=until_of(story.first)),
        "nothing": shown(story.first.model_copy(update={"customers": (), "digest": ""})),
        "blocked": shown(None, findings=findings()),
        "both": shown(plan, findings=findings(), until=until),
        "snapshot": shown(story.first, until=TODAY, snapshot=True),
    }
    afterwards = {
        "applying": applied(ended["waiting"], digest=digest),
        "done": applied(ended["done"], ended["nothing"], digest=digest),
        "partly": every,
        "refused": applied(ended["refused"], digest=digest),
    }
    issues = {
        "open": OpenShown(project=PROJECT, at=TODAY, outcomes=every.outcomes),
        "drift": DriftShown(project=PROJECT, plan=story.drift),
    }
    made: dict[str, Callable[[Catalogue, int], str]] = {
        "planning": lambda words, _limit: planning_comment(PROJECT, HEAD, words)
    }
    for name, value in values.items():
        made[name] = lambda words, limit, value=value: plan_comment(value, words, limit).text  # type: ignore[misc]
    for name, after in afterwards.items():
        made[name] = lambda words, limit, after=after: applied_comment(after, words, limit)  # type: ignore[misc]
    for name, issue in issues.items():
        made[name] = lambda words, limit, issue=issue: issue_text(issue, words, limit)  # type: ignore[misc]
    return made
