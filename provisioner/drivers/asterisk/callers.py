"""Who is seen to call, as fields of an endpoint, and back.  Pure.

Inside it is a name and an extension, outside a number, which may be withheld.
"""

import re
from collections.abc import Mapping

from provisioner.contract.resources import NO_NUMBER, NumberRef, Workplace
from provisioner.telephony.numbers import E164

Fields = Mapping[str, str]

UNKNOWN, _NOBODY = frozenset({"", "<unknown>", "unknown"}), "anonymous"
"""How Asterisk shows that there is no caller ID: it reads its own ``<unknown>`` as a number."""
PRIVACY = "callerid_privacy"
"""The field by which the dialplan knows whose number is withheld outside."""
HIDES = "@hides"
"""The mark of an endpoint of which we have said whether it is."""
_NONE = "none"
"""Stands for an empty caller ID, which Asterisk would not take."""
_SHOWN, _HIDDEN = "allowed_not_screened", "prohib_not_screened"
_CALLER = re.compile(r'"((?:[^"\\]|\\.)*)" <([^<>]*)>')


def wanted(workplace: Workplace, now: Fields) -> dict[str, str]:
    """For the endpoints of its desk phone and of its apps.  What is not declared keeps what ``now``
    has."""
    made: dict[str, str] = {}
    if workplace.name is not None or workplace.extension is not None:
        name, number = split(now.get("callerid", ""))
        made["callerid"] = join(
            name if workplace.name is None else workplace.name,
            number if workplace.extension is None else workplace.extension,
        )
    elif now.get("callerid", "") not in UNKNOWN:
        made["callerid"] = now["callerid"]
    if workplace.caller_id is not None:
        digits = workplace.caller_id.digits
        made["callerid_tag"] = E164(digits).international if digits else _NONE
    elif now.get("callerid_tag"):
        made["callerid_tag"] = now["callerid_tag"]
    if workplace.hide_number is not None:
        made[PRIVACY] = _HIDDEN if workplace.hide_number else _SHOWN
    elif now.get(PRIVACY):
        made[PRIVACY] = now[PRIVACY]
    return made


def both(endpoint: Fields) -> str:
    """The caller ID inside and outside; kept as a mark, which the app's is compared with."""
    inside = endpoint.get("callerid", "")
    hidden = "|hidden" if _is_hidden(endpoint) else ""
    return f"{'' if inside in UNKNOWN else inside}|{endpoint.get('callerid_tag', '')}{hidden}"


def outside(endpoint: Fields) -> NumberRef | None:
    """The number that is shown outside; None: never declared."""
    tag = endpoint.get("callerid_tag", "")
    if not tag:
        return None
    if tag == _NONE:
        return NO_NUMBER
    return NumberRef.literal("0" + tag[3:] if tag.startswith("+41") else tag)


def hides(endpoint: Fields) -> bool | None:
    """Whether its number is withheld; None: it is not, and we have never said anything of it."""
    return _is_hidden(endpoint) or (False if HIDES in endpoint else None)


def _is_hidden(endpoint: Fields) -> bool:
    return endpoint.get(PRIVACY, "").lower().startswith("prohib")


def join(name: str, number: str) -> str:
    """A caller ID as Asterisk takes it and gives it back; a name alone would be read as a number or
    cut at a quote."""
    if not name:
        return number
    quoted = re.sub(r'(["\\])', r"\\\1", name)
    return f'"{quoted}" <{number or _NOBODY}>'


def split(text: str) -> tuple[str, str]:
    """Name and number of a caller ID; empty where there is none."""
    match = _CALLER.fullmatch(text)
    if match is not None:
        name = re.sub(r"\\(.)", r"\1", match[1])
        return name, "" if match[2] == _NOBODY else match[2]
    if re.fullmatch(r"[0-9*#+]*", text, re.ASCII):
        return "", text
    return ("", "") if text in UNKNOWN else (text, "")
