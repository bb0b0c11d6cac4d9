"""What the jobs of the protected branch have in common: the lane, and the texts on the forge."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from provisioner.cli.context import App
from provisioner.cli.operators import operators
from provisioner.manifest.defaults import Language
from provisioner.operations.lane import Lane, open_lane
from provisioner.report.messages import Catalogue
from provisioner.report.review.comment import (
    applied_comment,
    marker,
    plan_comment,
    planning_comment,
    verdict,
)
from provisioner.report.review.issue import issue_text, issue_title
from provisioner.review.showing import AppliedShown, DriftShown, OpenShown, PlanShown


@dataclass(frozen=True, slots=True)
class ForgeTexts:
    """``words``: of the operator's language."""

    words: Catalogue

    def marker(self, project: int) -> str:
        return marker(project)

    def planning(self, project: int, head: str) -> str:
        return planning_comment(project, head, self.words)

    def plan(self, shown: PlanShown, language: Language | None, limit: int) -> tuple[str, bool]:
        return plan_comment(shown, self._in(language), limit)

    def applied(self, shown: AppliedShown, language: Language | None, limit: int) -> str:
        return applied_comment(shown, self._in(language), limit)

    def mark(self, shown: PlanShown) -> tuple[str, str]:
        return verdict(shown, self.words), self.words.ui("ci.mark", request=shown.request)

    def reason(self, shown: PlanShown, language: Language | None) -> str:
        words = self._in(language)
        if shown.void is None:
            return words.ui("ci.unseen")
        return words.text(shown.void.about.code, shown.void.about.params)

    def open(self, shown: OpenShown, limit: int) -> tuple[str, str]:
        return issue_title(shown, self.words), issue_text(shown, self.words, limit)

    def drift(self, shown: DriftShown, limit: int) -> tuple[str, str]:
        return issue_title(shown, self.words), issue_text(shown, self.words, limit)

    def _in(self, language: Language | None) -> Catalogue:
        return Catalogue(language) if language else self.words


@contextmanager
def lane(app: App, operator: Path | None, reseller: str) -> Iterator[Lane]:
    """At the commit that is checked out in the workspace's folder."""
    with (
        operators(operator, reseller) as settings,
        open_lane(app.root, ForgeTexts(app.words), os.environ, app.today(), settings) as opened,
    ):
        yield opened
