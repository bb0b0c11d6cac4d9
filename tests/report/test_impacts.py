"""Each dangerous change of a workplace has a reason of its own."""

from collections.abc import Mapping

from provisioner.contract.resources import Json, Kind, System
from provisioner.plan.model import Action, Cause, Effect, Step
from provisioner.report.messages import Catalogue
from provisioner.report.plan.impacts import impact

PHONE, OTHER = "snom-d785 000413A1B2C3", "snom-d785 000413A1B2C4"


def _told(before: Mapping[str, Json], after: Mapping[str, Json]) -> str:
    changed = tuple(name for name in after if before.get(name) != after[name])
    step = Step(
        id="workplace/bar:update",
        action=Action.UPDATE,
        system=System.PBX,
        kind=Kind.WORKPLACE,
        key="bar",
        effect=Effect.DISRUPTIVE,
        cause=Cause.EDITED,
        before=before,
        after=after,
        changed=changed,
    )
    return impact(step, Catalogue("en"))


def test_encryption_says_what_happens_to_calls() -> None:
    assert "488" in _told({"srtp": "off"}, {"srtp": "required"})
    assert "488" in _told({"srtp": None}, {"srtp": "required"})
    fewer = _told({"srtp": "required"}, {"srtp": "optional"})
    assert "insists on SRTP" in fewer
    assert "logged out" not in fewer


def test_an_exchanged_phone_and_encryption_are_told_apart_and_the_old_phone_is_named() -> None:
    found = _told(
        {"phone": PHONE, "srtp": "off", "premium_calls": False},
        {"phone": OTHER, "srtp": "required", "premium_calls": True},
    )
    phone, srtp = found.split("; ", 1)
    assert phone.startswith(PHONE)
    assert OTHER not in found
    assert "488" in srtp


def test_a_password_and_a_smaller_license_log_out_once() -> None:
    before = {"credential": "generated:1", "license": "phones+apps", "caller_id": "0525550101"}
    after = {"credential": "generated:2", "license": "phones", "caller_id": ""}
    assert _told(before, after).count("logged out") == 1
    assert "without a number" in _told(before, after)
