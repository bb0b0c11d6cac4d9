"""What a case has brought about, through a snapshot: the same plan, and nothing personal."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import orjson
from harness import World
from nacl.signing import SigningKey

from provisioner.contract.desk import DeskReader
from provisioner.contract.resources import CLASSES
from provisioner.errors import ProvisionError
from provisioner.manifest.models import Manifest
from provisioner.manifest.review import Review
from provisioner.operations.opening import Opened, Readable
from provisioner.operations.planning import plan
from provisioner.operations.snapshots import ProtectedBranch, systems, taken
from provisioner.plan.context import CustomerInput
from provisioner.plan.model import Plan
from provisioner.review import snapshot as snapshots
from provisioner.review.snapshot import Snapshot
from provisioner.telephony.identity import CustomerId

KEY = SigningKey(b"s" * 32)
REVIEW = Review.model_validate(
    {
        "project": {"forge": "gitlab", "id": 7},
        "recorder": 8,
        "keys": ["ed25519:" + "A" * 43 + "="],
        "staff": [{"name": "Meier", "gitlab": 9}],
    }
)
KNOWS_LESS = {
    "R11/routed-on-the-pbx-for-someone-foreign": "nobody's route is in no snapshot",
    "R3/a-thousand-numbers-of-the-stock-for-one": "nobody's route is in no snapshot",
    "adopt/a-number-in-another-tenant": "nobody's route is in no snapshot",
    "phones/a-phone-of-another-repository": "a snapshot shows nothing of others",
    "reads/a-login-of-a-customer-that-cannot-be-read": "who cannot be read is in no snapshot",
    "adversary/the-folder-of-an-unknown-reseller": "there is no snapshot of nobody",
}
"""Of these a snapshot shows another plan, and the apply refuses."""


@dataclass(frozen=True)
class AtTheDesk(ProtectedBranch):
    """What is released, by the desk itself, wherever the protected branch is."""

    desk: DeskReader

    def manifest(self, customer: CustomerId) -> Manifest | None:
        return CustomerInput.released(customer, self.desk.read([customer])[customer]).manifest


def same_plan(world: World, today: date, live: Plan | None) -> bool:
    """Whether a snapshot gives the plan that the live systems give; also if neither gives any."""
    try:
        opened = world.opened({})
        found = list(taken(opened, REVIEW, datetime.combine(today, time(6), UTC)))
    except ProvisionError:
        return True  # a system is lost, and nobody could plan
    again = [
        snapshots.opened(snapshots.packed(each, KEY), [KEY.verify_key], "file") for each in found
    ]
    assert again == found
    nothing_personal(opened, found)
    files: Any = None
    branch = AtTheDesk(files, opened.workspace.config, opened.desk)
    pbx, desk = systems(again, branch, opened.workspace)
    assert live
    then = plan(Readable(opened.workspace, pbx, desk), today=today).plan
    return then.model_dump(exclude={"checksum"}) == live.model_dump(exclude={"checksum"})


def nothing_personal(opened: Opened, found: list[Snapshot]) -> None:
    text = orjson.dumps([each.model_dump(mode="json") for each in found]).decode()
    names = sorted(opened.desk.customers())
    on_desk = opened.desk.read(names).values()
    for state in (*on_desk, *opened.pbx.read(names).values()):
        for each in state.objects:
            for field in each.personal:
                value = getattr(each, field)
                for one in value if isinstance(value, tuple) else (value,):
                    assert one is None or orjson.dumps(one).decode() not in text
    for desk in on_desk:
        for (kind, _), hashes in desk.applied.items():
            for field in CLASSES[kind].personal & hashes.keys():
                assert hashes[field] not in text
