"""How GitLab guards a branch, and what it tells of a token."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from provisioner.forge.gitlab_shapes import (
    AccessToken,
    ApprovalRule,
    ApprovalSettings,
    Project,
    ProtectedBranch,
    User,
)
from provisioner.forge.model import Right, Rights, Rules

NO_ONE = 0
_LEVELS = {10: Right.READ, 20: Right.COMMENT, 30: Right.MARK, 40: Right.MERGE, 50: Right.ADMIN}
"""From which level of access on an account may do it, and all that stands before it."""


def guards(
    project: Project,
    branch: ProtectedBranch | None,
    settings: ApprovalSettings | None,
    rules: Sequence[ApprovalRule] | None,
    *,
    told: bool,
) -> Rules:
    """``branch`` is None if it is not protected or, unless ``told``, if the token may not know.
    Settings and rules are None where the licence has none, or the token may not read them."""
    levels = [one.access_level for one in branch.push_access_levels] if branch else None
    unknown = False if told else None
    may = settings or ApprovalSettings()
    barred = may.merge_requests_disable_committers_approval
    role = project.ci_pipeline_variables_minimum_override_role
    return Rules(
        approvals=max((one.approvals_required for one in rules), default=0)
        if rules is not None
        else None,
        approvals_end_on_push=may.reset_approvals_on_push,
        author_may_approve=may.merge_requests_author_approval,
        committers_may_approve=None if barred is None else not barred,
        marks_must_pass=project.only_allow_merge_if_pipeline_succeeds,
        only_by_request=all(level == NO_ONE for level in levels) if levels is not None else unknown,
        history_kept=not branch.allow_force_push if branch else unknown,
        queue=project.merge_trains_enabled,
        fork_runs_here=project.ci_allow_fork_pipelines_to_run_in_parent_project,
        variables_by_anyone=None if role is None else role == "developer",
    )


def granted(token: AccessToken, user: User, project: Project) -> Rights:
    access = project.permissions
    levels = [
        one.access_level or 0
        for one in ((access.project_access, access.group_access) if access else ())
        if one
    ]
    level = max(levels, default=0)
    rights = {right for least, right in _LEVELS.items() if level >= least}
    if "api" not in token.scopes:
        rights &= {Right.READ}
    # a token ends as the day begins
    ends = datetime.combine(token.expires_at, time(), UTC) if token.expires_at else None
    return Rights(
        account=user.account,
        project=project.id,
        rights=frozenset(rights),
        scopes=tuple(token.scopes),
        ends=ends,
    )
