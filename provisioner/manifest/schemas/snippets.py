"""What an editor offers to write for a group: whole entries with places to fill in.

``${1:text}`` is a place with a proposal.  With all proposals taken as they are, an entry is valid.
"""

from typing import Any

Snippet = dict[str, Any]


def _snippet(label: str, english: str, german: str, body: Any) -> Snippet:
    return {
        "label": label,
        "description": english,
        "markdownDescription": f"{english} / {german}",
        "body": body,
    }


_LOGIN = "${1:petra.huber}"

SNIPPETS: dict[str, list[Snippet]] = {
    "NewNumber": [
        _snippet(
            "a new number",
            "One new number of an area",
            "Eine neue Nummer einer Vorwahl",
            {"id": "${1:zentrale}", "area": '"${2:044}"'},
        ),
        _snippet(
            "a new block",
            "A new DDI block of 10, 100 or 1000 numbers",
            "Ein neuer DDI-Block mit 10, 100 oder 1000 Nummern",
            {"id": "${1:ddi}", "area": '"${2:044}"', "block": "${3|10,100,1000|}"},
        ),
    ],
    "Workplace": [
        _snippet(
            "a person",
            "A person with desk phone and apps",
            "Eine Person mit Telefon und Apps",
            {
                "login": _LOGIN,
                "name": "${2:Petra Huber}",
                "license": "phones+apps",
                "number": "{stock: ${3:zentrale}}",
            },
        ),
        _snippet(
            "fax, workshop, lift or door",
            "A phone without computer and mobile app",
            "Ein Telefon ohne Computer und Mobile-App",
            {
                "login": "${1:fax}",
                "use": "${2|fax,workshop,lift,door|}",
                "license": "phones",
                "number": "{stock: ${3:zentrale}}",
            },
        ),
    ],
    "Porting": [
        _snippet(
            "a port at the contract's end",
            "Numbers that move at the end of the old contract",
            "Nummern, die am Vertragsende wechseln",
            {
                "id": "${1:haupt}",
                "provider": "${2:unknown}",
                "scope": "${3|partial,full|}",
                "internet_on_contract": "${4|true,false|}",
                "schedule": {
                    "when": "contract_end",
                    "contract_ends_on": "${5:2027-02-26}",
                    "time": '"${6:09:00}"',
                },
                "signature": {
                    "authority": "${7|single,collective|}",
                    "signatories": ["${8:Petra Huber}"],
                },
                "numbers": ['"${9:0445001234}"'],
            },
        ),
        _snippet(
            "a port on a date",
            "Numbers that move on a given date",
            "Nummern, die an einem bestimmten Datum wechseln",
            {
                "id": "${1:haupt}",
                "provider": "${2:unknown}",
                "scope": "${3|partial,full|}",
                "internet_on_contract": "${4|true,false|}",
                "schedule": {"when": "date", "date": "${5:2027-03-01}", "time": '"${6:09:00}"'},
                "signature": {
                    "authority": "${7|single,collective|}",
                    "signatories": ["${8:Petra Huber}"],
                },
                "numbers": ['"${9:0445001234}"'],
            },
        ),
    ],
    "Credential": [
        _snippet(
            "a generated password",
            "Made at apply and handed over sealed",
            "Entsteht beim Ausführen und wird versiegelt übergeben",
            {"generate": True},
        ),
    ],
    "Schedule": [
        _snippet(
            "at the contract's end",
            "The last working day on or before the contract's end",
            "Am letzten Arbeitstag vor oder an dem Vertragsende",
            {
                "when": "contract_end",
                "contract_ends_on": "${1:2027-02-26}",
                "time": '"${2:09:00}"',
            },
        ),
        _snippet(
            "on a date",
            "On this day",
            "An diesem Tag",
            {"when": "date", "date": "${1:2027-03-01}", "time": '"${2:09:00}"'},
        ),
        _snippet(
            "as soon as possible",
            "Held until staff enter the agreed date",
            "Wartet, bis der Anbieter das abgesprochene Datum einträgt",
            {"when": "asap", "time": '"${1:09:00}"'},
        ),
    ],
}
"""By model."""
