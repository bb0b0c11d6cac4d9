"""Passwords on their way to the PBX.

A sealed one is opened here and nowhere else; a generated one is made here and handed over sealed to
the reseller.  The hand-over is written before the PBX is called: a crash in between leaves an entry
for a password that was never set, never a password that nobody knows.  The last entry for a login
counts.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from provisioner.apply.appending import append
from provisioner.apply.phones import PhoneHandOver
from provisioner.codes.secrets import NoKeyToOpenASealedPassword
from provisioner.contract.pbx import MadePassword
from provisioner.contract.resources import Kind
from provisioner.manifest.credential import Credential
from provisioner.manifest.models import Manifest
from provisioner.manifest.sealed import SealError, context, seal_raw, unseal
from provisioner.plan.diff import gains_phone
from provisioner.plan.model import Action, Step

_BYTES = 24

Passwords = Mapping[str, str | None]
"""By login; None: to be generated."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """How passwords are found and handed over.

    ``identities``: texts of private keys that open sealed passwords.  ``recipients``: per reseller
    the public keys to which generated ones are sealed.  ``folder``: where hand-overs are written.
    ``phones``: what phones need, for the web host; None if the operator configures none.
    """

    identities: Sequence[str]
    recipients: Mapping[str, Sequence[str]]
    folder: Path
    phones: PhoneHandOver | None = None

    def opened(
        self,
        customer: str,
        manifest: Manifest | None,
        steps: Sequence[Step],
    ) -> dict[str, Passwords]:
        """The passwords that each step sets, by its id: all before the first write.

        A tenant that is renamed has one for each of its phones, unless a step of the phone's own
        sets it.  Raises SealError PV304 (no key was given), PV307 or PV310.
        """
        found: dict[str, Passwords] = {}
        if manifest is None:
            return found
        own = {s.key for s in steps if s.kind is Kind.WORKPLACE and sets_password(s)}
        for step in steps:
            if sets_password(step):
                declared = _declared(manifest, step.kind, step.key)
                found[step.id] = {step.key: self._one(declared, customer, step.kind, step.key)}
            elif step.kind is Kind.TENANT and step.action is Action.RENAME:
                found[step.id] = {
                    str(each.login): self._one(
                        each.password, customer, Kind.WORKPLACE, str(each.login)
                    )
                    for each in manifest.workplaces
                    if str(each.login) not in own
                }
        return found

    def _one(
        self, declared: Credential | None, customer: str, kind: Kind, login: str
    ) -> str | None:
        if declared is None or declared.age is None:
            return None
        place = context(customer, kind, login)
        if not self.identities:
            raise SealError(NoKeyToOpenASealedPassword(place=place))
        return unseal(declared.age, place, self.identities)

    def generate(self, customer: str, reseller: str, kind: Kind, login: str, at: datetime) -> str:
        """A new random password, handed over sealed if the reseller has a key.

        SystemFault PV572 if the hand-over is not on disk as a whole: nobody may be told it then.
        """
        password = MadePassword(secrets.token_urlsafe(_BYTES))
        recipients = self.recipients.get(reseller, ())
        if recipients:
            entry = {"customer": customer, "kind": kind, "login": login}
            body = orjson.dumps({**entry, "password": password})
            line = {**entry, "at": at.isoformat(timespec="seconds")}
            append(self.folder, reseller, {**line, "sealed": seal_raw(body, recipients)})
        return password


def sets_password(step: Step) -> bool:
    """Whether the step sets a password: a new login or name, another version of it, or a phone that
    has to be told it."""
    login = step.kind in {Kind.WORKPLACE, Kind.SUPPORT, Kind.ADMIN}
    new = step.action in {Action.CREATE, Action.RENAME}
    gains = gains_phone(step.before or {}, step.after or {}, step.changed)
    return login and (new or gains or "credential" in step.changed)


def _declared(manifest: Manifest, kind: Kind, login: str) -> Credential | None:
    match kind:
        case Kind.SUPPORT:
            return manifest.support_login.password if manifest.support_login else None
        case Kind.ADMIN:
            return manifest.admin.password if manifest.admin else None
        case _:
            found = (w.password for w in manifest.workplaces if str(w.login) == login)
            return next(found, None)
