"""The double as others understand the two APIs: githubkit and python-gitlab drive it.

What they cannot read in it would be our own reading of the API, made twice.
"""

from collections.abc import Iterator

import gitlab
import pytest
from forge.conftest import Side
from forge.double.server import TOKEN
from forge.double.world import sha
from githubkit import GitHub, TokenAuthStrategy
from githubkit.exception import RequestFailed

HEAD = sha("head")


def test_githubkit_reads_what_a_merge_request_is_made_of(hub: Side) -> None:
    anna, boss = hub.world.person("anna"), hub.world.person("boss")
    made = hub.world.open_request(anna, HEAD)
    review = hub.world.review(made, boss)
    hub.world.rules = [rule("deletion"), rule("non_fast_forward")]
    api = client(hub)
    where = {"owner": "operator", "repo": "manifests"}
    with api:
        assert api.rest.repos.get(**where).parsed_data.id == hub.world.project
        pull = api.rest.pulls.get(**where, pull_number=made.number).parsed_data
        assert (pull.head.sha, pull.base.ref, pull.user.id) == (HEAD, "main", anna.number)
        (said,) = api.rest.pulls.list_reviews(**where, pull_number=made.number).parsed_data
        assert (said.id, said.state, said.commit_id) == (review.id, "APPROVED", HEAD)
        (commit,) = api.rest.pulls.list_commits(**where, pull_number=made.number).parsed_data
        assert commit.sha == HEAD
        kinds = api.rest.repos.get_branch_rules(**where, branch="main").parsed_data
        assert [each.type for each in kinds] == ["deletion", "non_fast_forward"]
        dismissed = api.rest.pulls.dismiss_review(
            **where, pull_number=made.number, review_id=review.id, message="plan changed"
        )
        assert dismissed.parsed_data.state == "DISMISSED"
        hub.world.merge(made, "squash", sha("merged"))
        (found,) = api.rest.repos.list_pull_requests_associated_with_commit(
            **where, commit_sha=sha("merged")
        ).parsed_data
        assert found.merged_at == hub.world.now
        hub.world.runs[5] = (anna, boss, 2)
        run = api.rest.actions.get_workflow_run(**where, run_id=5).parsed_data
        assert (run.triggering_actor.id, run.run_attempt) == (boss.number, 2)
        pushes = api.rest.repos.list_activities(**where, ref="refs/heads/change").parsed_data
        assert pushes[0].after == HEAD


def test_githubkit_writes_and_reads_pages(hub: Side) -> None:
    made = hub.world.open_request(hub.world.person("anna"), HEAD)
    where = {"owner": "operator", "repo": "manifests"}
    with client(hub) as api:
        for n in range(35):
            api.rest.issues.create_comment(**where, issue_number=made.number, body=f"{n}")
        found = list(
            api.rest.paginate(api.rest.issues.list_comments, **where, issue_number=made.number)
        )
        assert [each.body for each in found] == [f"{n}" for n in range(35)]
        edited = api.rest.issues.update_comment(**where, comment_id=found[3].id, body="new")
        assert edited.parsed_data.updated_at > edited.parsed_data.created_at
        api.rest.issues.delete_comment(**where, comment_id=found[4].id)
        output = {"title": "Plan", "summary": "1 to add", "text": "record"}
        api.rest.checks.create(
            **where,
            name="provision/plan",
            head_sha=HEAD,
            external_id="one",
            status="completed",
            conclusion="success",
            output=output,
        )
        checks = api.rest.checks.list_for_ref(**where, ref=HEAD, check_name="provision/plan")
        (check,) = checks.parsed_data.check_runs
        assert (check.external_id, check.output.text) == ("one", "record")
        issue = api.rest.issues.create(**where, title="Not applied", body="office").parsed_data
        api.rest.issues.update(**where, issue_number=issue.number, state="closed")
        assert not hub.world.issues[issue.number].open
        with pytest.raises(RequestFailed) as caught:
            api.rest.issues.create_comment(**where, issue_number=made.number, body="ü" * 140_000)
        assert caught.value.response.status_code == 422
    assert [one.body for one in hub.world.comments()][2:5] == ["2", "new", "5"]


def test_python_gitlab_reads_what_a_merge_request_is_made_of(
    lab: Side, server: gitlab.Gitlab
) -> None:
    anna, boss = lab.world.person("anna"), lab.world.person("boss", bot=True)
    made = lab.world.open_request(anna, HEAD)
    lab.world.review(made, boss)
    project = server.projects.get(lab.world.project)
    merge = project.mergerequests.get(made.number)
    assert (merge.sha, merge.target_branch, merge.author["id"]) == (HEAD, "main", anna.number)
    (approval,) = merge.approvals.get().approved_by
    assert approval["user"]["id"] == boss.number
    (version,) = merge.diffs.list(get_all=True)
    assert version.head_commit_sha == HEAD
    (reviewer,) = merge.reviewer_details.list(get_all=True)
    assert reviewer.state == "approved"
    assert [each.id for each in merge.commits()] == [HEAD]
    assert server.users.get(boss.number).bot is True
    merge.reset_approvals()
    assert merge.approvals.get().approved_by == []
    lab.world.merge(made, "merge", sha("merged"))
    merging, pushing = project.events.list(get_all=True, action="pushed")
    assert (merging.push_data["ref"], merging.push_data["commit_to"]) == ("main", sha("merged"))
    assert (pushing.author["id"], pushing.push_data["commit_to"]) == (anna.number, HEAD)
    assert project.mergerequests.get(made.number).merge_commit_sha == sha("merged")


def test_python_gitlab_writes_and_reads_pages(lab: Side, server: gitlab.Gitlab) -> None:
    made = lab.world.open_request(lab.world.person("anna"), HEAD)
    project = server.projects.get(lab.world.project)
    merge = project.mergerequests.get(made.number)
    for n in range(45):
        merge.notes.create({"body": f"{n}"})
        made.comments[-1].system = n % 2 > 0
    found = merge.notes.list(
        get_all=True, sort="asc", order_by="created_at", activity_filter="only_comments"
    )
    assert [each.body for each in found] == [f"{n}" for n in range(0, 45, 2)]
    note = found[0]
    note.body = "new"
    note.save()
    assert made.comments[0].body == "new"
    note.delete()
    assert len(made.comments) == 44
    commit = {"state": "success", "name": "provision/plan", "description": "one"}
    project.commits.get(HEAD, lazy=True).statuses.create(commit)
    (status,) = project.commits.get(HEAD, lazy=True).statuses.list(all=True, get_all=True)
    assert (status.description, status.author["id"]) == ("one", lab.world.recorder.number)
    issue = project.issues.create({"title": "Not applied", "description": "office"})
    issue.state_event = "close"
    issue.save()
    assert not lab.world.issues[issue.iid].open
    with pytest.raises(gitlab.GitlabCreateError, match="too long"):
        merge.notes.create({"body": "x" * 1_000_001})


def client(side: Side) -> GitHub[TokenAuthStrategy]:
    return GitHub(
        TokenAuthStrategy(TOKEN), base_url=side.double.url, auto_retry=False, http_cache=False
    )


@pytest.fixture
def server(lab: Side) -> Iterator[gitlab.Gitlab]:
    with gitlab.Gitlab(lab.double.url.removesuffix("/api/v4"), private_token=TOKEN) as made:
        yield made


def rule(kind: str, **parameters: object) -> dict[str, object]:
    made: dict[str, object] = {"type": kind, "ruleset_source_type": "Repository"}
    made |= {"ruleset_source": "operator/manifests", "ruleset_id": 1}
    return made | ({"parameters": parameters} if parameters else {})
