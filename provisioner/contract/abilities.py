"""What a driver can do beyond reading, putting and deleting; the plan and ``doctor`` say what it
cannot."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from provisioner.contract.desk import DeskReader, MovingDesk, RenamingDesk
from provisioner.contract.pbx import AdoptingPbx, MovingPbx, PbxReader, RenamingPbx


class Ability(StrEnum):
    """``adopt``: take over what somebody else set up.  ``rename``: a login or a whole customer.
    ``move``: a number from one customer to another."""

    ADOPT = "adopt"
    RENAME = "rename"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Abilities:
    """Of the two systems of a run."""

    pbx: frozenset[Ability] = frozenset(Ability)
    desk: frozenset[Ability] = frozenset(Ability)


@runtime_checkable
class TellsAbilities(Protocol):
    """A reader that stands for a system whose driver is elsewhere."""

    abilities: frozenset[Ability]


def abilities_of(system: PbxReader | DeskReader) -> frozenset[Ability]:
    """What a system's driver can do."""
    if isinstance(system, TellsAbilities):
        return system.abilities
    found = set()
    if isinstance(system, RenamingPbx | RenamingDesk):
        found.add(Ability.RENAME)
    if isinstance(system, MovingPbx | MovingDesk):
        found.add(Ability.MOVE)
    if isinstance(system, AdoptingPbx | DeskReader):  # nothing at a desk is somebody else's
        found.add(Ability.ADOPT)
    return frozenset(found)
