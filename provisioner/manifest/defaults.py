"""What a manifest may leave out, since the operator says it for all customers of a reseller.

A field that is left out takes the reseller's default, then that of all resellers.  It is filled in
as the file is read, so whoever asks a manifest sees one value; what was filled in is kept beside it
and told.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import WithJsonSchema

from provisioner.codes import Code
from provisioner.codes.fields import (
    DefaultGivesNoLogin,
    NoCanton,
    UnknownPlaceholder,
)
from provisioner.errors import ProvisionError
from provisioner.manifest.types import KIND, FieldKind, Strict, refusal, scalar
from provisioner.spelling import nearest
from provisioner.telephony.calendar import CANTONS
from provisioner.telephony.identity import IdentityError, SipLogin
from provisioner.telephony.licenses import License
from provisioner.telephony.srtp import Srtp

Language = Literal["de", "fr", "it", "en"]

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}?")
_PLACEHOLDERS = ("customer", "reseller")
OF_WORKPLACES = ("license", "srtp")
"""Defaults that each workplace takes."""


def _canton(text: str) -> str:
    if text not in CANTONS:
        raise refusal(NoCanton(found=text))
    return text


def _pattern(text: str) -> str:
    for found in _PLACEHOLDER.finditer(text):
        if found[1] not in _PLACEHOLDERS:
            near = nearest(found[1], _PLACEHOLDERS)
            known = ", ".join(f"{{{name}}}" for name in _PLACEHOLDERS)
            about = UnknownPlaceholder(
                found=found[1], suggestion=f"{{{near}}}" if near else "", known=known
            )
            raise ProvisionError(about)
    SipLogin.parse(_PLACEHOLDER.sub("a", text))
    return text


Canton = Annotated[
    str,
    scalar(_canton),
    WithJsonSchema(
        {"type": "string", "pattern": f"^({'|'.join(sorted(CANTONS))})$", "examples": ["ZH"]}
    ),
]
LoginPattern = Annotated[
    str,
    scalar(_pattern),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^([A-Za-z0-9]|\{customer\}|\{reseller\})+"
            r"(\.([A-Za-z0-9]|\{customer\}|\{reseller\})+)*$",
            "maxLength": 64,
            "examples": ["{customer}.support"],
            KIND: FieldKind.WORDS,
        }
    ),
]


class SupportDefault(Strict):
    """The support login of customers whose manifest has none."""

    login: LoginPattern
    """``{customer}.support``: the customer's id, with dots for its hyphens; ``{reseller}`` too."""

    def of(self, reseller: str, customer: str) -> str:
        """The login of one customer; other customers have others, as ids have no dots."""
        names = {"customer": customer, "reseller": reseller}
        return _PLACEHOLDER.sub(lambda found: names[found[1]].replace("-", "."), self.login)

    def shared_by_all(self) -> bool:
        """It is the same for every reseller."""
        return _PLACEHOLDER.search(self.login) is None


class Defaults(Strict):
    """What a manifest may leave out; one that says it, is right."""

    license: License | None = None
    """License of a workplace."""
    srtp: Srtp | None = None
    """Encrypted voice of a workplace's desk phone."""
    password: Literal["generated", "sealed"] | None = None
    """Passwords that a manifest says nothing of: generated, or each has to be sealed in it."""
    canton: Canton | None = None
    """Canton of the customers: nobody ports on its holidays either."""
    language: Language | None = None
    """Language of letters and of what a customer is handed."""
    support_login: SupportDefault | None = None
    """The reseller's own access to the PBX (R14)."""


EMPTY = Defaults()


class Given(NamedTuple):
    """A value that a default has given.  ``of``: a reseller, or the file that holds for all.
    ``logins``: of what each workplace has, those whose it is."""

    field: str
    of: str
    logins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Usual:
    """What holds for the manifests of one reseller."""

    reseller: str
    sources: tuple[tuple[str, Defaults], ...] = ()
    """By whose they are, the nearest first."""

    @cached_property
    def values(self) -> Mapping[str, tuple[Any, str]]:
        """Each default with whose it is, by field."""
        found: dict[str, tuple[Any, str]] = {}
        for of, defaults in reversed(self.sources):
            told = ((name, getattr(defaults, name)) for name in Defaults.model_fields)
            found |= {name: (value, of) for name, value in told if value is not None}
        return found

    def support_login(self, customer: str) -> str:
        """The one that a customer has whose manifest names none; empty if there is none."""
        value, _ = self.values.get("support_login", (None, ""))
        return value.of(self.reseller, customer) if value else ""

    def fill(self, data: Any, customer: str) -> Iterator[Given | Code]:
        """Write the defaults into a manifest as it was read, and tell which; or what is wrong."""
        if not self.values or not isinstance(data, dict):
            return
        for name, (value, of) in self.values.items():
            if name in OF_WORKPLACES:
                if logins := _filled(data.get("workplaces"), name, str(value)):
                    yield Given(name, of, logins)
            elif name == "password" or name in data:
                continue
            elif name == "support_login":
                yield from self._support(data, customer, of)
            else:
                data[name] = value
                yield Given(name, of)

    def leave_out(self, data: dict[str, Any], customer: str) -> None:
        """What :meth:`fill` would write, from a manifest that is about to be written."""
        told = {name: value for name, (value, _) in self.values.items()}
        for each in data["workplaces"]:
            for name in told.keys() & {*OF_WORKPLACES}:
                if each.get(name) == told[name]:
                    del each[name]
        if "support_login" in told:
            told["support_login"] = {"login": self.support_login(customer)}
        for name in told.keys() & {"support_login", "canton", "language"}:
            if data.get(name) == told[name]:
                del data[name]

    def _support(self, data: dict[str, Any], customer: str, of: str) -> Iterator[Given | Code]:
        login = self.support_login(customer)
        try:
            SipLogin.parse(login)
        except IdentityError:
            yield DefaultGivesNoLogin(found=login, of=of)
        else:
            data["support_login"] = {"login": login}
            yield Given("support_login", of)


def _filled(workplaces: Any, name: str, value: str) -> tuple[str, ...]:
    """Give it to those that have none; their logins, as far as there is one."""
    found = []
    for each in workplaces if isinstance(workplaces, list) else ():
        if isinstance(each, dict) and name not in each:
            each[name] = value
            found.append(str(each.get("login", "")))
    return tuple(found)


NOTHING = Usual("")
