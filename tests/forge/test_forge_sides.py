"""What only one of the two forges does, and what each makes of the same events."""

from datetime import UTC, datetime, timedelta

import pytest
from forge.conftest import Side
from forge.double.server import Fault, Said
from forge.double.world import APP, sha
from forge.test_forge import HEAD, NEXT, mark
from forge.test_independent import rule

from provisioner.codes.forge import (
    ForgeAnswerNotUnderstood,
    ForgeRefusesTheRequest,
    ForgeRefusesTheToken,
    ForgeTokenLacksARight,
    IssuesAreSwitchedOff,
    TextTooLongForTheForge,
)
from provisioner.errors import OutcomeUnknown, Refused, Unavailable
from provisioner.forge import sticky
from provisioner.forge.model import Account, Head, Review, Reviews, Right, Rules, State, Verdict
from provisioner.testing.values import raises

T0 = datetime(2026, 11, 24, 9, tzinfo=UTC)
BOSS = Account(7, "boss", bot=False)


def minute(count: int) -> datetime:
    return T0 + timedelta(minutes=count)


def approval(at: datetime | None, commit: str | None = None) -> Review:
    return Review("1", BOSS, Verdict.APPROVED, at, commit)


class TestWhichHeadAnApprovalIsFor:
    def test_bound_to_a_commit(self) -> None:
        said = Reviews((approval(minute(1), HEAD),), heads=None)
        assert said.of_head(said.said[0], HEAD)
        assert not said.of_head(said.said[0], NEXT)

    def test_a_commit_that_is_gone(self) -> None:
        said = Reviews((approval(minute(1)),), heads=None)
        assert not said.of_head(said.said[0], HEAD)

    @pytest.mark.parametrize(
        ("heads", "at", "fits"),
        [
            ([(HEAD, 0)], 1, True),
            ([(HEAD, 1)], 1, False),
            ([(HEAD, 2)], 1, False),
            ([(HEAD, 0), (NEXT, 2)], 1, False),
            ([(NEXT, 0), (HEAD, 1)], 2, True),
            ([(HEAD, 0), (NEXT, 2), (HEAD, 4)], 1, False),
            ([(HEAD, 0), (NEXT, 2), (HEAD, 4)], 5, True),
            ([(HEAD, 0), (NEXT, 0)], 1, False),
            ([], 1, False),
        ],
    )
    def test_bound_to_a_moment(self, heads: list[tuple[str, int]], at: int, fits: bool) -> None:
        """Pushed away and back it is a new head; at the same moment nobody knows."""
        came = tuple(Head(head, minute(count)) for head, count in heads)
        said = Reviews((approval(minute(at)),), heads=came)
        assert said.of_head(said.said[0], HEAD) is fits

    def test_at_no_moment(self) -> None:
        said = Reviews((approval(None),), heads=(Head(HEAD, T0),))
        assert not said.of_head(said.said[0], HEAD)


class TestGitHub:
    def test_a_reviewer_whose_account_is_gone(self, hub: Side) -> None:
        made = hub.world.open_request(hub.world.person("anna"), HEAD)
        hub.world.review(made, hub.world.person("boss")).by = None
        assert hub.forge.reviews(made.number).said == ()

    def test_a_reviewed_commit_that_is_gone(self, hub: Side) -> None:
        made = hub.world.open_request(hub.world.person("anna"), HEAD)
        hub.world.review(made, hub.world.person("boss")).commit = None
        hub.double.wrong.clear()
        found = hub.forge.reviews(made.number)
        assert not found.of_head(found.said[0], HEAD)

    def test_an_approval_that_is_asked_for_again_stays(self, hub: Side) -> None:
        boss = hub.world.person("boss")
        made = hub.world.open_request(hub.world.person("anna"), HEAD)
        hub.world.review(made, boss)
        hub.world.ask_again(made, boss)
        said = hub.forge.reviews(made.number).decisions()
        assert said[boss.number].verdict is Verdict.APPROVED

    def test_the_newest_word_is_dismissed_though_an_older_approval_stands(self, hub: Side) -> None:
        boss = hub.world.person("boss")
        made = hub.world.open_request(hub.world.person("anna"), HEAD)
        hub.world.review(made, boss)
        hub.world.review(made, boss)
        hub.world.take_back(made, boss)
        said = hub.forge.reviews(made.number).decisions()
        assert said[boss.number].verdict is Verdict.DISMISSED

    def test_a_review_that_somebody_dismissed_first(self, hub: Side) -> None:
        boss = hub.world.person("boss")
        made = hub.world.open_request(hub.world.person("anna"), HEAD)
        review = hub.world.review(made, boss)
        hub.world.take_back(made, boss)
        assert hub.forge.withdraw(made.number, [str(review.id)], "plan changed") == 0

    def test_a_dismissal_that_is_not_allowed(self, hub: Side) -> None:
        made = hub.world.open_request(hub.world.person("anna"), HEAD)
        review = hub.world.review(made, hub.world.person("boss"))
        hub.double.faults.append(Fault("PUT", "dismissals", Said(422, {"message": "no"})))
        with raises(Refused, ForgeRefusesTheRequest.code):
            hub.forge.withdraw(made.number, [str(review.id)], "plan changed")

    def test_a_dismissal_whose_answer_is_lost(self, hub: Side) -> None:
        made = hub.world.open_request(hub.world.person("anna"), HEAD)
        review = hub.world.review(made, hub.world.person("boss"))
        hub.double.faults.append(Fault("PUT", "dismissals", None, after=True))
        hub.forge.withdraw(made.number, [str(review.id)], "plan changed")
        assert review.state == "DISMISSED"

    def test_a_record_that_is_too_long(self, hub: Side) -> None:
        with raises(Refused, TextTooLongForTheForge.code) as caught:
            hub.forge.place(HEAD, mark("one", text="x" * 65_536))
        assert caught.error
        assert caught.error.params["characters"] == 65_536
        hub.double.wrong.clear()  # the description says so as well
        placed = hub.forge.place(HEAD, mark("one", text="x" * 65_535))
        assert placed.mark.text == "x" * 65_535

    def test_a_check_of_another_app_than_the_recorder(self, hub: Side) -> None:
        """With the token that workflows have, say: it would count as nobody's."""
        hub.world.recorder.app = 15368
        with raises(Refused, ForgeTokenLacksARight.code) as caught:
            hub.forge.place(HEAD, mark("one"))
        assert caught.error
        assert str(APP) in str(caught.error.params["right"])

    def test_a_comment_of_nobody(self, hub: Side) -> None:
        made = hub.world.open_request(hub.world.person("anna"), HEAD)

        def nobody(body: object) -> object:
            return body | {"user": None} if isinstance(body, dict) and "issue_url" in body else body

        hub.double.twist = nobody
        with raises(OutcomeUnknown, ForgeAnswerNotUnderstood.code):
            hub.forge.add_note(made.number, "x")
        assert hub.forge.notes(made.number)

    def test_a_right_to_dismiss_that_is_missing(self, hub: Side) -> None:
        made = hub.world.open_request(hub.world.person("anna"), HEAD)
        review = hub.world.review(made, hub.world.person("boss"))
        hub.api.read_only = True
        with raises(Refused, ForgeTokenLacksARight.code):
            hub.forge.withdraw(made.number, [str(review.id)], "plan changed")

    def test_who_started_a_run_again(self, hub: Side) -> None:
        anna, boss = hub.world.person("anna"), hub.world.person("boss")
        hub.world.runs[5] = (anna, boss, 2)
        run = hub.forge.run(5)
        assert (run.by.number, run.attempt) == (boss.number, 2)

    def test_a_bare_branch_and_a_guarded_one(self, hub: Side) -> None:
        bare = hub.forge.rules("main")
        assert bare == Rules(
            approvals=0,
            approvals_end_on_push=False,
            author_may_approve=False,
            committers_may_approve=True,
            required_marks=(),
            marks_must_pass=False,
            only_by_request=False,
            history_kept=False,
            queue=False,
        )
        pulls = {
            "required_approving_review_count": 2,
            "dismiss_stale_reviews_on_push": True,
            "require_last_push_approval": True,
            "require_code_owner_review": False,
            "required_review_thread_resolution": False,
        }
        checks = {
            "required_status_checks": [{"context": "provision/plan", "integration_id": APP}],
            "strict_required_status_checks_policy": False,
        }
        hub.world.rules = [
            rule("deletion"),
            rule("non_fast_forward"),
            rule("pull_request", **pulls),
            rule("pull_request", **pulls | {"required_approving_review_count": 1}),
            rule("required_status_checks", **checks),
            rule("merge_queue"),
            rule("a_rule_of_tomorrow"),
        ]
        found = hub.forge.rules("main")
        hub.double.wrong.clear()  # it knows no rules of tomorrow
        assert found == Rules(
            approvals=2,
            approvals_end_on_push=True,
            author_may_approve=False,
            committers_may_approve=False,
            required_marks=(("provision/plan", APP),),
            marks_must_pass=True,
            only_by_request=True,
            history_kept=True,
            queue=True,
        )
        assert hub.forge.rules("other").approvals == 0

    def test_rules_that_cannot_be_read_are_not_none(self, hub: Side) -> None:
        hub.world.rules = [{"type": "pull_request", "parameters": {}}]
        with raises(Unavailable, ForgeAnswerNotUnderstood.code):
            hub.forge.rules("main")
        hub.double.wrong.clear()

    def test_what_the_token_may(self, hub: Side) -> None:
        told = {
            "X-OAuth-Scopes": "repo, read:org",
            "GitHub-Authentication-Token-Expiration": "2027-01-31 09:00:00 UTC",
        }
        may = {"pull": True, "push": True, "admin": False}
        body = {"id": hub.world.project, "permissions": may}
        hub.double.faults.append(Fault("GET", "manifests$", Said(200, body, told)))
        found = hub.forge.rights()
        assert found.rights == {Right.READ, Right.MERGE}
        assert found.scopes == ("repo", "read:org")
        assert found.ends == datetime(2027, 1, 31, 9, tzinfo=UTC)
        assert hub.forge.rights().rights is None, "an App is not told"

    def test_issues_are_switched_off(self, hub: Side) -> None:
        hub.world.issues_on = False
        with raises(Refused, IssuesAreSwitchedOff.code):
            hub.forge.open_issue("Not applied", "office")


class TestGitLab:
    def test_an_approval_that_is_asked_for_again_ends(self, lab: Side) -> None:
        boss = lab.world.person("boss")
        made = lab.world.open_request(lab.world.person("anna"), HEAD)
        lab.world.review(made, boss)
        lab.world.ask_again(made, boss)
        assert lab.forge.reviews(made.number).said == ()

    def test_an_approval_without_its_time(self, lab: Side) -> None:
        """Older versions do not tell it: then it is for no head."""
        boss = lab.world.person("boss")
        made = lab.world.open_request(lab.world.person("anna"), HEAD)
        lab.world.review(made, boss)
        user = {"id": boss.number, "username": "boss", "bot": False}
        body = {"approved_by": [{"user": user}]}
        lab.double.faults.append(Fault("GET", "/approvals$", Said(200, body)))
        found = lab.forge.reviews(made.number)
        assert found.said[0].verdict is Verdict.APPROVED
        assert not found.of_head(found.said[0], HEAD)

    def test_a_head_that_survives_a_rebase_with_its_approval(self, lab: Side) -> None:
        """GitLab keeps an approval if the content is the same; it is for the old head even so."""
        boss = lab.world.person("boss")
        lab.world.ends_on_push = False
        made = lab.world.open_request(lab.world.person("anna"), HEAD)
        lab.world.review(made, boss)
        lab.world.push(made, NEXT, by=boss)
        found = lab.forge.reviews(made.number)
        assert found.said[0].verdict is Verdict.APPROVED
        assert not found.of_head(found.said[0], NEXT)

    def test_a_merge_request_without_a_commit(self, lab: Side) -> None:
        made = lab.world.open_request(lab.world.person("anna"), HEAD)
        made.head = None  # type: ignore[assignment]
        assert lab.forge.merge_request(made.number).head is None
        assert [each.number for each in lab.forge.open_requests("main")] == [made.number]

    def test_a_squashed_commit_beneath_a_merge_commit(self, lab: Side) -> None:
        made = lab.world.open_request(lab.world.person("anna"), HEAD)
        lab.world.merge(made, "squash", sha("squashed"))
        made.merge_commit = sha("merged")
        assert lab.forge.merge_request(made.number).merge_commit == sha("merged")

    def test_a_token_that_is_no_bots_cannot_withdraw(self, lab: Side) -> None:
        made = lab.world.open_request(lab.world.person("anna"), HEAD)
        lab.api.bot_of_project = False  # type: ignore[union-attr]
        with raises(Refused, ForgeTokenLacksARight.code):
            lab.forge.withdraw(made.number, ["1"], "plan changed")

    def test_a_status_of_another_account_than_the_recorder(self, lab: Side) -> None:
        """With the token of a person, say: it would count as nobody's."""
        configured = lab.world.recorder.number
        lab.world.recorder = lab.world.person("somebody")
        with raises(Refused, ForgeTokenLacksARight.code) as caught:
            lab.forge.place(HEAD, mark("one"))
        assert caught.error
        assert str(configured) in str(caught.error.params["right"])

    def test_a_withdrawal_that_fails_otherwise(self, lab: Side) -> None:
        lab.double.faults.append(Fault("PUT", "reset_approvals", Said(409, {})))
        with raises(Refused, ForgeRefusesTheRequest.code):
            lab.forge.withdraw(1, ["1"], "plan changed")

    def test_a_branch_that_the_token_may_not_look_at(self, lab: Side) -> None:
        lab.double.faults.append(Fault("GET", "/protected_branches", Said(403, {})))
        found = lab.forge.rules("main")
        assert (found.only_by_request, found.history_kept) == (None, None)
        lab.double.faults.append(Fault("GET", "/protected_branches", Said(409, {})))
        with raises(Refused, ForgeRefusesTheRequest.code):
            lab.forge.rules("main")

    def test_rules_that_fail_otherwise_are_not_none(self, lab: Side) -> None:
        lab.double.faults.append(Fault("GET", "/approval_rules", Said(409, {})))
        with raises(Refused, ForgeRefusesTheRequest.code):
            lab.forge.rules("main")

    def test_a_token_that_is_none(self, lab: Side) -> None:
        other = lab.client("another")
        with raises(Refused, ForgeRefusesTheToken.code):
            other.merge_request(1)
        other.close()

    def test_who_started_the_job(self, lab: Side) -> None:
        boss = lab.world.person("boss")
        lab.api.job = boss  # type: ignore[union-attr]
        run = lab.forge.run()
        assert (run.by.number, run.by.bot, run.attempt) == (boss.number, False, 1)

    def test_a_bare_project_and_a_guarded_one(self, lab: Side) -> None:
        bare = lab.forge.rules("main")
        assert bare == Rules(
            marks_must_pass=False,
            only_by_request=False,
            history_kept=False,
            fork_runs_here=True,
            variables_by_anyone=True,
        )
        lab.world.guards = {
            "branch": {"push_access_levels": [{"access_level": 0}], "allow_force_push": False},
            "approvals": {
                "reset_approvals_on_push": True,
                "merge_requests_author_approval": False,
                "merge_requests_disable_committers_approval": True,
            },
            "rules": [{"approvals_required": 1}, {"approvals_required": 2}],
            "project": {
                "only_allow_merge_if_pipeline_succeeds": True,
                "merge_trains_enabled": True,
                "ci_allow_fork_pipelines_to_run_in_parent_project": False,
                "ci_pipeline_variables_minimum_override_role": "no_one_allowed",
            },
        }
        assert lab.forge.rules("main") == Rules(
            approvals=2,
            approvals_end_on_push=True,
            author_may_approve=False,
            committers_may_approve=False,
            marks_must_pass=True,
            only_by_request=True,
            history_kept=True,
            queue=True,
            fork_runs_here=False,
            variables_by_anyone=False,
        )

    def test_what_the_token_may(self, lab: Side) -> None:
        found = lab.forge.rights()
        assert found.rights == {Right.READ, Right.COMMENT, Right.MARK}
        assert (found.account, found.scopes) == (
            Account(lab.world.recorder.number, "provisioner", bot=True),
            ("api",),
        )
        assert found.ends == datetime(2027, 1, 31, tzinfo=UTC)
        lab.api.read_only = True
        assert lab.forge.rights().rights == {Right.READ}

    def test_a_state_that_others_have_words_for(self, lab: Side) -> None:
        for state, found in (("running", State.PENDING), ("canceled", State.FAILURE)):
            lab.world.mark(lab.world.recorder, HEAD, state, state, "one")
            assert lab.forge.marks(HEAD, state)[0].mark.state is found

    def test_a_note_of_commands_alone(self, lab: Side) -> None:
        """GitLab carries them out and stores no note."""
        made = lab.world.open_request(lab.world.person("anna"), HEAD)
        done = Said(202, {"commands_changes": {}, "summary": ["Merged"]})
        lab.double.faults.append(Fault("POST", "/notes", done))
        with raises(OutcomeUnknown, ForgeAnswerNotUnderstood.code):
            lab.forge.add_note(made.number, "x")


def test_a_note_that_may_not_be_removed(side: Side) -> None:
    made = side.world.open_request(side.world.person("anna"), HEAD)
    note = side.forge.add_note(made.number, "x")
    side.api.read_only = True
    with raises(Refused, ForgeTokenLacksARight.code):
        side.forge.remove_note(made.number, note.id)


def test_an_ordinary_request_costs_few_calls(side: Side) -> None:
    """It is looked at, a second plan is shown and recorded, and later it is judged."""
    made = side.world.open_request(side.world.person("anna"), HEAD)
    sticky.keep_note(side.forge, made.number, lambda _: "plan 1")
    side.double.asked.clear()

    side.forge.merge_request(made.number)
    side.forge.commits(made.number)
    sticky.keep_note(side.forge, made.number, lambda _: "plan 1")
    side.forge.place(HEAD, mark("two"))
    assert len(side.double.asked) <= 6

    side.world.review(made, side.world.person("boss"))
    side.double.asked.clear()
    side.forge.merge_request(made.number)
    side.forge.commits(made.number)
    side.forge.reviews(made.number)
    side.forge.notes(made.number)
    side.forge.marks(HEAD, "provision/plan")
    assert len(side.double.asked) <= 8
