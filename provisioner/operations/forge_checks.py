"""What has to be true of the forge and of the token in use; ``provision doctor --forge`` asks.

The forge's own rules are a second fence: which approval counts is judged without them. So one that
is missing is a warning. An error is what keeps this tool from its work. What the forge does not
tell is said, and never taken for fine.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from provisioner.codes import Code
from provisioner.codes.forge import ForgeTokenLacksARight, TokenEndsSoon
from provisioner.codes.guards import (
    ApprovalsAreNotRequired,
    ApprovalsOutliveAPush,
    BranchCanBeChanged,
    ForgeDoesNotTell,
    PipelinesAreOpen,
    PlanIsNotRequired,
    TokenCanDoMore,
    TokenOfAnother,
    TooFewStaff,
    WhoTookPartMayApprove,
)
from provisioner.contract.checking import Check
from provisioner.errors import ProvisionError, Refused, SystemFault
from provisioner.forge.model import Right, Rights, Rules
from provisioner.forge.protocol import ForgeReader
from provisioner.manifest.review import Approvals, ForgeName, Review
from provisioner.operations.records import NAME as PLAN

SOON = timedelta(days=14)
"""A token that ends within this time has to be replaced now."""

_RULESET = "Settings > Rules > Rulesets > "
_PULLS = f"{_RULESET}Require a pull request before merging > "
_MERGES = "Settings > Merge requests > "
_PROTECTED = "Settings > Repository > Protected branches > "
_APP = "Settings > Developer settings > GitHub Apps > "
_TOKENS = "Settings > Access tokens > "
_SETTINGS: Mapping[ForgeName, Mapping[str, str]] = {
    "github": {
        "approvals": f"{_PULLS}Required approvals",
        "push": f"{_PULLS}Dismiss stale pull request approvals when new commits are pushed",
        "author": f"{_PULLS}Required approvals",
        "committers": f"{_PULLS}Require approval of the most recent reviewable push",
        "check": f"{_RULESET}Require status checks to pass > {PLAN} > source: the App",
        "past": f"{_RULESET}Require a pull request before merging",
        "history": f"{_RULESET}Restrict deletions, Block force pushes",
        "account": f"{_APP}App ID",
        "rights": f"{_APP}Permissions & events",
        "ends": "Settings > Developer settings > Personal access tokens > Expiration",
    },
    "gitlab": {
        "approvals": f"{_MERGES}Approval rules > Approvals required",
        "push": f"{_MERGES}Approval settings > When a commit is added: Remove all approvals",
        "author": f"{_MERGES}Approval settings > Prevent approval by merge request creator",
        "committers": f"{_MERGES}Approval settings > Prevent approvals by users who add commits",
        "check": f"{_MERGES}Merge checks > Pipelines must succeed",
        "past": f"{_PROTECTED}Allowed to push and merge: No one",
        "history": f"{_PROTECTED}Allowed to force push: off",
        "forks": "PUT /projects/ID, ci_allow_fork_pipelines_to_run_in_parent_project=false",
        "variables": (
            "Settings > CI/CD > Variables > Minimum role to use pipeline variables: No one allowed"
        ),
        "account": _TOKENS.removesuffix(" > "),
        "rights": f"{_TOKENS}Role, Scopes",
        "ends": f"{_TOKENS}Expiration date",
    },
}
"""Where it is set, in the forge's own words."""
_CALLS: Mapping[Right, tuple[str, str]] = {
    Right.COMMENT: ("POST /merge_requests/N/notes", "Reporter, api"),
    Right.MARK: ("POST /statuses/SHA", "Developer, api"),
}
"""Of GitLab, with what they need; GitHub does not tell an App what it may."""


def check(forge: ForgeReader, review: Review, approvals: Approvals) -> Iterator[Check]:
    """Each check as it is done."""
    try:
        rights = forge.rights()
    except SystemFault as error:
        yield Check("doctor.reachable", error)
        return
    yield Check("doctor.reachable")
    asked = _Asked(forge, review)
    yield from asked.token(rights)
    yield _staff(review, approvals)
    try:
        rules = forge.rules(review.project.branch)
    except SystemFault as error:
        yield Check("doctor.forge_rules", error)
        return
    yield from asked.rules(rules, approvals)


def _staff(review: Review, approvals: Approvals) -> Check:
    needed = max(approvals.ordinary, approvals.irreversible)
    found = sum(each.at(review.project.forge) is not None for each in review.staff)
    about = TooFewStaff(found=found, needed=needed)
    fault = ProvisionError(about) if found < needed else None
    return Check("doctor.forge_staff", fault, {"needed": needed})


class _Asked:
    """What one forge answers about the project of a review."""

    def __init__(self, forge: ForgeReader, review: Review) -> None:
        self._forge, self._review = forge, review
        self._name = review.project.forge
        self._branch = review.project.branch
        self._where = _SETTINGS[self._name]

    # The token

    def token(self, rights: Rights) -> Iterator[Check]:
        """Of somebody else's nothing more is said: staff may look at the rules with their own."""
        ours = self._is_recorders(rights)
        about = TokenOfAnother(recorder=self._review.recorder, target=self._forge.target)
        yield self._told("account", ours, about)
        if ours is False:
            return
        for right in (Right.COMMENT, Right.MARK):
            yield self._needed(right, rights)
        yield self._pushes()
        yield self._least(rights)
        yield self._ends(rights)

    def _is_recorders(self, rights: Rights) -> bool | None:
        """GitHub tells a person's token what it may, and never one of an App."""
        if rights.account is not None:
            return rights.account.number == self._review.recorder
        return False if self._name == "github" and rights.rights is not None else None

    def _needed(self, right: Right, rights: Rights) -> Check:
        name = f"doctor.forge_{right}"
        if rights.rights is None:
            return Check(name, self._untold("rights"))
        if right in rights.rights:
            return Check(name)
        what, needs = _CALLS[right]
        target = self._forge.target
        return Check(name, Refused(ForgeTokenLacksARight(right=needs, target=target, what=what)))

    def _pushes(self) -> Check:
        """Asked, since GitHub does not tell an App what it may."""
        try:
            next(self._forge.pushes(self._branch), None)
        except SystemFault as error:
            return Check("doctor.forge_pushes", error, {"branch": self._branch})
        return Check("doctor.forge_pushes", params={"branch": self._branch})

    def _least(self, rights: Rights) -> Check:
        if rights.rights is None:
            return self._told("rights", None)
        more = next((each for each in (Right.ADMIN, Right.MERGE) if each in rights.rights), None)
        about = TokenCanDoMore(right=f"right_{more}", setting=self._where["rights"])
        return self._told("rights", more is None, about)

    def _ends(self, rights: Rights) -> Check:
        now = self._forge.clock()
        if rights.ends is None or now is None:
            return self._told("ends", None)
        about = TokenEndsSoon(day=f"{rights.ends:%Y-%m-%d}", setting=self._where["ends"])
        return self._told("ends", rights.ends > now + SOON, about)

    # The rules of the branch

    def rules(self, rules: Rules, approvals: Approvals) -> Iterator[Check]:
        where, branch = self._where, self._branch
        found, needed = rules.approvals, approvals.ordinary
        yield self._told(
            "approvals",
            None if found is None else found >= needed,
            ApprovalsAreNotRequired(
                branch=branch, found=found or 0, needed=needed, setting=where["approvals"]
            ),
            needed=needed,
        )
        yield self._told(
            "push", rules.approvals_end_on_push, ApprovalsOutliveAPush(setting=where["push"])
        )
        yield self._told(
            "author",
            _not(rules.author_may_approve),
            WhoTookPartMayApprove(who="by_author", setting=where["author"]),
        )
        yield self._told(
            "committers",
            _not(rules.committers_may_approve),
            WhoTookPartMayApprove(
                who="by_pusher" if self._name == "github" else "by_committers",
                setting=where["committers"],
            ),
        )
        yield self._told(
            "check",
            self._plan_is_required(rules),
            PlanIsNotRequired(branch=branch, mark=PLAN, setting=where["check"]),
            mark=PLAN,
        )
        yield self._told(
            "past",
            rules.only_by_request,
            BranchCanBeChanged(branch=branch, how="by_push", setting=where["past"]),
            branch=branch,
        )
        yield self._told(
            "history",
            rules.history_kept,
            BranchCanBeChanged(branch=branch, how="by_rewriting", setting=where["history"]),
            branch=branch,
        )
        if self._name == "gitlab":
            yield from self._pipelines(rules)

    def _plan_is_required(self, rules: Rules) -> bool | None:
        """On GitHub bound to the App: else whoever may push can place one of that name."""
        if self._name == "gitlab":
            return rules.marks_must_pass
        if rules.required_marks is None:
            return None
        return (PLAN, self._review.recorder) in rules.required_marks

    def _pipelines(self, rules: Rules) -> Iterator[Check]:
        where = self._where
        yield self._told(
            "forks",
            _not(rules.fork_runs_here),
            PipelinesAreOpen(how="by_forks", setting=where["forks"]),
        )
        yield self._told(
            "variables",
            _not(rules.variables_by_anyone),
            PipelinesAreOpen(how="by_variables", setting=where["variables"]),
        )

    # What is said of it

    def _told(
        self, what: str, holds: bool | None, about: Code | None = None, **params: str | int
    ) -> Check:
        """``about``: what is said if it does not hold."""
        fault = self._untold(what) if holds is None else None
        if holds is False and about is not None:
            fault = ProvisionError(about)
        return Check(f"doctor.forge_{what}", fault, params)

    def _untold(self, what: str) -> ProvisionError:
        target = self._forge.target
        return ProvisionError(ForgeDoesNotTell(setting=self._where[what], target=target))


def _not(found: bool | None) -> bool | None:
    return None if found is None else not found
