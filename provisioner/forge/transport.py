"""Calls to a forge: which are tried again, how long is waited, and to which host the token goes.

A read is tried up to four times. A write that may have been carried out is looked up before it is
sent again. A forge's wish to wait is honoured up to two minutes. Only a whole, well-formed answer
of the configured host counts as one.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from provisioner import bounded
from provisioner.codes import LiveFault
from provisioner.codes.forge import (
    AddressOfAForgeThatCannotBeUsed,
    CertificatesThatCannotBeRead,
    DiscussionIsLocked,
    ForgeAnswerNotUnderstood,
    ForgeAnswerTooLargeOrSlow,
    ForgeAsksToWait,
    ForgeCannotBeReached,
    ForgeFails,
    ForgeLeadsElsewhere,
    ForgeListWithoutEnd,
    ForgeRefusesTheRequest,
    ForgeRefusesTheToken,
    ForgeTokenLacksARight,
    IssuesAreSwitchedOff,
    NoAnswerWhetherItWasPublished,
    NotThereOnTheForge,
    TextTooLongForTheForge,
    TokenThatCannotBeSent,
)
from provisioner.errors import OutcomeUnknown, Refused, Unavailable
from provisioner.forge.patience import LIMIT_SECONDS, WAIT_SECONDS, Failed, is_limit, later
from provisioner.patience import Patience, seconds_asked

BOUNDS = bounded.Bounds(seconds=40, megabytes=10)
CONNECT_SECONDS, READ_SECONDS = 10, 30
PAGES, PER_PAGE = 30, 100
_REDIRECTS = 3
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
_NEXT = re.compile(r'<([^<>]*)>\s*;[^,<]*\brel="?next\b')
_COUNT = re.compile(r"[0-9]{1,11}")
_TOO_LONG = re.compile(rb"too[ _]long|is too large|maximum is", re.IGNORECASE)
_LOCKED = re.compile(rb"(?:issue|discussion|conversation) is locked", re.IGNORECASE)
_RIGHTS = re.compile(r"[a-z_]+=[a-z]+(?:[,;] ?[a-z_]+=[a-z]+){0,9}")
_SCOPE = re.compile(r'"error"\s*:\s*"insufficient_scope".*"scope"\s*:\s*"([a-z_ ]{1,80})"')

T = TypeVar("T")
P = TypeVar("P")


class Token:
    """Shows itself to nobody; the headers of a call have it."""

    __slots__ = ("_headers",)

    def __init__(self, token: str, forge: str, header: str = "Authorization") -> None:
        """Raises Refused PV737."""
        if not _TOKEN.fullmatch(token):
            raise Refused(TokenThatCannotBeSent(forge=forge))
        self._headers = {header: f"Bearer {token}" if header == "Authorization" else token}

    def headers(self) -> Mapping[str, str]:
        return self._headers

    def __repr__(self) -> str:
        return "Token(…)"

    def __reduce__(self) -> str:
        raise TypeError("a token is not written down")


@dataclass(frozen=True, slots=True)
class Call:
    """``right``: which one it needs, in the forge's own words."""

    right: str
    method: str
    path: str
    params: Mapping[str, str | int] | None = None
    body: Mapping[str, Any] | None = None
    token: Token | None = None
    """Instead of the usual one."""

    @property
    def what(self) -> str:
        """It for people: the forge's documentation has it under that name."""
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def characters(self) -> int:
        """Of the longest text that is sent."""
        texts = [*(self.body or {}).values(), *(self.body or {}).get("output", {}).values()]
        return max((len(text) for text in texts if isinstance(text, str)), default=0)


class Transport:
    """Raises Unavailable PV721 to PV727; Refused PV720, PV728 to PV730, PV732, PV735 to PV738 and
    PV786; OutcomeUnknown PV724 and PV731. ``sleep`` takes seconds."""

    def __init__(
        self,
        forge: str,
        api: str,
        token: Token,
        *,
        headers: Mapping[str, str],
        authorities: Path | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base = _address(forge, api)
        self.target = f"{forge}:{self._base.host}"
        self._token, self._sleep = token, sleep
        self._date = ""
        self._client = httpx.Client(
            transport=_connections(self._base.scheme == "https", authorities),
            headers=headers,
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            trust_env=False,
        )

    def close(self) -> None:
        self._client.close()

    def clock(self) -> datetime | None:
        """The forge's, with its last answer."""
        return bounded.moment(self._date)

    # Reading

    def get(self, call: Call, shape: TypeAdapter[T]) -> T:
        return self._parsed(call, self._repeated(call), shape)

    def told(self, call: Call, shape: TypeAdapter[T]) -> tuple[T, Mapping[str, str]]:
        """As ``get``, with what the answer says beside its body."""
        answer = self._repeated(call)
        return self._parsed(call, answer, shape), answer.headers

    def pages(self, call: Call, shape: TypeAdapter[P], rows: Callable[[P], Sequence[T]]) -> list[T]:
        """A list to its end, wherever the forge says that it is: a short page need not be the last.

        ``shape`` of one page, and its ``rows``.
        """
        return [*self.rows(call, shape, rows)]

    def rows(
        self, call: Call, shape: TypeAdapter[P], rows: Callable[[P], Sequence[T]]
    ) -> Iterator[T]:
        """As ``pages``, each of which is asked for when somebody gets there."""
        url = self._url(call.path).copy_merge_params({**(call.params or {}), "per_page": PER_PAGE})
        for _ in range(PAGES):
            answer = self._repeated(call, url)
            yield from rows(self._parsed(call, answer, shape))
            following = self._next(call, url, answer)
            if following is None:
                return
            url = following
        raise Unavailable(ForgeListWithoutEnd(target=self.target, what=call.what, pages=PAGES))

    # Writing

    def set(self, call: Call, shape: TypeAdapter[T]) -> T:
        """A write that leaves the same behind however often it comes."""
        return self._parsed(call, self._repeated(call), shape)

    def order(self, call: Call) -> None:
        """As ``set``, where what is answered does not matter."""
        self._repeated(call)

    def remove(self, call: Call) -> None:
        """Fine if it is gone."""
        try:
            self._repeated(call)
        except Refused as error:
            if not error.says(NotThereOnTheForge):
                raise

    def add(self, call: Call, shape: TypeAdapter[T], look: Callable[[], T | None]) -> T:
        """Something new. Where it is not known whether it was made, ``look`` finds it or answers
        None, before it is sent again."""
        patience = Patience(self._sleep, WAIT_SECONDS)
        while True:
            got = self._once(call, self._url(call.path))
            if isinstance(got, httpx.Response):
                return self._parsed(call, got, shape)
            again = patience.waits(got.seconds)
            found = self._looked(call, look) if got.sent else None
            if found is not None:
                return found
            if not again:
                raise self._given_up(call, got.fault, sent=got.sent)

    def _looked(self, call: Call, look: Callable[[], T | None]) -> T | None:
        try:
            return look()
        except (Unavailable, Refused):
            pass  # whatever it says of the look, it says nothing of what was sent
        raise self._given_up(call, ForgeCannotBeReached(target=self.target), sent=True)

    def _given_up(
        self, call: Call, fault: LiveFault, *, sent: bool
    ) -> Unavailable | OutcomeUnknown:
        if sent and call.writes:
            return OutcomeUnknown(NoAnswerWhetherItWasPublished(target=self.target, what=call.what))
        return Unavailable(fault)

    # One call

    def _repeated(self, call: Call, url: httpx.URL | None = None) -> httpx.Response:
        patience, sent = Patience(self._sleep, WAIT_SECONDS), False
        while True:
            got = self._once(call, url or self._url(call.path))
            if isinstance(got, httpx.Response):
                return got
            sent = sent or got.sent
            if not patience.waits(got.seconds):
                raise self._given_up(call, got.fault, sent=sent)

    def _once(self, call: Call, url: httpx.URL) -> httpx.Response | Failed:
        """An answer that says yes, or why another try may help; the rest is raised.

        A failure is a value here, not an exception with a cause: the cause knows the headers."""
        for _ in range(_REDIRECTS + 1):
            got = self._sent(call, url)
            if isinstance(got, Failed):
                return got
            self._date = got.headers.get("date", "")
            if not got.has_redirect_location or (call.writes and got.status_code not in {307, 308}):
                return self._judged(call, got)
            url = self._same_host(call, url, got.headers["location"])
        raise Unavailable(ForgeLeadsElsewhere(target=self.target, what=call.what))

    def _sent(self, call: Call, url: httpx.URL) -> httpx.Response | Failed:
        headers = {**(call.token or self._token).headers(), "Content-Type": "application/json"}
        # in ASCII, so that nothing that is sent can fail to be encoded
        content = json.dumps(call.body).encode() if call.body is not None else None
        params = None if url.query else call.params  # a link to a next page has its own
        sent = True
        try:
            return bounded.whole(
                self._client,
                BOUNDS,
                call.method,
                str(url),
                params=params,
                content=content,
                headers=headers,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            sent = False
        except httpx.HTTPError:
            pass
        except (bounded.TooLate, bounded.TooLarge):
            fault = ForgeAnswerTooLargeOrSlow(
                target=self.target, megabytes=BOUNDS.megabytes, seconds=round(BOUNDS.seconds)
            )
            return Failed(fault, sent=True)
        return Failed(ForgeCannotBeReached(target=self.target), sent=sent)

    def _judged(self, call: Call, answer: httpx.Response) -> httpx.Response | Failed:
        status, text = answer.status_code, answer.content
        if answer.is_success:
            return answer
        if status == 429 or (status == 403 and is_limit(answer)):
            return self._wait(answer)
        if status >= 500 or status == 408:
            return Failed(ForgeFails(target=self.target, status=status), sent=True)
        if status == 413 or (status in {400, 422} and _TOO_LONG.search(text)):
            raise Refused(TextTooLongForTheForge(what=call.what, characters=call.characters))
        match status:
            case 401:
                raise Refused(ForgeRefusesTheToken(target=self.target))
            case 403 if _LOCKED.search(text):
                raise Refused(DiscussionIsLocked(target=self.target, what=call.what))
            case 403:
                right = _right(answer) or call.right
                raise Refused(
                    ForgeTokenLacksARight(target=self.target, what=call.what, right=right)
                )
            case 404:
                raise Refused(NotThereOnTheForge(target=self.target, what=call.what))
            case 410:
                raise Refused(IssuesAreSwitchedOff(target=self.target))
        raise Refused(ForgeRefusesTheRequest(target=self.target, what=call.what, status=status))

    def _wait(self, answer: httpx.Response) -> Failed:
        seconds = seconds_asked(answer) or LIMIT_SECONDS
        fault = ForgeAsksToWait(target=self.target, seconds=seconds, until=later(answer, seconds))
        return Failed(fault, sent=False, seconds=seconds)

    def _parsed(self, call: Call, answer: httpx.Response, shape: TypeAdapter[T]) -> T:
        """No value of the answer is in what is raised: it is untrusted, and may be personal."""
        try:
            return shape.validate_json(answer.content, strict=True)
        except ValidationError:
            fault = ForgeAnswerNotUnderstood(target=self.target, what=call.what)
        raise OutcomeUnknown(fault) if call.writes else Unavailable(fault)

    # Addresses

    def _url(self, path: str) -> httpx.URL:
        return httpx.URL(f"{str(self._base).rstrip('/')}{path}")

    def _next(self, call: Call, url: httpx.URL, answer: httpx.Response) -> httpx.URL | None:
        """GitHub and GitLab send ``Link``; GitLab also ``X-Next-Page``."""
        link = answer.headers.get("link", "")
        page = answer.headers.get("x-next-page", "")
        found = _NEXT.search(link)
        if found:
            following = self._same_host(call, url, found[1])
        elif _COUNT.fullmatch(page):
            following = url.copy_set_param("page", page)
        elif page or re.search(r"\bnext\b", re.sub(r"<[^<>]*>", "", link)):
            raise Unavailable(ForgeAnswerNotUnderstood(target=self.target, what=call.what))
        else:
            return None
        if following == url:
            raise Unavailable(ForgeListWithoutEnd(target=self.target, what=call.what, pages=PAGES))
        return following

    def _same_host(self, call: Call, url: httpx.URL, location: str) -> httpx.URL:
        try:
            found = url.join(location)
        except (httpx.InvalidURL, ValueError):
            found = httpx.URL()
        ours = self._base
        here = (found.scheme, found.host, found.port) == (ours.scheme, ours.host, ours.port)
        if not here or found.userinfo or not found.path.startswith(ours.path.rstrip("/") + "/"):
            raise Unavailable(ForgeLeadsElsewhere(target=self.target, what=call.what))
        return found


def _connections(secure: bool, authorities: Path | None) -> httpx.BaseTransport:
    try:
        return bounded.Transport(secure=secure, connections=1, authorities=authorities)
    except (OSError, ValueError):
        pass
    file = authorities.name if authorities else ""
    raise Refused(CertificatesThatCannotBeRead(file=file))


def _address(forge: str, api: str) -> httpx.URL:
    try:
        found = httpx.URL(api)
    except (httpx.InvalidURL, ValueError):
        found = httpx.URL()
    safe = found.scheme == "https" or (found.scheme, found.host) == ("http", "127.0.0.1")
    if not safe or not found.host or found.userinfo or found.query or found.fragment:
        raise Refused(AddressOfAForgeThatCannotBeUsed(forge=forge))
    return found


def _right(answer: httpx.Response) -> str:
    """Which right a forge itself says that is missing."""
    named = answer.headers.get("x-accepted-github-permissions", "")
    if _RIGHTS.fullmatch(named):
        return str(named)
    scope = _SCOPE.search(answer.text)
    return str(scope[1]) if scope else ""
