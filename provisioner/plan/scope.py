"""Whose customers a run may know: one desk and one PBX can serve several repositories.

What is live for somebody else is not planned, not listed and not named.  That something of theirs
is in the way is said, and no more.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from provisioner.contract.desk import ALL, DeskReader, DeskState
from provisioner.contract.resources import Release
from provisioner.manifest.config import Config
from provisioner.telephony.identity import CustomerId

_PROJECT = re.compile(r".*, project ([1-9][0-9]{0,17})", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Scope:
    """``only``: the reseller whose repository it is; empty: it is the operator's own, and has all
    customers but those of resellers that are ``elsewhere``.  ``project``: its number at the forge,
    by which the audit knows it; 0 if it has none."""

    only: str = ""
    elsewhere: frozenset[str] = frozenset()
    project: int = 0

    @classmethod
    def of(cls, config: Config) -> Self:
        """Of the repository in which the settings themselves are."""
        project = config.review.project.id if config.review else 0
        return cls(elsewhere=config.elsewhere, project=project)

    @property
    def everybody(self) -> bool:
        """There is no other repository."""
        return not (self.only or self.elsewhere)

    def mine(self, desk: DeskReader, customers: Iterable[CustomerId]) -> set[CustomerId]:
        """Those of ``customers`` that are, or were last, live for this repository.

        One that the desk cannot tell is none of them.  Raises SystemFault.
        """
        asked = {*customers}
        if self.everybody or not asked:
            return asked
        states = desk.read(sorted(asked))
        return {
            c for c, state in states.items() if c in asked and self._is_live_here(desk, c, state)
        }

    def theirs(self, desk: DeskReader, customers: Iterable[CustomerId]) -> set[CustomerId]:
        """Those of ``customers`` that are live for another one.  Raises SystemFault."""
        asked = {*customers}
        if self.everybody or not asked:
            return set()
        states = desk.read(sorted(asked))
        live = {c: state for c, state in states.items() if state.objects}
        return {c for c, state in live.items() if not self._is_live_here(desk, c, state)}

    def _is_live_here(self, desk: DeskReader, customer: CustomerId, state: DeskState) -> bool:
        """By the reseller for whom it was released; once that is gone, by who wrote of it last."""
        for each in state.objects:
            if isinstance(each, Release):
                return self.has(each.reseller)
        said = (project_of(entry.what) for entry in desk.audit(customer, limit=ALL))
        last = next((project for project in said if project), None)
        return last == self.project if last else not self.only

    def has(self, reseller: str) -> bool:
        """Whether a reseller's manifests are in this repository."""
        return reseller == self.only if self.only else reseller not in self.elsewhere

    # Entries of the audit

    def noted(self, what: str) -> str:
        """``what``, as the audit has it of this project."""
        return f"{what}, project {self.project}"

    def notes(self, what: str) -> bool:
        """Whether an entry is of this project; before there were several it named none."""
        project = project_of(what)
        return project == self.project or (project is None and not self.only)


EVERYBODY = Scope()


def project_of(what: str) -> int | None:
    """Which project an entry of the audit names."""
    found = _PROJECT.fullmatch(what)
    return int(found[1]) if found else None
