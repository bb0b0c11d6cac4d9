"""The use cases: what people and programs do with a workspace and its live systems.

This is the Python API.  A function here is told the folder, the day and the answers, and gives a
typed result; it never prints, and never asks a clock or a terminal.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provisioner.operations.applying import (
        Applied,
        Begun,
        PlanMade,
        RunEvent,
        Runner,
        apply,
        reconcile,
        reconcile_due,
        resume,
    )
    from provisioner.operations.checking import Checked, check, check_commits
    from provisioner.operations.opening import (
        Opened,
        not_lost,
        open_listed,
        open_readers,
        open_systems,
        open_workspace,
    )
    from provisioner.operations.planning import findings, plan, plan_released
    from provisioner.operations.proving import open_unproven, plan_unproven
    from provisioner.operations.selecting import Selection, chosen_of, named, select
    from provisioner.plan.approval import Approval

__all__ = [
    "Applied",
    "Approval",
    "Begun",
    "Checked",
    "Opened",
    "PlanMade",
    "RunEvent",
    "Runner",
    "Selection",
    "apply",
    "check",
    "check_commits",
    "chosen_of",
    "findings",
    "named",
    "not_lost",
    "open_listed",
    "open_readers",
    "open_systems",
    "open_unproven",
    "open_workspace",
    "plan",
    "plan_released",
    "plan_unproven",
    "reconcile",
    "reconcile_due",
    "resume",
    "select",
]

_WHERE = {
    "applying": {
        "Applied",
        "Begun",
        "PlanMade",
        "RunEvent",
        "Runner",
        "apply",
        "reconcile",
        "reconcile_due",
        "resume",
    },
    "checking": {"Checked", "check", "check_commits"},
    "opening": {
        "Opened",
        "not_lost",
        "open_listed",
        "open_readers",
        "open_systems",
        "open_workspace",
    },
    "planning": {"findings", "plan", "plan_released"},
    "proving": {"open_unproven", "plan_unproven"},
    "selecting": {"Selection", "chosen_of", "named", "select"},
}


def __getattr__(name: str) -> object:
    """Loaded when it is asked for: a command that only checks files needs no executor."""
    if name == "Approval":
        from provisioner.plan.approval import Approval  # loads pydantic models

        return Approval
    for module, names in _WHERE.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
