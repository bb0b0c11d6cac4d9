"""Holds calls and answers to GitHub's own description of its API, in both directions."""

import json
from functools import cache

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
    request = MockRequest(
        HOST,
        asked.method.lower(),
        asked.path,
        args=asked.query,
        headers=dict(asked.headers),
        data=json.dumps(asked.body).encode() if asked.body is not None else b"",
        content_type="application/json" if asked.body is not None else "",
    )
    _described().validate_request(request)
    if said.status >= 400 and not _is_described(asked, said.status):
        return
    response = MockResponse(
        json.dumps(said.body).encode() if said.body is not None else b"",
        status_code=said.status,
        headers=said.headers,
        content_type="application/json",
    )
    _described().validate_response(request, response)


def _is_described(asked: Asked, status: int) -> bool:
    """By the shape of the path alone: the validation itself finds the operation."""
    size = asked.path.count("/")
    return any(
        str(status) in path.get(asked.method.lower(), {}).get("responses", {})
        for template, path in description()["paths"].items()
        if template.count("/") == size and template.split("/")[4:5] == asked.path.split("/")[4:5]
    )
