"""What a reseller may do to a manifest in one edit: functions of plain values and two numbers."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from zlib import crc32

from provisioner.telephony.calendar import WorkCalendar
from tests.stateful import samples

Manifest = dict[str, Any]
Edit = Callable[[Manifest, str, int, int, date], None]

STOCK: dict[str, Manifest] = {
    "n0": {"area": "052"},
    "n1": {"area": "044"},
    "n2": {"area": "052", "block": 10},
    "n3": {"area": "071", "block": 100},
}
"""An id stands for the same kind of number for ever: it is permanent."""
SHARED = "0525551399"
_DAYS = WorkCalendar("ZH")


def own_numbers(name: str) -> tuple[list[str], list[str]]:
    """Numbers and blocks that the customer has with another provider; one is claimed by all."""
    index = ("anna", "bert", "cora").index(name)
    return [f"05255513{index}{n}" for n in range(5)], [f"0525552{index}", f"044555{index}00"]


def add_workplace(m: Manifest, name: str, a: int, b: int, today: date) -> None:
    del today
    login = f"{'abcdef'[a % 6]}.{name}"
    if all(w["login"] != login for w in m["workplaces"]):
        made = samples.workplace(login, number=_free_number(m, a + b))
        if b % 3 == 0:
            made |= {"license": "phones", "use": "other", "name": f"Person {b}"}
        m["workplaces"].append(made)


def remove_workplace(m: Manifest, name: str, a: int, b: int, today: date) -> None:
    del name, b, today
    if len(m["workplaces"]) > 1:
        del m["workplaces"][a % len(m["workplaces"])]


def change_workplace(m: Manifest, name: str, a: int, b: int, today: date) -> None:
    del name, today
    place = m["workplaces"][a % len(m["workplaces"])]
    match b % 7:
        case 0:
            place["license"] = "phones" if place["license"] == "phones+apps" else "phones+apps"
        case 1:
            place["name"] = None if place.get("name") else f"Person {a}"
        case 2:
            place["extension"] = None if place.get("extension") else 100 + a
        case 3:
            place["number"] = _free_number(m, a)
        case 4:
            made = place.get("password", {"generation": 1})["generation"]
            place["password"] = {"generate": True, "generation": made + 1}
        case 5:
            mac = f"000413{crc32(place['login'].encode()) >> 8:06X}"
            place["phone"] = None if place.get("phone") else {"model": "snom-d785", "mac": mac}
        case _:
            place["number"] = None


def rename_workplace(m: Manifest, name: str, a: int, b: int, today: date) -> None:
    """``was`` counts for one change; whoever forgets it, or renames twice, must do no harm."""
    del today
    place = m["workplaces"][a % len(m["workplaces"])]
    login = f"new{b}.{name}"
    if "was" in place and b % 2:
        del place["was"]
    elif all(w["login"] != login for w in m["workplaces"]):
        place.setdefault("was", place["login"])
        place["login"] = login


def add_number(m: Manifest, name: str, a: int, b: int, today: date) -> None:
    del name, b, today
    key = f"n{a % len(STOCK)}"
    if all(n["id"] != key for n in m["numbers"]):
        m["numbers"].append({"id": key, **STOCK[key]})


def remove_number(m: Manifest, name: str, a: int, b: int, today: date) -> None:
    del name, b, today
    if m["numbers"]:
        del m["numbers"][a % len(m["numbers"])]


def add_port(m: Manifest, name: str, a: int, b: int, today: date) -> None:
    singles, blocks = own_numbers(name)
    taken = {d for p in m["porting"] for d in (*p["numbers"], *p["blocks"])}
    chosen = [d for d in singles[: 1 + b % 5] if d not in taken]
    ranges = [d for d in blocks[: a % 3] if d not in taken]
    key = f"p{a % 2}"
    if (chosen or ranges) and all(p["id"] != key for p in m["porting"]):
        made = samples.porting(key, "", numbers=chosen, blocks=ranges)
        made["schedule"] = _schedule(a, b, today)
        m["porting"].append(made)


def _schedule(a: int, b: int, today: date) -> dict[str, Any]:
    day = _DAYS.on_or_after(today + timedelta(days=4 + 3 * a + b)).isoformat()
    match b % 5:
        case 0:
            return {"when": "asap", "time": "09:00"}
        case 4:
            return {"when": "asap", "agreed_date": {"1": day}, "time": "09:00"}
        case 1:
            return {"when": "asap", "agreed_date": day, "time": "09:00"}
        case 2:
            return {"when": "contract_end", "contract_ends_on": day, "time": "14:00"}
        case _:
            return {"when": "date", "date": day, "time": "09:00"}


def change_port(m: Manifest, name: str, a: int, b: int, today: date) -> None:
    if not m["porting"]:
        return
    port = m["porting"][a % len(m["porting"])]
    singles, _ = own_numbers(name)
    match b % 6:
        case 0:
            port["provider"] = f"Donor {a}"
        case 1:
            port["schedule"] = _schedule(a, b // 2, today)
        case 2:
            number = SHARED if a == 9 else singles[a % 5]
            if all(number not in p["numbers"] for p in m["porting"]):
                port["numbers"] = [*port["numbers"], number]
        case 3:
            if len(port["numbers"]) + len(port["blocks"]) > 1 and port["numbers"]:
                del port["numbers"][a % len(port["numbers"])]
        case 4:
            people = ["Petra Huber", "Hans Huber"]
            port["signature"] = {"authority": "collective", "signatories": people}
        case _:
            port["poa"] = {"sha256": f"{a}" * 64, "signed_on": "2027-01-05", "stored_at": "A"}


def remove_port(m: Manifest, name: str, a: int, b: int, today: date) -> None:
    del name, b, today
    if m["porting"]:
        del m["porting"][a % len(m["porting"])]


def change_contact(m: Manifest, name: str, a: int, b: int, today: date) -> None:
    del name, b, today
    field, value = [("city", f"Town {a}"), ("company", f"Firm {a} AG"), ("person", f"Boss {a}")][
        a % 3
    ]
    m["contact"][field] = value


def change_access(m: Manifest, name: str, a: int, b: int, today: date) -> None:
    del b, today
    key = ("support_login", "admin")[a % 2]
    m[key] = None if m.get(key) else {"login": f"{key.replace('_', '.')}.{name}"}


def change_activation(m: Manifest, name: str, a: int, b: int, today: date) -> None:
    del name, b
    day = None if a % 3 == 0 else (today + timedelta(days=4 * a)).isoformat()
    m["subscription"]["activate_from"] = day


def change_billing(m: Manifest, name: str, a: int, b: int, today: date) -> None:
    del name, b
    m["subscription"]["billing_from"] = (today + timedelta(days=5 * a - 10)).isoformat()


def change_end(m: Manifest, name: str, a: int, b: int, today: date) -> None:
    del name, b
    day = None if a % 2 == 0 else (today + timedelta(days=6 * a)).isoformat()
    m["subscription"]["ends_on"] = day


EDITS: tuple[Edit, ...] = (
    add_workplace,
    add_workplace,
    remove_workplace,
    change_workplace,
    change_workplace,
    rename_workplace,
    add_number,
    add_number,
    remove_number,
    add_port,
    add_port,
    change_port,
    remove_port,
    change_contact,
    change_access,
    change_activation,
    change_billing,
    change_end,
)


def tidy(m: Manifest) -> None:
    """A workplace whose number is gone has none: what a careful reseller does in the same edit."""
    there = _numbers(m)
    for place in m["workplaces"]:
        if place.get("number") not in there:
            place["number"] = None


def _numbers(m: Manifest) -> list[Any]:
    found: list[Any] = []
    for new in m["numbers"]:
        found.append({"stock": new["id"]})
        if new.get("block"):
            found += [{"stock": new["id"], "line": n} for n in (1, 7)]
    for port in m["porting"]:
        found += [*port["numbers"], *port["blocks"]]
        found += [block.ljust(10, "3") for block in port["blocks"]]
    return found


def _free_number(m: Manifest, pick: int) -> Any:
    used = [w.get("number") for w in m["workplaces"]]
    free = [None, *(n for n in _numbers(m) if n not in used)]
    return free[pick % len(free)]
