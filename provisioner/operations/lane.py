"""What a job of the protected branch works with: forge, settings, and who makes texts."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from nacl.signing import VerifyKey

from provisioner.contract.desk import Desk
from provisioner.contract.pbx import Pbx
from provisioner.errors import ProvisionError
from provisioner.forge.protocol import Forge
from provisioner.git.files import TreeFiles
from provisioner.git.repository import Repository
from provisioner.git.repository import opened as open_repository
from provisioner.git.tree import Tree
from provisioner.manifest.config import Config
from provisioner.manifest.defaults import Language
from provisioner.manifest.repository import Workspace, load_config, load_workspace
from provisioner.manifest.review import Review
from provisioner.operations.forging import open_forge, verify_keys
from provisioner.operations.opening import Opened
from provisioner.operations.operator import Operator, review_of
from provisioner.operations.proving import rest_beside_proofs
from provisioner.plan.scope import Scope
from provisioner.review.judge import Terms
from provisioner.review.showing import AppliedShown, DriftShown, OpenShown, PlanShown


class Texts(Protocol):
    """What people read on the forge.  ``language`` None: the operator's.  ``limit``: characters.

    The first line of a text is always the same for the same project, and another one for each
    kind of text.
    """

    def marker(self, project: int) -> str:
        """The first line of the comment on a merge request."""
        ...

    def planning(self, project: int, head: str) -> str: ...

    def plan(self, shown: PlanShown, language: Language | None, limit: int) -> tuple[str, bool]:
        """And whether there was room for all that people have to see before they approve."""
        ...

    def applied(self, shown: AppliedShown, language: Language | None, limit: int) -> str: ...

    def mark(self, shown: PlanShown) -> tuple[str, str]:
        """A title, and two lines."""
        ...

    def reason(self, shown: PlanShown, language: Language | None) -> str:
        """Why approvals are taken back."""
        ...

    def open(self, shown: OpenShown, limit: int) -> tuple[str, str]:
        """The issue of what could not be applied: title and text."""
        ...

    def drift(self, shown: DriftShown, limit: int) -> tuple[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """``root``: folder of the clone.  ``tip``: the commit of the protected branch that is checked
    out; ``config`` is what it says, or what the repository of the ``operator`` says."""

    root: Path
    repository: Repository
    tip: str
    config: Config
    review: Review
    forge: Forge
    keys: tuple[VerifyKey, ...]
    texts: Texts
    today: date
    operator: Operator | None = None

    @property
    def home(self) -> Path:
        """The folder in which paths of the settings start."""
        return self.operator.root if self.operator else self.root

    @property
    def scope(self) -> Scope:
        """Whose customers are this repository's."""
        if self.operator is None:
            return Scope.of(self.config)
        return Scope(only=self.operator.reseller, project=self.review.project.id)

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

    def language_of(self, resellers: Collection[str]) -> Language | None:
        """Of one reseller's customers; None if there are several, or it is nobody's."""
        known = [self.config.resellers.get(each) for each in {*resellers}]
        return known[0].language if len(known) == 1 and known[0] else None

    def workspace(self, tree: Tree | None = None) -> Workspace:
        """As it is on the tip, or in ``tree``.  Raises InputError."""
        files = TreeFiles(self.repository, tree) if tree else self.files()
        return load_workspace(self.home, files, self.operator.written if self.operator else None)

    def files(self) -> TreeFiles:
        return TreeFiles(self.repository, self.repository.tree(self.tip))

    def opened(self, pbx: Pbx, desk: Desk, workspace: Workspace | None = None) -> Opened:
        """With the live systems; ``workspace`` if it is not that of the tip."""
        return Opened(workspace or self.workspace(), pbx, desk, self.scope)

    def unproven(self, pbx: Pbx, desk: Desk) -> Opened:
        """The tip with the live systems, but for customers of whom it is proven that nothing is to
        be done today; all of it where no proof holds."""
        found = None
        if self.operator is None:
            with suppress(ProvisionError):  # told where everything is opened
                found = rest_beside_proofs(self.root, self.files(), pbx, desk, self.today)
        if found is None:
            return self.opened(pbx, desk)
        workspace, proven = found
        return Opened(workspace, pbx, desk, self.scope, proven)


@contextmanager
def open_lane(
    root: Path,
    texts: Texts,
    environment: Mapping[str, str],
    today: date,
    operator: Operator | None = None,
) -> Iterator[Lane]:
    """For a job of the protected branch, whose tip is checked out at ``root``.

    Settings come from that commit and not from the files, or from the ``operator``.  Raises
    InputError for settings that cannot be read, and what :func:`open_forge` raises.
    """
    with open_repository(root) as repository:
        tip = repository.commit("HEAD")
        own = TreeFiles(repository, repository.tree(tip))
        config = operator.written.config if operator else load_config(root, own)
        review = review_of(config)
        forge = open_forge(config, environment)
        try:
            yield Lane(
                root=root,
                repository=repository,
                tip=tip,
                config=config,
                review=review,
                forge=forge,
                keys=tuple(verify_keys(review)),
                texts=texts,
                today=today,
                operator=operator,
            )
        finally:
            forge.close()
