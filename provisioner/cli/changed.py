"""``plan --changed-since REV``, and what a job of a merge request says of where it left."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from provisioner.cli.context import App
from provisioner.codes.commits import UnknownRevision
from provisioner.errors import ProvisionError

if TYPE_CHECKING:
    from provisioner.operations.since import Changed

USAGE = 64

since_option = click.option(
    "--changed-since",
    "since",
    metavar="REV",
    help="Show only what differs from where this branch left REV: origin/main.",
)
whole_option = click.option(
    "--whole", is_flag=True, help="Show every customer, also in a job of a merge request."
)


def changed(app: App, since: str | None) -> "Changed | None":
    """What the plan is narrowed to, if it is.

    Without ``since`` a job of a merge request tells it, if it has what is needed; that it has not
    is a note.  Raises ProvisionError for a revision that was asked for.
    """
    revision = since or _told(os.environ)
    if since is None and not revision:
        return None
    from provisioner.operations.since import changed_since  # loads git
    from provisioner.report.layout import wrap  # as git

    try:
        return changed_since(app.root, revision)
    except ProvisionError as error:
        if error.says(UnknownRevision) and since is not None:
            app.fail(error)
            raise click.exceptions.Exit(USAGE) from None
        if since is not None:
            raise
        reason = app.words.text(error.code, error.params)
        help_ = app.words.help(error.code, error.params) or ""
        said = app.words.ui("since.unknown", reason=f"{reason} {help_}".rstrip())
        app.note("\n".join(wrap(f"{said} [{error.code}]", app.width, "", "  ")) + "\n")
        return None


def _told(environment: Mapping[str, str]) -> str:
    """GitLab names the commit, GitHub the branch."""
    if branch := environment.get("GITHUB_BASE_REF"):
        return f"refs/remotes/origin/{branch}"
    return environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")
