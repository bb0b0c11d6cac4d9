"""One test over many values: it tells all for which it fails, not the first alone.

For what is said of each file, text or link of the project; what a user meets is a test of its own.
"""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any


def every(
    values: Iterable[Any], name: Callable[[Any], object] = str, *, spread: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The first parameter takes each of ``values``; with ``spread`` the first ones take a tuple."""

    def wrap(test: Callable[..., None]) -> Callable[..., None]:
        listed = list(values)
        count = len(listed[0]) if spread else 1
        parameters = list(inspect.signature(test).parameters.values())

        @functools.wraps(test)
        def run(**fixtures: Any) -> None:
            assert listed, "nothing to look at"
            failed = {}
            for value in listed:
                try:
                    test(*(value if spread else (value,)), **fixtures)
                except AssertionError as error:
                    failed[str(name(value))] = str(error)
            assert not failed, "\n".join(f"{where}: {what}" for where, what in failed.items())

        run.__signature__ = inspect.Signature(parameters[count:])  # type: ignore[attr-defined]
        del run.__wrapped__  # type: ignore[attr-defined]  # pytest would look at its parameters
        return run

    return wrap
