"""A fleet of invented customers: always the same one for the same size.

    python benchmarks/fleet.py FOLDER 300

writes ``provision.yaml`` and ``customers/RESELLER/CUSTOMER.yaml``.  Half of the workplaces have a
new number; every third customer ports numbers, every fifth a block; a manifest has about 100 lines.
"""

import random
import sys
from collections.abc import Sequence
from pathlib import Path

RESELLERS = 10
WORKPLACES = 20
NAMES = (
    "Anna Beat Chiara Dario Elin Fabio Gian Heidi Ivo Jana Kilian Lea Marco Nina Oskar Pia".split()
)
FAMILIES = (
    "Aebi Bieri Caduff Dubach Egli Frei Gerber Huber Imhof Jost Keller Lanz Moser Naef".split()
)
TRADES = "Schreinerei Garage Treuhand Kanzlei Praxis Druckerei Metallbau Gasthaus".split()
AREAS = ("031", "041", "044", "052", "061", "071")


def config(customers: int) -> str:
    """Pools that are large enough: 1,000 numbers each."""
    each = customers * WORKPLACES // 2 // len(AREAS) // 1000 + 2
    stock = [f'"{area}{3000 + n}"' for area in AREAS for n in range(each)]
    provisional = [f'"058{3000 + n}"' for n in range(customers * 4 // 1000 + 2)]
    resellers = "\n".join(f"  reseller-{n}: {{name: Reseller {n} AG}}" for n in range(RESELLERS))
    return f"""\
version: 1
pbx: {{driver: local, path: state/pbx.sqlite}}
desk: {{driver: sql, url: sqlite:///state/desk.sqlite}}
numbers:
  stock: [{", ".join(stock)}]
  provisional: [{", ".join(provisional)}]
prices:
  - valid_from: 2026-01-01
    monthly: {{subscription: 19.00, phones: 6.50, phones+apps: 9.50, number: 1.00, block_10: 5.00}}
    once: {{setup: 120.00, port_order: 45.00}}
brakes:
  deletes: {{count: 20, percent: 30}}
  updates: {{count: 100000, percent: 100}}
resellers:
{resellers}
"""


def manifest(number: int, ported: Sequence[str] = ()) -> str:
    """The ``number``-th customer; with a port of ``ported``, if any are given."""
    chance = random.Random(number)  # noqa: S311 - the same fleet every time
    person = f"{chance.choice(NAMES)} {chance.choice(FAMILIES)}"
    area = AREAS[number % len(AREAS)]
    lines = [
        "version: 1",
        "contact:",
        f"  company: {chance.choice(TRADES)} {chance.choice(FAMILIES)} {number} AG",
        f"  street: Dorfstrasse {chance.randint(1, 200)}",
        f"  postcode: {chance.randint(1000, 9600)}",
        "  city: Musterdorf",
        f"  person: {person}",
        f"  email: rechnung@kunde-{number}.example",
        "  phone: 0795550100",
        "subscription:",
        "  billing_from: 2027-01-01",
        "numbers:",
        *(f"  - {{id: n{n}, area: {area}}}" for n in range(WORKPLACES // 2)),
    ]
    ported = ported or _ported(number)
    if ported:
        lines += [
            "porting:",
            "  - id: haupt",
            "    provider: Swisscom",
            "    scope: partial",
            '    schedule: {when: date, date: 2027-03-10, time: "09:00"}',
            f"    signature: {{authority: single, signatories: [{person}]}}",
            f"    {'blocks' if len(ported[0]) < 10 else 'numbers'}: [{', '.join(ported)}]",
        ]
    lines.append("workplaces:")
    for n in range(WORKPLACES):
        lines += [
            f"  - login: c{number}.w{n}",
            f"    name: {chance.choice(NAMES)} {chance.choice(FAMILIES)}",
            "    license: phones+apps",
            f"    extension: {200 + n}",
        ]
        if n < WORKPLACES // 2:
            lines.append(f"    number: {{stock: n{n}}}")
        elif n - WORKPLACES // 2 < len(ported):
            lines.append(f"    number: {ported[n - WORKPLACES // 2]}")
    lines.append(f"support_login: {{login: c{number}.support}}")
    return "\n".join(lines) + "\n"


def _ported(number: int) -> Sequence[str]:
    """Numbers, or a block, of which no other customer has one."""
    if number % 5 == 0:
        return [f"056{200_000 + number:06d}"]
    if number % 3 == 0:
        return [f"062{2_000_000 + number * 5 + n:07d}" for n in range(5)]
    return []


def write(folder: Path, customers: int) -> list[Path]:
    """The whole workspace; the manifests' paths, sorted."""
    (folder / "provision.yaml").write_text(config(customers), "utf-8")
    found = []
    for number in range(customers):
        path = folder / f"customers/reseller-{number % RESELLERS}/kunde-{number}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(manifest(number), "utf-8")
        found.append(path)
    return sorted(found)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
