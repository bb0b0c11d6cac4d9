"""A customer that is called otherwise now: what the live systems hold under both ids, as one.

The desk moves in one transaction and first; a PBX may take many calls.  So the old id's objects on
the PBX count until none is left: they are complete to the end, the new ones are only then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from provisioner.contract.desk import DeskState
from provisioner.contract.pbx import PbxState
from provisioner.telephony.identity import CustomerId


@dataclass(frozen=True, slots=True)
class Former:
    """What is still there under a customer's former id.

    ``taken``: both ids are customers of their own, so nothing was put together.  ``foreign``: how
    many objects on the PBX are there without our mark.  ``strangers``: how many stand under the new
    id, of which nothing of ours is there yet.
    """

    customer: CustomerId
    on_pbx: bool = False
    on_desk: bool = False
    taken: bool = False
    foreign: int = 0
    strangers: int = 0

    @property
    def pending(self) -> bool:
        """There is something that has to move to the new id."""
        return not self.taken and (self.on_pbx or self.on_desk)


Joined = tuple[PbxState | None, DeskState | None, Former]


def joined(
    customer: CustomerId,
    former: CustomerId,
    pbx: Mapping[CustomerId, PbxState],
    desk: Mapping[CustomerId, DeskState],
) -> Joined:
    """Both ids as ``customer``; None for a system that did not answer for both."""
    states = pbx.get(customer), pbx.get(former), desk.get(customer), desk.get(former)
    now_pbx, old_pbx, now_desk, old_desk = states
    if now_pbx is None or old_pbx is None or now_desk is None or old_desk is None:
        known = None not in (now_pbx, old_pbx)
        return (now_pbx if known else None), (None if known else now_desk), Former(former)
    on_desk = _holds(old_desk)
    about = Former(former, bool(old_pbx.objects), on_desk, foreign=len(old_pbx.foreign))
    if on_desk and (_holds(now_desk) or now_pbx.objects):
        return now_pbx, now_desk, replace(about, taken=True)
    objects = {(o.kind, o.live_key): o for o in now_pbx.objects}
    objects |= {(o.kind, o.live_key): replace(o, customer=customer) for o in old_pbx.objects}
    if on_desk:
        moved = tuple(replace(o, customer=customer) for o in old_desk.objects)
        now_desk = replace(old_desk, objects=moved)
    return replace(now_pbx, objects=tuple(objects.values())), now_desk, about


def _holds(state: DeskState) -> bool:
    return bool(state.objects or state.applied)
