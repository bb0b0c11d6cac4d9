"""What an editor offers to write for a group: whole entries with places to fill in.

``${1:text}`` is a place with a proposal.  With all proposals taken as they are, an entry is valid.
Labels and sentences are among the field texts, under ``Snippet`` and the name that stands here.
"""

from collections.abc import Mapping
from typing import Any

Body = Mapping[str, Any]

_LOGIN = "${1:petra.huber}"
_NUMBER = "{stock: ${3:zentrale}}"


def _port(schedule: Body) -> Body:
    return {
        "id": "${1:haupt}",
        "provider": "${2:unknown}",
        "scope": "${3|partial,full|}",
        "internet_on_contract": "${4|true,false|}",
        "schedule": {**schedule, "time": '"${6:09:00}"'},
        "signature": {
            "authority": "${7|single,collective|}",
            "signatories": ["${8:Petra Huber}"],
        },
        "numbers": ['"${9:0445001234}"'],
    }


SNIPPETS: Mapping[str, Mapping[str, Body]] = {
    "NewNumber": {
        "number": {"id": "${1:zentrale}", "area": '"${2:044}"'},
        "block": {"id": "${1:ddi}", "area": '"${2:044}"', "block": "${3|10,100,1000|}"},
    },
    "Workplace": {
        "person": {
            "login": _LOGIN,
            "name": "${2:Petra Huber}",
            "license": "phones+apps",
            "number": _NUMBER,
        },
        "device": {
            "login": "${1:fax}",
            "use": "${2|fax,workshop,lift,door|}",
            "license": "phones",
            "number": _NUMBER,
        },
    },
    "Porting": {
        "port_at_end": _port({"when": "contract_end", "contract_ends_on": "${5:2027-02-26}"}),
        "port_on_date": _port({"when": "date", "date": "${5:2027-03-01}"}),
    },
    "Credential": {"generated": {"generate": True}},
    "Schedule": {
        "at_end": {
            "when": "contract_end",
            "contract_ends_on": "${1:2027-02-26}",
            "time": '"${2:09:00}"',
        },
        "on_date": {"when": "date", "date": "${1:2027-03-01}", "time": '"${2:09:00}"'},
        "asap": {"when": "asap", "time": '"${1:09:00}"'},
    },
}
"""By model, then by name."""
