"""What a case has brought about, planned in parts: joined they are the plan, to the byte."""

from datetime import date

from harness import World
from written import plan_json

from provisioner.codes.many import PoolsTooSmallForAllParts
from provisioner.codes.policy import NotEnoughNumbers
from provisioner.codes.porting import NumberHeldByAnotherCustomer
from provisioner.codes.systems import NumberHeldAlready
from provisioner.errors import PolicyError
from provisioner.operations.sharding import merge, plan_part
from provisioner.plan.model import Plan
from provisioner.plan.parts import Part, Shard
from provisioner.report.plan.json import load_part

SHARDS = 4
_OF_POOLS = (NotEnoughNumbers, NumberHeldAlready, NumberHeldByAnotherCustomer)


def in_parts(world: World, today: date) -> list[Part]:
    """As four machines make them, through the bytes of their files."""
    opened = world.opened({})
    made = [plan_part(opened, Shard(n, SHARDS), today=today) for n in range(1, SHARDS + 1)]
    return [load_part(plan_json(part), "part.json") for part in made]


def same_joined(world: World, today: date, whole: Plan) -> bool:
    """Whether four parts make the whole plan."""
    try:
        parts = in_parts(world, today)
        joined = merge(world.root, parts)
    except PolicyError as error:  # who goes without follows from the order of all customers
        return error.says(PoolsTooSmallForAllParts) and _lacks_numbers(whole)
    return plan_json(joined) == plan_json(whole)


def _lacks_numbers(whole: Plan) -> bool:
    return any(d.says(*_OF_POOLS) for c in whole.customers for d in c.diagnostics)
