"""Which contacts calls go to: whatever a device wrote when it registered is input.  Pure.

The patterns are those of the dialplan, which is filled from here.  They are read alike by Asterisk
(POSIX, extended) and by Python; ``\\;`` is how a file of Asterisk writes a semicolon.
"""

import re

PLAIN = (
    r"^sips?:[A-Za-z0-9._~-]+@([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?"
    r"(\;[]A-Za-z0-9._~+*=:[-]+)*$"
)
"""No ``&``, no comma and nothing encoded, which would add devices of others."""
LONGEST = 250
"""All devices of a workplace have to fit into one call."""
ELSEWHERE = r"\;[mM][aA][dD][dD][rR]"
"""It would send the call to another place."""
BEFORE_OWN, AFTER_OWN = "^sips?:", r"([~-][A-Za-z0-9-]*)?@"
"""Around the workplace's own user: another one could be a number that somebody else connects."""
BROWSER = r"^sip:[A-Za-z0-9]+@[]A-Za-z0-9.:[-]+\;transport=[wW][sS][sS]?(\;.*)?$"
"""An app in a browser writes a word of its own, and is reached over its own connection alone."""


def rings(user: str, contact: str) -> bool:
    """Whether calls to ``user`` go to its contact, an address without its angle brackets.

    What the dialplan refuses beside, an address at the carrier, is not known here.
    """
    own = f"{BEFORE_OWN}{re.escape(user)}{AFTER_OWN}"
    return (
        re.fullmatch(PLAIN, contact) is not None
        and len(contact) <= LONGEST
        and not re.search(ELSEWHERE, contact)
        and bool(re.search(own, contact) or re.search(BROWSER, contact))
    )
