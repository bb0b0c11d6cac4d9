"""How GitHub guards a branch, and what it tells of a token."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from provisioner.forge.github_shapes import CheckRule, PullRule, Repository, Rule
from provisioner.forge.model import Right, Rights, Rules

_ENDS = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?:UTC|\+0000)")


def guards(rules: Iterable[Rule]) -> Rules:
    """Of all rulesets that hold for a branch; where two say different things, the stricter holds.

    Older branch protection is not among them: it is told to administrators alone.
    """
    found = list(rules)
    kinds = {one.type for one in found}
    pulls = [one.parameters for one in found if isinstance(one, PullRule)]
    checks = [one.parameters for one in found if isinstance(one, CheckRule)]
    required = {
        (one.context, one.integration_id)
        for parameters in checks
        for one in parameters.required_status_checks
    }
    return Rules(
        approvals=max((one.required_approving_review_count for one in pulls), default=0),
        approvals_end_on_push=any(one.dismiss_stale_reviews_on_push for one in pulls),
        author_may_approve=False,  # never on GitHub
        committers_may_approve=not any(one.require_last_push_approval for one in pulls),
        required_marks=tuple(sorted(required, key=lambda one: (one[0], one[1] or 0))),
        marks_must_pass=bool(required),
        only_by_request=bool(pulls),
        history_kept={"non_fast_forward", "deletion"} <= kinds,
        queue="merge_queue" in kinds,
    )


def granted(found: Repository, headers: Mapping[str, str]) -> Rights:
    """A token of an App, or with rights one by one, is not told what it may: then None."""
    may = found.permissions or {}
    names = {"pull": Right.READ, "triage": Right.COMMENT, "push": Right.MERGE, "admin": Right.ADMIN}
    scopes = headers.get("x-oauth-scopes")
    ends = _ENDS.fullmatch(headers.get("github-authentication-token-expiration", ""))
    return Rights(
        account=None,
        project=found.id,
        rights=frozenset(right for name, right in names.items() if may.get(name)) or None,
        scopes=tuple(s.strip() for s in scopes.split(",") if s.strip()) if scopes else None,
        ends=datetime.fromisoformat(f"{ends[1]}+00:00") if ends else None,
    )
