"""The operator's repository, where a reseller's manifests are in one of their own.

Its settings hold for all resellers, so most of what they say is the business of none of them.  What
is handed on is what concerns the one whose repository it is, and no finding quotes the rest.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from provisioner.codes.review import (
    NoProjectForReviews,
    ProjectOfNoReseller,
    ResellerWithoutProject,
    SettingsCannotBeRead,
    WhoseRepository,
)
from provisioner.errors import ProvisionError
from provisioner.git.files import operators_files
from provisioner.git.repository import Repository
from provisioner.git.repository import opened as open_repository
from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.operators import Operators
from provisioner.manifest.repository import CONFIG, load_config, with_permissions
from provisioner.manifest.review import ForgeName, Review

_PROJECT: Mapping[ForgeName, str] = {
    "github": "GITHUB_REPOSITORY_ID",
    "gitlab": "CI_PROJECT_ID",
}
"""Where a runner says in which project it works."""


def review_of(config: Config) -> Review:
    """Raises ProvisionError PV761."""
    if config.review is None:
        raise ProvisionError(NoProjectForReviews())
    return config.review


@dataclass(frozen=True, slots=True)
class Operator:
    """``root``: folder of its clone, where paths in its settings start.  ``tip``: its commit that
    is checked out, of the protected ``branch``.  ``reseller``: whose repository the other one is.
    ``written``: what holds there."""

    root: Path
    repository: Repository
    tip: str
    branch: str
    reseller: str
    written: Operators


@contextmanager
def open_operator(
    root: Path, environment: Mapping[str, str], reseller: str = ""
) -> Iterator[Operator]:
    """At the commit that is checked out at ``root``; none of its files is looked at.

    The project in which the runner works says whose repository it is, elsewhere ``reseller``.
    Raises ProvisionError PV761, PV795 to PV798, and what a clone that cannot be read raises.
    """
    with open_repository(root) as repository:
        tip = repository.commit("HEAD")
        files = operators_files(repository, repository.tree(tip))
        try:
            written = with_permissions(load_config(root, files), files)
        except InputError as error:
            place = error.diagnostics[0].place
            file = place.file if place else CONFIG
            raise ProvisionError(SettingsCannotBeRead(file=file)) from None
        config = written.config
        whose = _whose(config, environment, reseller)
        branch = review_of(config).project.branch
        written = Operators(_of(config, whose), written.removals, written.adoptions)
        yield Operator(root, repository, tip, branch, whose, written)


def _whose(config: Config, environment: Mapping[str, str], named: str) -> str:
    forge = review_of(config).project.forge
    variable = _PROJECT[forge]
    told = environment.get(variable, "").strip()
    if not (told or named):
        raise ProvisionError(WhoseRepository(name=variable))
    projects = {name: str(e.project.id) for name, e in config.resellers.items() if e.project}
    if named and (named not in projects or told not in {"", projects[named]}):
        raise ProvisionError(ResellerWithoutProject(reseller=named))
    found = named or next((name for name, number in projects.items() if number == told), "")
    if not found:
        raise ProvisionError(ProjectOfNoReseller(project=told, name=variable))
    return found


def _of(config: Config, name: str) -> Config:
    """The settings as they hold in the project of one reseller: no other reseller is known."""
    reseller, review = config.resellers[name], review_of(config)
    keys = reseller.keys or review.keys
    there = review.model_copy(update={"project": reseller.project, "keys": keys})
    return config.model_copy(update={"review": there, "resellers": {name: reseller}})
