"""Four plans that together use every feature of the renderers; all names are invented."""

import hashlib
from datetime import date

from provisioner.codes import Severity
from provisioner.contract.resources import CLASSES, Json, Kind
from provisioner.manifest.diagnostics import Diagnostic, Place
from provisioner.plan.model import (
    MASK,
    Action,
    Cause,
    Cost,
    CustomerPlan,
    Day,
    Effect,
    Event,
    Held,
    Plan,
    Status,
    Step,
    Targets,
    Upcoming,
)

TARGETS = Targets(pbx="local:state/pbx.sqlite", desk="sql:state/desk.sqlite")
AT = date(2026, 12, 1)
Fields = dict[str, Json]


def days(*coming: Upcoming) -> tuple[Day, ...]:
    """Days that are about nothing but these events."""
    found: dict[date, list[Event]] = {}
    for each in coming:
        found.setdefault(each.on, []).append(Event(code=each.code, params=each.params))
    return tuple(Day(on=on, events=tuple(events)) for on, events in sorted(found.items()))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def step(
    action: Action,
    kind: Kind,
    key: str,
    before: Fields | None = None,
    after: Fields | None = None,
    *,
    effect: Effect = Effect.ADDITIVE,
    cause: Cause = Cause.EDITED,
    changed: tuple[str, ...] = (),
    resolved: dict[str, str] | None = None,
) -> Step:
    return Step(
        id=f"{kind}/{key}:{action}",
        action=action,
        system=CLASSES[kind].system,
        kind=kind,
        key=key,
        effect=effect,
        cause=cause,
        before=before,
        after=after,
        changed=changed,
        resolved=resolved or {},
        digest=digest(f"{kind}/{key}:{action} {before} {after}"),
    )


def create(kind: Kind, key: str, **after: Json) -> Step:
    return step(Action.CREATE, kind, key, after=after)


def desk(login: str, kind: str = "phones+apps", **more: Json) -> Step:
    return create(Kind.WORKPLACE, login, license=kind, name=MASK, credential="generated:1", **more)


def billed(item: str, product: str, starts: str | None = "2027-01-01") -> Step:
    fields: Fields = {"product": product, "once": product == "setup"}
    if starts:
        fields["starts"] = starts
    return create(Kind.BILLING, item, **fields)


ORDER: Fields = {
    "provider": "Swisscom",
    "scope": "partial",
    "port_date": "2027-03-01",
    "time": "09:00",
    "authority": "collective",
    "signatories": MASK,
    "numbers": ["0525551200", "0525551201"],
    "blocks": ["05255520"],
}


def new_customer() -> CustomerPlan:
    steps = (
        create(Kind.RELEASE, "release", manifest=digest("m"), reseller="muster"),
        create(
            Kind.ACCOUNT,
            "account",
            company="Schmiedeisen AG",
            street=MASK,
            postcode="8400",
            city="Winterthur",
            person=MASK,
            email=MASK,
            phone=MASK,
            uid="CHE-123.456.788",
        ),
        create(Kind.STOCK, "zentrale", area="052", size=1),
        create(Kind.STOCK, "ddi", area="052", size=100),
        create(Kind.PROVISIONAL, "haupt/0525551200", size=1),
        create(Kind.PROVISIONAL, "haupt/05255520", size=100),
        create(Kind.TENANT, "tenant", name="Schmiedeisen AG"),
        create(Kind.SUPPORT, "muster.support", credential="generated:1"),
        desk("petra.huber", extension="21", caller_id="0525552011"),
        desk("hans.huber", caller_id="stock:zentrale"),
        desk("fax", "phones", caller_id="provisional:haupt/05255520/12"),
        *(desk(f"werk{n:02d}") for n in range(1, 13)),
        billed("subscription", "subscription"),
        billed("workplace/petra.huber", "phones+apps"),
        billed("workplace/hans.huber", "phones+apps"),
        billed("workplace/fax", "phones"),
        billed("stock/zentrale", "number", None),
        billed("setup", "setup"),
        create(Kind.ROUTE, "stock:zentrale", target="hans.huber"),
        create(Kind.ROUTE, "provisional:haupt/0525551200", target="petra.huber"),
        step(Action.SUBMIT, Kind.ORDER, "haupt/1", after=ORDER),
        step(
            Action.SUBMIT,
            Kind.ORDER,
            "haupt/2",
            after={**ORDER, "numbers": ["0525551210"], "blocks": []},
        ),
    )
    rest = {**ORDER, "port_date": None, "provider": "Sunrise", "numbers": ["0525559900"]}
    held = step(Action.SUBMIT, Kind.ORDER, "rest/1", after={**rest, "blocks": []})
    place = Place("customers/muster/schmiedeisen.yaml", 24, 15, 22, "    provider: unknown")
    return CustomerPlan(
        customer="schmiedeisen",
        reseller="muster",
        company="Schmiedeisen AG",
        manifest=digest("m"),
        steps=steps,
        held=(Held(step=held, code="PV291", params={"porting": "rest", "provider": "Sunrise"}),),
        diagnostics=(
            Diagnostic(
                "PV290", Severity.QUESTION, {"porting": "alt"}, customer="schmiedeisen", place=place
            ),
            Diagnostic(
                "PV292",
                Severity.WARNING,
                {"porting": "haupt", "date": "2027-03-01"},
                customer="schmiedeisen",
            ),
            Diagnostic("PV293", Severity.ADVICE, {"login": "fax"}, customer="schmiedeisen"),
            Diagnostic("PV293", Severity.ADVICE, {"login": "werk01"}, customer="schmiedeisen"),
        ),
        days=days(
            Upcoming(on=date(2026, 12, 10), code="PV295"),
            Upcoming(
                on=date(2027, 3, 1),
                code="PV296",
                params={
                    "order": "haupt/1",
                    "digits": "05255520",
                    "state": "synchronised",
                    "amount": 123450,
                },
            ),
        ),
        cost=Cost(after=18250, once=12000),
        digest=digest("schmiedeisen"),
    )


def dangerous_customer() -> CustomerPlan:
    workplace: Fields = {"license": "phones+apps", "name": MASK, "credential": "generated:1"}
    steps = (
        step(
            Action.DELETE,
            Kind.ROUTE,
            "0445001299",
            before={"target": "lift"},
            effect=Effect.DISRUPTIVE,
        ),
        step(
            Action.UPDATE,
            Kind.ACCOUNT,
            "account",
            {"company": "Café Sonne", "street": MASK, "city": "Zürich"},
            {"company": "Café Sonne GmbH", "street": MASK, "city": "Zürich"},
            effect=Effect.MUTATING,
            changed=("company", "street"),
        ),
        step(
            Action.UPDATE,
            Kind.WORKPLACE,
            "theke",
            {**workplace, "caller_id": "0445001234", "extension": None},
            {
                **workplace,
                "license": "phones",
                "credential": "age:0123456789abcdef",
                "caller_id": "stock:zentrale",
                "extension": "12",
            },
            effect=Effect.DISRUPTIVE,
            changed=("caller_id", "credential", "extension", "license"),
            resolved={"stock:zentrale": "0445553000"},
        ),
        step(
            Action.UPDATE,
            Kind.WORKPLACE,
            "kueche",
            {**workplace, "name": MASK},
            workplace,
            effect=Effect.MUTATING,
            cause=Cause.DRIFT,
            changed=("name",),
        ),
        step(
            Action.UPDATE,
            Kind.BILLING,
            "workplace/theke",
            {"product": "phones+apps"},
            {"product": "phones"},
            effect=Effect.MUTATING,
            changed=("product",),
        ),
        step(
            Action.DELETE,
            Kind.WORKPLACE,
            "lift",
            before={"license": "phones", "name": MASK, "credential": "generated:1"},
            effect=Effect.DISRUPTIVE,
        ),
        step(
            Action.DELETE,
            Kind.STOCK,
            "alt",
            before={"area": "044", "size": 10},
            effect=Effect.IRREVERSIBLE,
            resolved={"stock:alt": "044555300"},
        ),
        step(
            Action.UPDATE,
            Kind.ORDER,
            "haupt/1",
            {**ORDER, "poa": None},
            {**ORDER, "numbers": ["0525551200", "0525551202"], "port_date": "2027-03-08"},
            effect=Effect.MUTATING,
            changed=("numbers", "port_date"),
        ),
    )
    return CustomerPlan(
        customer="cafe-sonne",
        reseller="muster",
        company="Café Sonne",
        steps=steps,
        cost=Cost(before=6200, after=5250),
        digest=digest("cafe-sonne"),
    )


def moving_customer() -> CustomerPlan:
    steps = (
        step(
            Action.SYNCHRONISE,
            Kind.ORDER,
            "haupt/1",
            {"state": "accepted"},
            {"state": "synchronised"},
            effect=Effect.IRREVERSIBLE,
            cause=Cause.PORTING,
        ),
        step(
            Action.ACTIVATE,
            Kind.ORDER,
            "lager/1",
            {"state": "synchronised"},
            {"state": "activating"},
            effect=Effect.MUTATING,
            cause=Cause.PORTING,
        ),
        step(
            Action.DELETE,
            Kind.PROVISIONAL,
            "fax/0445551000",
            before={"size": 1},
            effect=Effect.MUTATING,
            cause=Cause.PORTING,
            resolved={"provisional:fax/0445551000": "0589990001"},
        ),
        step(Action.CREATE, Kind.PORTED, "0445551000", after={}, cause=Cause.PORTING),
        step(
            Action.CANCEL,
            Kind.ORDER,
            "werk/1",
            {"state": "accepted"},
            {"state": "cancel_pending"},
            effect=Effect.DISRUPTIVE,
        ),
    )
    return CustomerPlan(
        customer="velo-kurz",
        reseller="fernmelde-nord",
        company="Velo Kurz",
        steps=steps,
        digest=digest("velo-kurz"),
    )


def blocked_customer() -> CustomerPlan:
    place = Place("customers/muster/bad.yaml", 7, 5, 15, "    - 044 500 12 34")
    bad = Diagnostic(
        "PV294",
        Severity.ERROR,
        {"found": "044\u202e500 12 34", "suggestion": "0445001234"},
        customer="bad",
        place=place,
    )
    return CustomerPlan(
        customer="bad",
        reseller="muster",
        company="Bad \x1b[31mAG",
        status=Status.BLOCKED,
        diagnostics=(bad,),
    )


def unknown_customer() -> CustomerPlan:
    return CustomerPlan(
        customer="nebel",
        reseller="muster",
        company="Nebel GmbH",
        status=Status.UNKNOWN,
        diagnostics=(
            Diagnostic("PV590", Severity.ERROR, {"target": TARGETS.pbx}, customer="nebel"),
        ),
    )


def plan(
    *customers: CustomerPlan,
    unchanged: int = 0,
    diagnostics: tuple[Diagnostic, ...] = (),
    braked: bool = False,
) -> Plan:
    return Plan(
        tool="0.1.0",
        at=AT,
        targets=TARGETS,
        customers=tuple(sorted(customers, key=lambda c: c.customer)),
        unchanged=unchanged,
        diagnostics=diagnostics,
        braked=braked,
        digest=digest("".join(c.digest for c in customers)),
    )


def nothing() -> Plan:
    held = new_customer().held
    waiting = CustomerPlan(
        customer="schmiedeisen", company="Schmiedeisen AG", reseller="muster", held=held
    )
    return plan(waiting, unchanged=41)


BRAKE = Diagnostic("PV490", Severity.ERROR, {"count": 31, "limit": 20})

PLANS = {
    "new": plan(new_customer(), unchanged=5),
    "dangerous": plan(dangerous_customer(), moving_customer(), unchanged=1),
    "stopped": plan(
        blocked_customer(),
        unknown_customer(),
        dangerous_customer(),
        diagnostics=(BRAKE,),
        braked=True,
    ),
    "nothing": nothing(),
}


def everything() -> Plan:
    """All features of the renderers in one plan."""
    customers = [new_customer(), dangerous_customer(), moving_customer()]
    customers += [blocked_customer(), unknown_customer()]
    return plan(*customers, unchanged=3, diagnostics=(BRAKE,), braked=True)
