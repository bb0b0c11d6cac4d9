"""Plans for which a comment has no room: what cannot be undone stays in sight, and what a forge
does not take is written in short."""

from forge.double.server import Fault, Said
from forge.double.world import Person
from review.stage import SCHMIEDE, Stage, manifest

from provisioner.forge.sticky import CHARACTERS, SHORT_CHARACTERS
from provisioner.review.note import taken_apart
from provisioner.review.showing import Ended

TOO_LONG = Said(422, {"message": "Validation Failed: body is too long"})
REMOVALS = """\
version: 1
removals:
  - {what: schmiede/customer, why: agreed, until: 2027-01-31}
"""
PHONE = "  - {{login: p{of}x{n}, name: Platz {n}, license: phones, use: other}}\n"


def crowd(count: int) -> dict[str, str]:
    """Manifests of customers with 21 phones each."""
    found = {}
    for of in range(count):
        phones = "".join(PHONE.format(of=of, n=n) for n in range(20))
        text = manifest(f"empfang{of}", f"Menge {of} AG") + phones
        found[f"customers/aare/crowd-{of}.yaml"] = text
    return found


def live(stage: Stage) -> Person:
    """A customer is, and a third one of the staff."""
    third = stage.side.world.person("frei")
    stage.direct({"provision.yaml": stage.settings([stage.meier, stage.huber, third])})
    first = stage.ask({SCHMIEDE: manifest()}, branch="first")
    stage.plan(first)
    stage.approve(first)
    stage.merge(first)
    stage.apply()
    return third


def test_what_cannot_be_undone_is_seen_among_many_and_takes_two(hub_stage: Stage) -> None:
    stage = hub_stage
    live(stage)
    files = {**crowd(60), SCHMIEDE: None, "removals.yaml": REMOVALS}
    request = stage.ask(files, by=stage.huber, branch="gone")
    published = stage.plan(request)
    assert published.shown is not None
    assert published.shown.needed == 2
    (comment,) = stage.comments(request)
    text = taken_apart(comment).text
    assert len(text) <= CHARACTERS
    assert "left out" in text or "shortened" in text
    assert "schmiede" in text[: text.index("crowd-")]
    stage.approve(request)
    stage.merge(request)
    done = stage.apply()
    assert len(done.told) == 61
    assert {code for name in done.told for code in done.codes(name)} == {"PV755"}
    assert stage.live() == ["empfang"]


def test_two_of_the_staff_release_it(hub_stage: Stage) -> None:
    stage = hub_stage
    third = live(stage)
    gone = {SCHMIEDE: None, "removals.yaml": REMOVALS}
    request = stage.ask(gone, by=stage.huber, branch="gone")
    stage.plan(request)
    stage.approve(request, stage.meier, third)
    stage.merge(request)
    assert stage.apply().told["schmiede"].ended is Ended.DONE
    assert stage.live() == []


def test_the_short_form_is_approved_and_carried_out(lab_stage: Stage) -> None:
    """The forge takes less than it says."""
    stage = lab_stage
    request = stage.ask(crowd(3), by=stage.huber)
    refused = Fault("POST", "/(comments|notes)", TOO_LONG)
    stage.side.double.faults.append(refused)
    assert stage.plan(request).written
    assert refused.times == 0
    (comment,) = stage.comments(request)
    assert len(taken_apart(comment).text) <= SHORT_CHARACTERS
    assert stage.record(request).digest in comment
    stage.approve(request)
    stage.merge(request)
    done = stage.apply()
    assert {each.ended for each in done.told.values()} == {Ended.DONE}
    assert len(stage.live()) == 3 * 21
