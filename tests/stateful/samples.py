"""Manifests as plain values."""

from datetime import date
from typing import Any

TODAY = date(2027, 1, 11)
PRICES = [
    {
        "valid_from": day,
        "monthly": {
            "subscription": f"{19 + more}.90",
            "phones": f"{6 + more}.50",
            "phones+apps": "9.50",
            "number": "1.20",
            "block_10": "4.05",
            "block_100": "15.35",
        },
        "once": {"setup": "100.00", "port_order": "50.00"},
    }
    for more, day in enumerate(("2026-01-01", "2027-03-01", "2027-05-15"))
]
"""Everything costs something, and twice it costs more."""


def manifest(name: str, **parts: Any) -> dict[str, Any]:
    """The least that a customer needs, and ``parts``."""
    return {
        "version": 1,
        "contact": {
            "company": f"{name.title()} AG",
            "street": "Hammerweg 12",
            "postcode": 8400,
            "city": "Winterthur",
            "person": "Petra Huber",
            "email": f"rechnung@{name}.example",
            "phone": "0525550100",
        },
        "subscription": {"billing_from": TODAY.isoformat()},
        "workplaces": [workplace(f"main.{name}")],
        **parts,
    }


def workplace(login: str, **more: Any) -> dict[str, Any]:
    return {"login": login, "license": "phones+apps", **more}


def porting(name: str, on: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "provider": "Alpentel",
        "scope": "partial",
        "schedule": {"when": "date", "date": on, "time": "09:00"},
        "signature": {"authority": "single", "signatories": ["Petra Huber"]},
        **more,
    }


def rich() -> dict[str, Any]:
    """Twenty workplaces, new numbers, a new block, a ported block and two ports."""
    own = [f"05255512{n:02d}" for n in range(12)]
    places = [workplace(f"user{n:02d}.rich", extension=100 + n, number=own[n]) for n in range(12)]
    places += [
        workplace(f"line{n}.rich", name=f"Line {n}", number=f"05255520{n:02d}") for n in range(4)
    ]
    places += [
        workplace("night.rich", use="other", license="phones", number="05255520"),
        workplace("desk.rich", number={"stock": "main"}),
        workplace("room.rich", number={"stock": "ddi", "line": 3}),
        workplace("lift.rich", use="lift", license="phones"),
    ]
    return manifest(
        "rich",
        numbers=[{"id": "main", "area": "052"}, {"id": "ddi", "area": "052", "block": 10}],
        porting=[
            porting("haupt", "2027-02-26", numbers=own, blocks=["05255520"]),
            porting("filiale", "2027-03-12", numbers=["0445551700"]),
        ],
        workplaces=places,
        support_login={"login": "rich.support"},
        admin={"login": "rich.admin"},
    )


def small() -> dict[str, Any]:
    """One of each kind of object. No two take their number from the same range, so that the order
    in which a failing run gets to them makes no difference."""
    return manifest(
        "small",
        numbers=[{"id": "main", "area": "052"}],
        porting=[porting("haupt", "2027-02-26", numbers=["0525551300"], blocks=["044555210"])],
        workplaces=[
            workplace("one.small", name="One", number="0525551300"),
            workplace("two.small", extension=22, number="0445552105"),
            workplace("three.small", number={"stock": "main"}),
            workplace("four.small", use="other", license="phones"),
        ],
        support_login={"login": "small.support"},
        admin={"login": "small.admin"},
    )
