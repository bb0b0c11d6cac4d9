"""Readers that do not tell everything, each in its own way."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from provisioner.codes.systems import DatabaseCannotBeReached
from provisioner.contract.desk import DeskState
from provisioner.contract.pbx import PbxState
from provisioner.contract.resources import CLASSES, Kind, System
from provisioner.errors import Unavailable
from provisioner.plan.model import Action, Plan
from tests.faults import Fault, FaultyDesk, FaultyPbx
from tests.stateful.world import World

Alter = dict[str, Callable[[Any], Any]]


@dataclass(frozen=True)
class Way:
    """What is wrong with the PBX and with the desk."""

    pbx: tuple[Fault, ...] = ()
    desk: tuple[Fault, ...] = ()
    alter_pbx: Alter = field(default_factory=dict)
    alter_desk: Alter = field(default_factory=dict)


def blind(world: World, way: str) -> tuple[Any, Any]:
    """Both systems of ``world``, read in a faulty way."""
    found = WAYS[way]
    return (
        FaultyPbx(world.pbx, found.pbx, found.alter_pbx),
        FaultyDesk(world.desk, found.desk, found.alter_desk),
    )


def taking(plan: Plan) -> set[tuple[str, str]]:
    """Steps that take something away."""
    actions = {Action.DELETE, Action.CANCEL}
    return {(c.customer, s.id) for c in plan.customers for s in c.steps if s.action in actions}


def _down(method: str) -> tuple[Fault, ...]:
    return (Fault(method, Unavailable(DatabaseCannotBeReached(target="x")), lasting=True),)


def _nobody(found: Any) -> Any:
    del found
    return {}


def _half(found: Any) -> Any:
    return {c: replace(s, objects=s.objects[::2]) for c, s in found.items()}


def _without(kind: Kind) -> Alter:
    def drop(found: Any) -> Any:
        return {
            c: replace(s, objects=tuple(o for o in s.objects if o.kind is not kind))
            for c, s in found.items()
        }

    return {"read": drop}


WAYS: dict[str, Way] = {
    "pbx down": Way(pbx=_down("read")),
    "desk down": Way(desk=_down("read")),
    "pbx does not say who holds": Way(pbx=_down("holders")),
    "desk does not say who holds": Way(desk=_down("holders")),
    "pbx leaves customers out": Way(alter_pbx={"read": _nobody}),
    "desk leaves customers out": Way(alter_desk={"read": _nobody}),
    "pbx empty": Way(alter_pbx={"read": lambda found: dict.fromkeys(found, PbxState())}),
    "desk empty": Way(alter_desk={"read": lambda found: dict.fromkeys(found, DeskState())}),
    "pbx brings half": Way(alter_pbx={"read": _half}),
    "desk brings half": Way(alter_desk={"read": _half}),
    **{
        f"no {kind}": Way(alter_pbx=_without(kind))
        if CLASSES[kind].system is System.PBX
        else Way(alter_desk=_without(kind))
        for kind in Kind
    },
}
