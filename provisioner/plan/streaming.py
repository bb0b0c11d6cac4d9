"""The JSON of a plan, customer by customer: that of 10,000 at once takes 1.5 GB."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import orjson

from provisioner.plan.model import CustomerPlan, Plan

if TYPE_CHECKING:
    from provisioner.plan.parts import Part

_INDENT = b"\n    "
"""Of an item of ``customers``, as orjson lays it out."""


def sorted_json(made: "Plan | Part", *, without: str) -> Iterator[bytes]:
    """Compact, keys in their order, but for one field."""
    option = orjson.OPT_SORT_KEYS
    head, tail = _around(made, without, option, b'"customers":[]')
    yield head
    for at, customer in enumerate(made.customers):
        yield b"," * (at > 0) + _one(customer, option)
    yield tail


def readable_json(made: "Plan | Part") -> Iterator[bytes]:
    """Indented by two, keys in the model's order."""
    option = orjson.OPT_INDENT_2
    head, tail = _around(made, "", option, b'"customers": []')
    yield head
    for at, customer in enumerate(made.customers):
        text = _one(customer, option).replace(b"\n", _INDENT)
        yield b"," * (at > 0) + _INDENT + text
    yield (b"\n  " if made.customers else b"") + tail


def _one(customer: CustomerPlan, option: int) -> bytes:
    return orjson.dumps(customer.model_dump(mode="json"), option=option)


def _around(made: "Plan | Part", without: str, option: int, empty: bytes) -> tuple[bytes, bytes]:
    """What stands before the first customer and after the last.  In a text of the plan quotes are
    escaped, so ``empty`` is found nowhere but in its place."""
    bare = made.model_copy(update={"customers": ()})
    left_out = {without}
    if isinstance(made, Plan) and made.since is None:  # as in files that did not know it
        left_out.add("since")
    text = orjson.dumps(bare.model_dump(mode="json", exclude=left_out), option=option)
    head, _, tail = text.partition(empty)
    return head + empty[:-1], b"]" + tail
