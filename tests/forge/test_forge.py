"""What both forges do alike; a client of ours drives a double of each."""

from forge.conftest import Side
from forge.double.server import Fault, Said
from forge.double.world import Commit, sha

from provisioner.codes.forge import (
    ForgeKeptAnotherText,
    ForgeTokenLacksARight,
    NotThereOnTheForge,
)
from provisioner.errors import Refused
from provisioner.forge.model import Mark, State, Verdict
from provisioner.testing.values import raises

HEAD, NEXT, MERGED = sha("head"), sha("next"), sha("merged")


def mark(reference: str, state: State = State.SUCCESS, text: str | None = None) -> Mark:
    return Mark("provision/plan", state, reference, title="Plan", summary="1 to add", text=text)


def test_a_merge_request(side: Side) -> None:
    author = side.world.person("anna")
    made = side.world.open_request(author, HEAD)
    found = side.forge.merge_request(made.number)
    assert (found.number, found.head, found.target, found.open) == (made.number, HEAD, "main", True)
    assert (found.author.number, found.author.login) == (author.number, "anna")
    assert (found.project, found.source_project) == (side.world.project, side.world.project)
    assert found.merged_at is None
    assert found.merge_commit is None, "a trial of the forge is no merge"


def test_one_of_a_fork(side: Side) -> None:
    made = side.world.open_request(side.world.person("anna"), HEAD, fork=True)
    found = side.forge.merge_request(made.number)
    assert found.source_project not in {None, side.world.project}
    assert [*side.forge.pushes(found.source)] == []


def test_how_it_was_merged(side: Side) -> None:
    for how in ("merge", "squash", "rebase", "queue", "fast-forward"):
        made = side.world.open_request(side.world.person("anna"), sha(how))
        commit = side.world.merge(made, how, sha(f"{how} merged"))
        found = side.forge.merge_request(made.number)
        assert (found.merged_at, found.merge_commit) == (side.world.now, commit), how
        assert not found.open
        assert [each.number for each in side.forge.requests_of(commit)] == [made.number], how


def test_open_ones_to_the_end(side: Side) -> None:
    anna = side.world.person("anna")
    made = [side.world.open_request(anna, sha(f"{n}")) for n in range(130)]
    side.world.merge(made.pop(3), "merge", MERGED)
    made.pop(4).target = "other"
    found = side.forge.open_requests("main")
    assert [each.number for each in found] == [each.number for each in made]


def test_commits_and_who_wrote_them(side: Side) -> None:
    anna, boss = side.world.person("anna"), side.world.person("boss")
    commits = [
        Commit(sha("1"), anna, anna, f"{anna.number}-anna@users.noreply.forge.example"),
        Commit(sha("2"), boss, anna, f"{boss.number}-boss@users.noreply.forge.example"),
        Commit(sha("3"), None, None),
    ]
    made = side.world.open_request(anna, HEAD, commits=commits)
    found = side.forge.commits(made.number)
    assert found.whole
    assert [each.sha for each in found.found] == [sha("1"), sha("2"), sha("3")]
    assert found.accounts == {anna.number, boss.number}
    assert found.accounts_told == (side.name == "github")


def test_more_commits_than_anybody_looks_through(side: Side) -> None:
    anna = side.world.person("anna")
    many = [Commit(sha(f"{n}"), anna, anna) for n in range(251)]
    made = side.world.open_request(anna, HEAD, commits=many)
    assert not side.forge.commits(made.number).whole


def test_who_pushed(side: Side) -> None:
    anna, boss = side.world.person("anna"), side.world.person("boss")
    made = side.world.open_request(anna, HEAD)
    side.world.push(made, NEXT, by=boss)
    found = [*side.forge.pushes(made.source)]
    assert [(push.after, push.by.number) for push in found] == [
        (NEXT, boss.number),
        (HEAD, anna.number),
    ]
    assert found[0].before == HEAD
    side.world.push_to("main", MERGED, by=boss)
    side.world.open_request(anna, HEAD, source="other")
    assert [push.after for push in side.forge.pushes("main")] == [MERGED]


def test_who_pushed_is_asked_as_far_as_somebody_looks(side: Side) -> None:
    """A list that cannot be read to the end of what is looked for is no short list."""
    anna = side.world.person("anna")
    for n in range(230):
        side.world.push_to("main", sha(f"{n}"), by=anna)
    pushes = side.forge.pushes("main")
    assert next(pushes).after == sha("229")
    pages = [path for _, path, _ in side.double.asked if path.endswith(("activity", "events"))]
    assert len(pages) == 1
    assert len([*pushes]) == 229
    side.double.faults.append(Fault("GET", "[?&]page=2", Said(404)))
    with raises(Refused):
        [*side.forge.pushes("main")]


def test_where_a_push_of_many_branches_went(side: Side) -> None:
    """GitLab does not tell: nobody is taken for who has not pushed it."""
    side.world.push_to("main", HEAD, by=side.world.person("anna"), others=3)
    found = [push.after for push in side.forge.pushes("main")]
    assert found == ([HEAD] if side.name == "github" else [])


def test_an_approval_is_for_the_head_that_was_there(side: Side) -> None:
    boss = side.world.person("boss")
    side.world.ends_on_push = False
    made = side.world.open_request(side.world.person("anna"), HEAD)
    side.world.review(made, boss)
    found = side.forge.reviews(made.number)
    decided = found.decisions()[boss.number]
    assert decided.verdict is Verdict.APPROVED
    assert decided.at == side.world.now
    assert decided.by.bot is False
    assert found.of_head(decided, HEAD)
    side.world.push(made, NEXT, by=made.author)
    found = side.forge.reviews(made.number)
    assert not found.of_head(found.decisions()[boss.number], NEXT)
    side.world.review(made, boss)
    found = side.forge.reviews(made.number)
    assert found.of_head(found.decisions()[boss.number], NEXT)


def test_an_approval_ends_with_a_push_where_the_forge_ends_it(side: Side) -> None:
    boss = side.world.person("boss")
    made = side.world.open_request(side.world.person("anna"), HEAD)
    side.world.review(made, boss)
    side.world.push(made, NEXT, by=made.author)
    decided = side.forge.reviews(made.number).decisions().get(boss.number)
    assert decided is None or decided.verdict is Verdict.DISMISSED


def test_words_that_come_later(side: Side) -> None:
    boss, other = side.world.person("boss"), side.world.person("other")
    made = side.world.open_request(side.world.person("anna"), HEAD)
    side.world.review(made, boss)
    side.world.review(made, boss, "COMMENTED")
    assert side.forge.reviews(made.number).decisions()[boss.number].verdict is Verdict.APPROVED
    side.world.review(made, boss, "CHANGES_REQUESTED")
    side.world.review(made, other)
    decided = side.forge.reviews(made.number).decisions()
    assert decided[boss.number].verdict is Verdict.CHANGES_REQUESTED
    assert decided[other.number].verdict is Verdict.APPROVED
    side.world.take_back(made, other)
    found = side.forge.reviews(made.number).decisions().get(other.number)
    assert found is None or found.verdict is Verdict.DISMISSED


def test_a_bot_that_approves_is_known_as_one(side: Side) -> None:
    bot = side.world.person("renovate", bot=True)
    made = side.world.open_request(side.world.person("anna"), HEAD)
    side.world.review(made, bot)
    assert side.forge.reviews(made.number).decisions()[bot.number].by.bot is True


def test_notes_over_pages(side: Side) -> None:
    anna = side.world.person("anna")
    made = side.world.open_request(anna, HEAD)
    for n in range(150):
        side.world.comment(made, anna, f"word {n}").system = side.name == "gitlab" and n % 3 > 0
    own = side.world.comment(made, side.world.recorder, "<!-- ours -->\nplan")
    found = side.forge.notes(made.number)
    assert [each.id for each in found if each.own] == [own.id]
    assert len(found) == (151 if side.name == "github" else 51)
    assert (found[-1].created, found[-1].body) == (own.created, own.body)


def test_a_note_that_looks_like_ours_is_not(side: Side) -> None:
    """Also one that a person wrote through the App, or that the workflows' App wrote."""
    made = side.world.open_request(side.world.person("anna"), HEAD)
    side.world.comment(made, made.author, "<!-- ours -->", through=side.world.recorder.app)
    side.world.comment(made, side.world.workflows, "<!-- ours -->")
    assert [each.own for each in side.forge.notes(made.number)] == [False, False]


def test_a_note_is_written_edited_and_removed(side: Side) -> None:
    made = side.world.open_request(side.world.person("anna"), HEAD)
    note = side.forge.add_note(made.number, "<!-- ours -->\nplanning")
    assert note.own
    assert (note.created, note.updated) == (side.world.now, side.world.now)
    edited = side.forge.edit_note(made.number, note.id, "<!-- ours -->\nplan")
    assert (edited.id, edited.body) == (note.id, "<!-- ours -->\nplan")
    assert edited.updated == side.world.now > edited.created
    assert side.forge.notes(made.number) == [edited]
    side.forge.remove_note(made.number, note.id)
    side.forge.remove_note(made.number, note.id)
    assert side.forge.notes(made.number) == []


def test_a_note_that_is_gone_cannot_be_edited(side: Side) -> None:
    made = side.world.open_request(side.world.person("anna"), HEAD)
    with raises(Refused, NotThereOnTheForge.code):
        side.forge.edit_note(made.number, 99, "x")


def test_a_line_that_the_forge_takes_for_a_command(lab: Side) -> None:
    made = lab.world.open_request(lab.world.person("anna"), HEAD)
    with raises(Refused, ForgeKeptAnotherText.code):
        lab.forge.add_note(made.number, "<!-- ours -->\n/merge\nplan")


def test_marks_of_the_recorder_alone(side: Side) -> None:
    anna = side.world.person("anna")
    made = side.world.open_request(anna, HEAD)
    side.world.mark(anna, HEAD, "provision/plan", "success", "forged")
    side.world.mark(side.world.workflows, HEAD, "provision/plan", "success", "forged")
    assert side.forge.marks(made.head, "provision/plan") == []
    text = "record" if side.forge.keeps_text else None
    placed = side.forge.place(HEAD, mark("one", text=text))
    side.world.mark(anna, HEAD, "provision/plan", "success", "forged")
    again = side.forge.place(HEAD, mark("two", State.FAILURE, text=text))
    found = side.forge.marks(HEAD, "provision/plan")
    assert [each.id for each in found] == [again.id, placed.id]
    assert [each.mark.reference for each in found] == ["two", "one"]
    assert [each.mark.state for each in found] == [State.FAILURE, State.SUCCESS]
    assert found[0].mark.text == text
    assert side.forge.marks(NEXT, "provision/plan") == []
    assert side.forge.marks(HEAD, "provision/other") == []


def test_what_is_marked_already_is_not_marked_again(side: Side) -> None:
    for state in (State.PENDING, State.PENDING, State.SUCCESS, State.SUCCESS, State.PENDING):
        side.forge.place(HEAD, mark("one", state))
    assert len(side.double.writes()) == 3
    newest, *_ = side.forge.marks(HEAD, "provision/plan")
    assert newest.mark.state is State.PENDING


def test_approvals_are_withdrawn(side: Side) -> None:
    boss, other = side.world.person("boss"), side.world.person("other")
    made = side.world.open_request(side.world.person("anna"), HEAD)
    side.world.review(made, boss)
    side.world.review(made, other)
    found = side.forge.reviews(made.number)
    assert side.forge.withdraw(made.number, [each.id for each in found.said], "plan changed") == 2
    left = side.forge.reviews(made.number)
    assert [each for each in left.said if each.verdict is Verdict.APPROVED] == []
    again = side.forge.withdraw(made.number, [each.id for each in left.said], "plan changed")
    assert again == 0
    assert side.forge.withdraw(made.number, [], "plan changed") == 0


def test_an_issue_and_its_end(side: Side) -> None:
    side.world.issue(side.world.person("anna"), "not ours")
    issue = side.forge.open_issue("Not applied", "office")
    assert side.forge.issues() == [issue]
    edited = side.forge.edit_issue(issue.number, title="Not applied", body="office, cafe")
    assert (edited.number, edited.body) == (issue.number, "office, cafe")
    assert not side.forge.close_issue(issue.number).open
    assert side.forge.issues() == []


def test_a_token_that_may_only_read(side: Side) -> None:
    made = side.world.open_request(side.world.person("anna"), HEAD)
    side.api.read_only = True
    assert side.forge.merge_request(made.number).head == HEAD
    with raises(Refused, ForgeTokenLacksARight.code) as caught:
        side.forge.add_note(made.number, "x")
    named = {"github": "issues=write; pull_requests=write", "gitlab": "api"}[side.name]
    assert caught.error
    assert caught.error.params["right"] == named


def test_what_the_token_may(side: Side) -> None:
    found = side.forge.rights()
    assert found.project == side.world.project


def test_the_clock_is_the_forges(side: Side) -> None:
    assert side.forge.clock() is None
    side.forge.rights()
    assert side.forge.clock() == side.world.now
