"""Which manifests have to be read for a few customers.

Numbers, logins and phones must be unique over all files, so each of them is looked at; but only one
in which the same digits, the same login or the same MAC address stand, or that names one of the
customers, can say anything about them.  Looking for a text costs a hundredth of reading a manifest.
In doubt it is read.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field

from provisioner.manifest.defaults import Usual
from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.files import Files, Item
from provisioner.manifest.loader import load_manifest
from provisioner.manifest.models import Manifest
from provisioner.manifest.phones import macs_of
from provisioner.manifest.rules import claims_of, logins_of
from provisioner.telephony.numbers import DIGITS
from provisioner.telephony.pools import HEAD

File = tuple[str, str, Item]
"""The reseller, the name from the workspace, and what to read."""

_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
_LOGIN_SIGNS = b"abcdefghijklmnopqrstuvwxyz0123456789."
_WORDS = bytes(sign if sign in _LOGIN_SIGNS else 32 for sign in bytes(range(256)).lower())
"""Small letters, and blanks for all that no login has in it."""
_RANGES = (b"block", b"held")
"""Without one of these keys a file names no range of numbers, only whole ones."""
_FEW = 8
"""Texts that are quicker looked for each than all words of a file."""
_LINK = re.compile(rb"(?<![a-z_])(?:was|from)")
"""Keys behind which stands another customer."""


@dataclass(slots=True)
class _Asked:
    """What the customers that are asked for claim, as it stands in any other file that does too."""

    ids: set[bytes] = field(default_factory=set)
    logins: set[bytes] = field(default_factory=set)
    numbers: set[bytes] = field(default_factory=set)
    """Digits without the zero before the area code: nobody writes it after +41."""
    heads: set[bytes] = field(default_factory=set)
    """What any range has in which one of the numbers lies."""
    parts: set[bytes] = field(default_factory=set)
    """Of which each login has one."""
    macs: set[bytes] = field(default_factory=set)
    """Of phones, in small letters as the rest of a file that is looked through."""

    def add(self, customer: str, manifest: Manifest | None) -> None:
        self.ids.add(customer.encode())
        if manifest is None:
            return
        self.logins |= {login.encode() for _, login in logins_of(manifest)}
        for digits, _ in claims_of(manifest):
            self.numbers.add(digits[1:DIGITS].encode())
            self.heads.add(digits[1:HEAD].encode())
        self.parts = _parts(self.logins)
        self.macs |= {mac.lower().encode() for _, mac in macs_of(manifest)}

    def concerns(self, data: bytes) -> bool:
        """Whether the file may claim something of it, or name one of the customers."""
        if b"\\" in data:  # letters and digits may be written as escapes
            return True
        folded = data.lower()
        if self._may_have_login(folded) and not self.logins.isdisjoint(
            folded.translate(_WORDS).split()
        ):
            return True
        if self._has_phone(folded):
            return True
        if any(map(folded.__contains__, self.ids)) and _LINK.search(folded):
            return True
        if not self.numbers:
            return False
        digits = data.translate(None, _NO_DIGITS)
        if any(map(digits.__contains__, self.numbers)):
            return True
        ranges = any(map(folded.__contains__, _RANGES))
        return ranges and any(map(digits.__contains__, self.heads))

    def has(self, login: str) -> bool:
        """Whether it is one of theirs, in whatever case it is written."""
        return bool(login) and login.lower().encode() in self.logins

    def _may_have_login(self, folded: bytes) -> bool:
        return len(self.parts) > _FEW or any(map(folded.__contains__, self.parts))

    def _has_phone(self, folded: bytes) -> bool:
        if len(self.macs) > _FEW:
            return b"mac" in folded and not self.macs.isdisjoint(folded.translate(_WORDS).split())
        return any(map(folded.__contains__, self.macs))


def _parts(logins: AbstractSet[bytes]) -> set[bytes]:
    """A part of each login, few where they are alike: ``c7.`` or ``.velowerk``."""
    halves = {
        login: (login[: login.find(b".") + 1], login[login.rfind(b".") :]) for login in logins
    }
    often = Counter(half for both in halves.values() for half in both)
    return {
        max(both, key=often.__getitem__) if b"." in login else login
        for login, both in halves.items()
    }


def concerning(
    files: Sequence[File], names: Sequence[str], source: Files, usual: Callable[[str], Usual]
) -> Sequence[File]:
    """Of all manifests those that say something about the customers that ``names`` name, by id or
    by file; all of them, if one of the names is no such file's, or if all are named.  ``usual``:
    what those of a reseller may leave out.

    Those with whom numbers move, and former ids, belong to them.
    """
    by_id: dict[str, list[File]] = {}
    for file in files:
        by_id.setdefault(_stem(file[1]), []).append(file)
    wanted = {_stem(name) if name.endswith(".yaml") else name for name in names}
    if not wanted or not wanted < by_id.keys():
        return files
    search = _Search(files, source, usual)
    mine: set[str] = set()
    while wanted:
        while wanted:  # those that they name themselves, before all others are looked at
            mine |= wanted
            own = [search.own(file) for customer in wanted for file in by_id[customer]]
            wanted = (set().union(*own) & by_id.keys()) - mine
        those, naming = search.among(mine)
        wanted = naming - mine
    return those


@dataclass(slots=True)
class _Search:
    """Of all manifests each is read, and forgotten at once: to keep them takes as long."""

    files: Sequence[File]
    source: Files
    usual: Callable[[str], Usual]
    asked: _Asked = field(default_factory=_Asked)

    def own(self, file: File) -> set[str]:
        """A file of a customer that is asked for: whom it names."""
        reseller, name, item = file
        manifest = None
        with suppress(OSError):
            manifest = _manifest(self.source.read(item.path), name, self.usual(reseller))
        self.asked.add(_stem(name), manifest)
        return _linked(manifest)

    def among(self, mine: AbstractSet[str]) -> tuple[list[File], set[str]]:
        """Those that say something about ``mine``, and the customers in them that name one."""
        those: list[File] = []
        naming: set[str] = set()
        usual = {reseller: self.usual(reseller) for reseller in {file[0] for file in self.files}}
        ids = [each.encode() for each in mine]
        for file in self.files:
            reseller, name, item = file
            if (customer := _stem(name)) in mine:
                those.append(file)
                continue
            try:
                data = self.source.read(item.path)
            except OSError:
                those.append(file)  # told where it is read
                continue
            if self.asked.concerns(data):
                those.append(file)
                if _may_name(data, ids) and mine & _linked(_manifest(data, name, usual[reseller])):
                    naming.add(customer)
            elif self.asked.has(usual[reseller].support_login(customer)):  # it stands in no file
                those.append(file)
        return those, naming


def _may_name(data: bytes, ids: Sequence[bytes]) -> bool:
    """Whether one of ``ids`` may be a former id there, or have numbers that come from it; an id in
    capitals is none."""
    if b"\\" in data:
        return True
    return any(map(data.__contains__, ids)) and _LINK.search(data) is not None


def _stem(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".yaml")


def _manifest(data: bytes, name: str, usual: Usual) -> Manifest | None:
    """None for one that cannot be read: it claims nothing."""
    try:
        return load_manifest(data, name, usual).value
    except InputError:
        return None


def _linked(manifest: Manifest | None) -> set[str]:
    if manifest is None:
        return set()
    return {str(each) for each in (manifest.was, *(n.from_ for n in manifest.numbers)) if each}
