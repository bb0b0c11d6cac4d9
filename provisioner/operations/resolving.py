"""Which merge request released what is on the protected branch: found by history, then judged."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from provisioner.codes import Code
from provisioner.codes.policy import ApprovedForAnotherSystem
from provisioner.codes.review import NoMergeRequestBroughtIt, NotWhatWasShown
from provisioner.contract.desk import ALL, DeskReader
from provisioner.errors import SystemFault
from provisioner.forge.model import Account, MergeRequest, Verdict
from provisioner.git.tree import Tree
from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.loader import load_manifest
from provisioner.manifest.repository import ADOPTIONS, CONFIG, REMOVALS
from provisioner.operations.defaults import Defaults
from provisioner.operations.lane import Lane
from provisioner.operations.records import Recorded, Standing, read
from provisioner.plan.model import Targets
from provisioner.review.judge import Counts, Evidence, judge
from provisioner.review.record import fingerprint
from provisioner.review.showing import SHORT
from provisioner.telephony.identity import CustomerId

OPERATORS = (CONFIG, REMOVALS, ADOPTIONS)
"""Files of the operator: with another one, the same manifest may bring about something else."""


@dataclass(frozen=True, slots=True)
class Written:
    """A customer on the tip.  ``file``: its manifest, also one that was deleted; ``manifest``: the
    digest of what it says, empty if it was deleted."""

    customer: CustomerId
    file: str
    manifest: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A merge request has released a customer: its record counts, by whom and since when."""

    request: MergeRequest
    recorded: Recorded
    counts: Counts


@dataclass(frozen=True, slots=True)
class Refused:
    """``request``: the newest one that brought it, if any."""

    about: Code
    request: MergeRequest | None = None


@dataclass
class Resolver:
    """Asks forge and history once about each commit and each merge request."""

    lane: Lane
    desk: DeskReader
    targets: Targets
    _requests: dict[str, Sequence[MergeRequest]] = field(default_factory=dict)
    standing: dict[int, Standing] = field(default_factory=dict)
    """What stands on the merge requests that were looked at, by number."""
    _judged: dict[int, Accepted | Refused] = field(default_factory=dict)
    _trees: dict[str, Tree] = field(default_factory=dict)

    def __post_init__(self) -> None:
        commits = self.lane.repository.mainline(self.lane.tip)
        self._age = {commit: age for age, commit in enumerate(commits)}
        """0 is the tip."""
        # elsewhere they are released by what was merged there
        names = OPERATORS if self.lane.operator is None else ()
        touched = (self.lane.repository.history(name, self.lane.tip) for name in names)
        self._operators = [touch.commit for touches in touched for touch in touches]
        self._defaults = Defaults(self.lane)

    def resolve(self, written: Written) -> Accepted | Refused:
        """The newest merge request whose record shows the customer as it is on the tip, and counts.

        If it is none, the reason of the newest that could have been it.  Nothing older than the
        last other content is looked at: what was approved once, and changed since, is not approved
        again by coming back.
        """
        first: Refused | None = None
        for request in self.sources(written):
            found = self._judge(request)
            if isinstance(found, Accepted):
                shown = found.recorded.record.of(str(written.customer))
                if shown is not None and shown.manifest == written.manifest:
                    return found
                about = NotWhatWasShown(customer=str(written.customer), request=request.number)
                found = Refused(about, request)
            first = first or found
        return first or Refused(NoMergeRequestBroughtIt(customer=str(written.customer)))

    def sources(self, written: Written) -> Iterator[MergeRequest]:
        """Merge requests that brought this content, newest first."""
        commits = self._commits(written)
        seen: set[int] = set()
        for commit in commits:
            for request in self._of(commit):
                if request.number not in seen and request.merged:
                    seen.add(request.number)
                    yield request

    def pushers(self, written: Written) -> list[Account | None]:
        """Who has pushed this content, or part of it, past any merge request; None stands for
        somebody whom the forge does not tell.

        A push may make a forge take a merge request for merged, whatever else it brought: so the
        recorded plan has to show it.
        """
        branch = self.lane.review.project.branch
        mine = self._mine(written)
        left = {
            self._age[commit]
            for commit in self._commits(written)
            if not any(
                self._merged(each) and (commit not in mine or self._showed(each, written))
                for each in self._of(commit)
            )
        }
        found: list[Account | None] = []
        pushes = self.lane.forge.pushes(branch) if left else iter(())
        while left and (push := next(pushes, None)):
            newest = self._age.get(push.after)
            if newest is None:  # it was rewritten since
                continue
            brought = {age for age in left if newest <= age < self._age.get(push.before, age + 1)}
            found += [push.by] if brought else []
            # else it was rewritten by this push, and somebody brought it before
            if push.before in self._age or not push.before.strip("0"):
                left -= brought
        return [*found, None] if left else found

    def _merged(self, request: MergeRequest) -> bool:
        """Into this branch, so that what it brought was not pushed past it."""
        here = (self.lane.review.project.id, self.lane.review.project.branch)
        return (request.project, request.target) == here and request.merge_commit in self._age

    def _showed(self, request: MergeRequest, written: Written) -> bool:
        if request.number not in self.standing:
            self.standing[request.number] = read(self.lane, request)
        recorded = self.standing[request.number].recorded
        shown = (
            recorded.record.of(str(written.customer)) if isinstance(recorded, Recorded) else None
        )
        return shown is not None and shown.manifest == written.manifest

    def _commits(self, written: Written) -> list[str]:
        """On the mainline, newest first: those that brought the content, and those that touched a
        file of the operator since."""
        mine = self._mine(written)
        oldest = self._age[mine[-1]] if mine else -1
        operators = [commit for commit in self._operators if self._age[commit] <= oldest]
        return sorted({*mine, *operators}, key=self._age.__getitem__)

    def _mine(self, written: Written) -> list[str]:
        """Those that touched the manifest since it says what it says now, newest first; the oldest
        may have touched a default of its reseller that it takes."""
        if not written.manifest:
            return self._without(written)
        touches = self.lane.repository.history(written.file, self.lane.tip)
        paths = {touch.commit: "" if touch.deleted else touch.path for touch in touches}
        mine: list[str] = []
        last = ""
        for commit in sorted(
            {*paths, *self._defaults.changed(written.file)}, key=self._age.__getitem__
        ):
            then = next((c for c in paths if self._age[c] >= self._age[commit]), None)
            if then is None or self._digest(commit, paths[then]) != written.manifest:
                return [*mine, last] if last and last not in paths else mine
            last = commit
            mine += [commit] if commit in paths else []
        return mine

    def _without(self, written: Written) -> list[str]:
        """Of a customer that was deleted: from wherever it had been moved to meanwhile."""
        repository, tip = self.lane.repository, self.lane.tip
        paths = repository.paths(written.file.rpartition("/")[2], tip)
        touched = {touch.commit for path in paths for touch in repository.history(path, tip)}
        newest_first = sorted(touched, key=self._age.__getitem__)
        return [*takewhile(lambda c: self._tree(c).files.keys().isdisjoint(paths), newest_first)]

    def _digest(self, commit: str, path: str) -> str | None:
        """Of the manifest as it was then; empty where there was none, None if it was broken."""
        if not path:
            return ""
        tree = self._tree(commit)
        if path not in tree.files or not tree.files[path].usable:
            return None
        try:
            data = self.lane.repository.blobs(tree, [path])[path]
            usual = self._defaults.of(path, commit)
            return load_manifest(data, path, usual).value.digest()
        except InputError:
            return None

    def _tree(self, commit: str) -> Tree:
        if commit not in self._trees:
            self._trees[commit] = self.lane.repository.tree(commit)
        return self._trees[commit]

    def _of(self, commit: str) -> Sequence[MergeRequest]:
        if commit not in self._requests:
            self._requests[commit] = self.lane.forge.requests_of(commit)
        return self._requests[commit]

    def _judge(self, request: MergeRequest) -> Accepted | Refused:
        if request.number not in self._judged:
            try:
                self._judged[request.number] = self._judge_anew(request)
            except SystemFault as error:  # what cannot be read of one, stops none of the others
                self._judged[request.number] = Refused(error.about, request)
        return self._judged[request.number]

    def _judge_anew(self, request: MergeRequest) -> Accepted | Refused:
        self.standing[request.number] = read(self.lane, request)
        recorded = self.standing[request.number].recorded
        if not isinstance(recorded, Recorded):
            return Refused(recorded, request)
        evidence = evidence_of(
            self.lane,
            request,
            in_history=request.merge_commit in self._age,
            comment_stands=recorded.stands or self._stood(recorded),
        )
        found = judge(recorded.record, evidence, self.lane.terms, self.lane.today)
        if not isinstance(found, Counts):
            return Refused(found, request)
        approved = recorded.record.targets
        if approved != self.targets:  # a part of a plan has no digest that would say so
            about = ApprovedForAnotherSystem(
                approved=f"{approved.pbx}, {approved.desk}",
                now=f"{self.targets.pbx}, {self.targets.desk}",
            )
            return Refused(about, request)
        return Accepted(request, recorded, found)

    def stood(self) -> Iterator[tuple[int, Recorded]]:
        """Merge requests whose comment nobody has changed, for the audit: what becomes of them is
        written there next."""
        for number, there in self.standing.items():
            recorded = there.recorded
            if isinstance(recorded, Recorded) and recorded.stands and recorded.record.customers:
                yield number, recorded

    def _stood(self, recorded: Recorded) -> bool:
        """When an earlier run looked at it; or it shows nothing that could be released."""
        if not recorded.record.customers:
            return True
        mark = acceptance(recorded)
        customers = (CustomerId(each.id) for each in recorded.record.customers)
        audits = (self.desk.audit(customer, limit=ALL) for customer in customers)
        return any(entry.why == mark for entries in audits for entry in entries)


def evidence_of(
    lane: Lane, request: MergeRequest, *, in_history: bool, comment_stands: bool
) -> Evidence:
    """All that the forge tells of a merge request, as far as it matters."""
    reviews = lane.forge.reviews(request.number)
    approved = {n for n, said in reviews.decisions().items() if said.verdict is Verdict.APPROVED}
    return Evidence(
        request,
        lane.forge.commits(request.number),
        reviews,
        pusher_of(lane, request) if approved & lane.terms.staff else None,
        in_history=in_history,
        comment_stands=comment_stands,
    )


def pusher_of(lane: Lane, request: MergeRequest) -> Account | None:
    """Who pushed its head; None if the forge does not tell, as of a branch in a fork."""
    if request.source_project != request.project:
        return None
    pushes = lane.forge.pushes(request.source)
    return next((push.by for push in pushes if push.after == request.head), None)


def acceptance(recorded: Recorded) -> str:
    """How the audit names a record that was accepted."""
    return f"record {fingerprint(recorded.text)[:40]}"


def accepted_as(accepted: Accepted) -> str:
    """What the audit says of a customer: which merge request has released it, by whom."""
    who = ", ".join(f"{by.login} ({by.number})" for by in accepted.counts.by)
    at = accepted.counts.at.isoformat(timespec="seconds")
    head, merged = accepted.recorded.record.head, accepted.request.merge_commit or ""
    what = f"approved in merge request {accepted.request.number} by {who} at {at}"
    return f"{what}, head {head[:SHORT]}, merged as {merged[:SHORT]}"


def acceptance_in(what: str) -> tuple[int, tuple[str, ...]] | None:
    """The number of the merge request that such an entry names, and who approved it."""
    form = r"approved in merge request (\d{1,15}) by (.*), merged as .*"
    found = re.fullmatch(form, what, re.ASCII)
    if not found:
        return None
    return int(found[1]), tuple(re.findall(r"(\S+) \(\d+\)", found[2]))
