"""What a job of the protected branch works with: forge, settings, and who makes texts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from nacl.signing import VerifyKey

from provisioner.forge.protocol import Forge
from provisioner.git.repository import Repository
from provisioner.manifest.config import Config
from provisioner.manifest.review import Review
from provisioner.review.judge import Terms
from provisioner.review.showing import AppliedShown, DriftShown, OpenShown, PlanShown


class Texts(Protocol):
    """What people read on the forge.  ``language`` None: the operator's.  ``limit``: characters.

    The first line of a text is always the same for the same project, and another one for each
    kind of text.
    """

    def marker(self) -> str:
        """The first line of the comment on a merge request."""
        ...

    def plan(self, shown: PlanShown, language: str | None, limit: int) -> str: ...

    def applied(self, shown: AppliedShown, language: str | None, limit: int) -> str: ...

    def mark(self, shown: PlanShown) -> tuple[str, str]:
        """A title, and two lines."""
        ...

    def reason(self, shown: PlanShown, language: str | None) -> str:
        """Why approvals are taken back."""
        ...

    def open(self, shown: OpenShown, limit: int) -> tuple[str, str]:
        """The issue of what could not be applied: title and text."""
        ...

    def drift(self, shown: DriftShown, limit: int) -> tuple[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """``root``: folder of the clone.  ``tip``: the commit of the protected branch that is checked
    out; ``config`` is what it says."""

    root: Path
    repository: Repository
    tip: str
    config: Config
    review: Review
    forge: Forge
    keys: tuple[VerifyKey, ...]
    texts: Texts
    today: date

    @property
    def terms(self) -> Terms:
        """Who may approve, as the protected branch says now."""
        project, approvals = self.review.project, self.config.approvals
        staff = (each.at(project.forge) for each in self.review.staff)
        return Terms(
            forge=project.forge,
            project=project.id,
            branch=project.branch,
            staff=frozenset(number for number in staff if number is not None),
            ordinary=approvals.ordinary,
            irreversible=approvals.irreversible,
            holds_days=approvals.holds_days,
        )

    def language_of(self, resellers: Collection[str]) -> str | None:
        """Of one reseller's customers; None if there are several, or it is nobody's."""
        known = [self.config.resellers.get(each) for each in {*resellers}]
        return known[0].language if len(known) == 1 and known[0] else None
