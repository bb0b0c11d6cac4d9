"""What systems that tell whether something has changed, and desks that keep proofs, must do."""

from dataclasses import replace
from datetime import date, timedelta

from provisioner.contract.proofs import FingerprintingPbx, Proof, ProvingDesk
from provisioner.contract.resources import Account, DeskResource, Kind, Release
from provisioner.telephony.porting import Event
from provisioner.testing.desk_numbers import OpenDesk
from provisioner.testing.pbx import OpenPbx
from provisioner.testing.values import (
    CAFE,
    NOW,
    PORT_DATE,
    SMITHY,
    TODAY,
    billing,
    key,
    order,
    route,
    stock,
    tenant,
    workplace,
)

PROOF = Proof(
    customer=SMITHY,
    reseller="muster",
    manifest=b"\x00" * 32,
    live=b"\xff" * 32,
    settings=bytes(range(32)),
    since=TODAY,
    until=PORT_DATE,
    numbers=("0445551234", "04455520"),
    logins=b"12345678" * 3,
    support=b"",
)
ELSEWHERE = "another-host.example:4711:1"


class FingerprintingPbxContract:
    """``open_pbx`` as for :class:`provisioner.testing.PbxContract`."""

    def test_a_fingerprint_changes_with_each_row_and_with_no_other_customer(
        self, open_pbx: OpenPbx
    ) -> None:
        pbx = open_pbx()
        assert isinstance(pbx, FingerprintingPbx)
        assert pbx.fingerprints() == {}
        seen = []
        first = tenant(), workplace(), route("0445551234", "petra.huber")
        for each in (*first, tenant(name="Schmiede"), workplace("a", license="phones")):
            pbx.put(each, secret=None, key=key())
            pbx.flush()
            seen.append(pbx.fingerprints([SMITHY])[str(SMITHY)])
        assert len({*seen}) == len(seen)
        pbx.put(tenant(CAFE), secret=None, key=key())
        pbx.flush()
        again = open_pbx()
        assert isinstance(again, FingerprintingPbx)
        every = again.fingerprints()
        assert every.keys() == {str(SMITHY), str(CAFE)}
        assert every[str(SMITHY)] == seen[-1]
        assert {*again.held()} == {("0445551234", str(SMITHY))}


class ProvingDeskContract:
    """``open_desk`` as for :class:`provisioner.testing.DeskContract`."""

    def test_a_fingerprint_of_the_desk_changes_with_each_row(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        assert isinstance(desk, ProvingDesk)
        assert desk.fingerprints() == {}
        account = Account(
            customer=SMITHY,
            company="Schmiedeisen AG",
            street="Weg 1",
            postcode="8400",
            city="Winterthur",
            person="Petra Huber",
            email="petra@schmiedeisen.example",
            phone="0525550100",
        )
        release = Release(customer=SMITHY, manifest="ab" * 32, reseller="muster", content=b"{}")
        made: tuple[DeskResource, ...] = (
            release,
            replace(release, content=b"{ }"),
            account,
            replace(account, uid="CHE-123.456.788"),
            stock("main"),
            billing("subscription"),
            order(),
        )
        seen = [desk.fingerprints().get(str(SMITHY))]
        for each in made:
            desk.put(each, today=TODAY, key=key())
            seen.append(desk.fingerprints([SMITHY])[str(SMITHY)])
        run = desk.begin(SMITHY, at=NOW, who="ci", manifest="", steps={})
        assert desk.fingerprints()[str(SMITHY)] == seen[-1]
        applied = Kind.TENANT, "tenant", {"name": "00"}
        desk.settle(run, "x", at=NOW, outcome="done", applied=applied)
        seen.append(desk.fingerprints()[str(SMITHY)])
        desk.move(order(), Event.ACCEPT, on=PORT_DATE, today=TODAY, who="ci", why="told", key=key())
        seen.append(desk.fingerprints()[str(SMITHY)])
        assert len({*seen}) == len(seen)
        held = {digits for digits, holder in desk.held() if holder == str(SMITHY)}
        assert held >= {*order().items}
        assert len(held) == len(order().items) + 1

    def test_a_proof_is_kept_as_it_was_made(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        assert isinstance(desk, ProvingDesk)
        other = replace(PROOF, customer=CAFE, until=None, numbers=(), logins=b"")
        desk.prove([PROOF, other], holder="a", at=NOW)
        again = open_desk()
        assert isinstance(again, ProvingDesk)
        assert {*again.proofs()} == {PROOF, other}
        newer = replace(PROOF, since=date(2027, 2, 1), live=b"\x01" * 32)
        again.prove([newer], holder="a", at=NOW)
        assert {*desk.proofs()} == {newer, other}

    def test_nothing_is_proven_while_somebody_else_works(self, open_desk: OpenDesk) -> None:
        desk = open_desk()
        assert isinstance(desk, ProvingDesk)
        desk.acquire_lease(SMITHY, holder=ELSEWHERE, at=NOW, seconds=300)
        desk.prove([PROOF], holder="a", at=NOW)
        assert not desk.proofs()
        desk.prove([PROOF], holder=ELSEWHERE, at=NOW)
        assert {*desk.proofs()} == {PROOF}
        run = desk.begin(CAFE, at=NOW, who="ci", manifest="", steps={})
        other = replace(PROOF, customer=CAFE)
        desk.prove([other], holder="a", at=NOW)
        assert {*desk.proofs()} == {PROOF}
        desk.end(run, at=NOW + timedelta(seconds=1), complete=True)
        desk.prove([other], holder="a", at=NOW)
        assert {*desk.proofs()} == {PROOF, other}
