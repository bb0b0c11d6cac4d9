"""Reading a hand-over: the passwords that were made for a reseller's logins."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import orjson

from provisioner.apply.phones import KIND
from provisioner.manifest.sealed import Damaged, SealError, unseal_raw

_BEGIN = re.compile(rb'(?=\{"customer":)')
"""Where an entry begins, also behind one that a full disk cut off before its line ended."""
_PLACE = re.compile(rb'\{"customer":"([a-z0-9-]+)","kind":"([a-z_]+)","login":"([A-Za-z0-9.]+)"')

_MADE = re.compile(rb'"at":"(20\d\d-\d\d-\d\d)T')


class Place(NamedTuple):
    """Whose password. ``kind``: workplace, support_login or admin."""

    customer: str
    kind: str
    login: str

    def __str__(self) -> str:
        return f"{self.customer}/{self.login}"


@dataclass(frozen=True, slots=True)
class HandOver:
    """What a file holds.  The last entry of a login counts, also where it cannot be read: an older
    password is not valid any more.

    ``closed``: whose entry is sealed to another key.  ``damaged``: whose entry no key opens.
    ``strays``: lines with damage that does not tell whose it was.  ``passed``: how many entries
    that do not open were followed by one of the same login that does.  ``foreign``: something is
    there, and nothing of it is an entry, or it is what phones need and the web host reads.
    """

    passwords: dict[Place, str]
    closed: tuple[Place, ...] = ()
    damaged: tuple[Place, ...] = ()
    strays: tuple[int, ...] = ()
    passed: int = 0
    foreign: bool = False

    @property
    def empty(self) -> bool:
        left = self.passwords or self.closed or self.damaged or self.strays
        return not (left or self.foreign)


class Entry(NamedTuple):
    """An entry as it stands in the file.

    ``place`` None: damage that does not tell whose it was.  ``body`` None: it does not open, since
    it is sealed to another key (``closed``) or damaged.
    """

    line: int
    place: Place | None
    body: dict[str, Any] | None
    closed: bool
    plain: dict[str, Any] = {}
    """What stands in the line for everybody to read; empty where it is damaged."""


def entries(content: bytes, identities: Sequence[str]) -> Iterator[Entry]:
    """All entries of a file in their order, as far as these keys open them."""
    for line, piece in _pieces(content):
        match = _PLACE.match(piece)
        place = Place(*(part.decode() for part in match.groups())) if match else None
        plain: dict[str, Any] = {}
        try:
            found = orjson.loads(piece)
            plain = found if isinstance(found, dict) else plain
            inside, body = _inside(str(plain["sealed"]), identities)
            yield Entry(line, inside, body, False, plain)
        except (Damaged, orjson.JSONDecodeError, KeyError, TypeError):
            yield Entry(line, place, None, False, plain)
        except SealError:
            yield Entry(line, place, None, True, plain)


def opened(content: bytes, identities: Sequence[str]) -> HandOver:
    """All passwords of a file, as far as these keys open them."""
    passwords: dict[Place, str] = {}
    closed: list[Place] = []
    damaged: list[Place] = []
    strays: list[int] = []
    for_phones = False
    for line, place, body, shut_in, _ in entries(content, identities):
        if place is not None and place.kind == KIND:
            for_phones = True
            continue
        password = body.get("password") if body else None
        if place is None:
            strays.append(line)
        elif isinstance(password, str):
            passwords[place] = password
        else:
            passwords.pop(place, None)
            (closed if shut_in else damaged).append(place)
    lost = tuple(dict.fromkeys(p for p in damaged if p not in passwords))
    shut = tuple(dict.fromkeys(p for p in closed if p not in passwords and p not in lost))
    passed = sum(p in passwords for p in (*closed, *damaged))
    others = bool(strays) and not _BEGIN.search(content)
    foreign = (others or for_phones) and not (passwords or closed or damaged)
    return HandOver(passwords, shut, lost, tuple(dict.fromkeys(strays)), passed, foreign)


def waiting(content: bytes) -> dict[Place, date | None]:
    """Whose passwords a file holds, and the day on which the last of each was made; no key is
    needed."""
    found: dict[Place, date | None] = {}
    for _, piece in _pieces(content):
        if match := _PLACE.match(piece):
            made = _MADE.search(piece)
            place = Place(*(part.decode() for part in match.groups()))
            found[place] = date.fromisoformat(made[1].decode()) if made else None
    return found


def _pieces(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Entries as they stand, whole or not, with their lines."""
    for number, line in enumerate(content.split(b"\n"), 1):
        for piece in _BEGIN.split(line):
            if piece.strip():
                yield number, piece


def _inside(sealed: str, identities: Sequence[str]) -> tuple[Place, dict[str, Any]]:
    body = orjson.loads(unseal_raw(sealed, identities))
    place = tuple(body[name] for name in ("customer", "kind", "login"))
    if not all(isinstance(part, str) for part in place):
        raise TypeError
    return Place(*place), body
