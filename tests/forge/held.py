"""Holds calls and answers to GitHub's own description of its API, in both directions."""

import json
from functools import cache
from typing import NamedTuple

from forge.double.filled import description
from forge.double.server import Asked, Said
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

HOST = "https://api.github.com"


@cache
def _described() -> OpenAPI:
    return OpenAPI.from_dict(description())


def held_to_description(asked: Asked, said: Said) -> None:
    """Raises what openapi-core raises. An answer with a status that the description does not have
    for this call (401, 429) is not looked at."""
    call = _Call(
        asked.method.lower(),
        asked.path,
        tuple(asked.query.items()),
        tuple(sorted((n, v) for n, v in asked.headers.items() if n.lower() != "authorization")),
        None if asked.body is None else json.dumps(asked.body),
    )
    _asked(call)
    if said.status < 400 or _is_described(asked, said.status):
        body = None if said.body is None else json.dumps(said.body)
        _said(call, said.status, tuple(said.headers.items()), body)


class _Call(NamedTuple):
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    body: str | None


@cache
def _asked(call: _Call) -> None:
    """Tests ask the same again and again, and each look takes as long as the answer."""
    _described().validate_request(_request(call))


@cache
def _said(call: _Call, status: int, headers: tuple[tuple[str, str], ...], body: str | None) -> None:
    response = MockResponse(
        b"" if body is None else body.encode(),
        status_code=status,
        headers=dict(headers),
        content_type="application/json",
    )
    _described().validate_response(_request(call), response)


def _request(call: _Call) -> MockRequest:
    return MockRequest(
        HOST,
        call.method,
        call.path,
        args=dict(call.query),
        headers=dict(call.headers),
        data=b"" if call.body is None else call.body.encode(),
        content_type="" if call.body is None else "application/json",
    )


def _is_described(asked: Asked, status: int) -> bool:
    """By the shape of the path alone: the validation itself finds the operation."""
    size = asked.path.count("/")
    return any(
        str(status) in path.get(asked.method.lower(), {}).get("responses", {})
        for template, path in description()["paths"].items()
        if template.count("/") == size and template.split("/")[4:5] == asked.path.split("/")[4:5]
    )
