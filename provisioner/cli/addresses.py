"""``HOST:PORT`` on a command line."""

import re

import click

from provisioner.cli.usage import WrongValue

_IPV4 = r"\d{1,3}(?:\.\d{1,3}){3}:\d{1,5}"


class Address(click.ParamType[str]):
    """``HOST:PORT`` or, where the port may be left out, ``HOST``."""

    name = "address"

    def __init__(self, pattern: str, example: str) -> None:
        self._pattern = pattern
        self._example = example

    def convert(
        self,
        value: str,
        param: click.Parameter | None,  # noqa: ARG002 - click's signature
        ctx: click.Context | None,  # noqa: ARG002 - click's signature
    ) -> str:
        host, _, port = value.partition("/")[0].partition(":")
        good = re.fullmatch(self._pattern, value, re.ASCII) and 0 < int(port or 1) < 2**16
        if not host or not good:
            raise WrongValue("usage.address", value, example=self._example)
        return value


class Bind(Address):
    """Where something listens: an IPv4 address and a port, or ``none`` where that is allowed."""

    def __init__(self, port: int, *, none: bool = False) -> None:
        super().__init__(f"none|{_IPV4}" if none else _IPV4, f"192.0.2.10:{port}")
