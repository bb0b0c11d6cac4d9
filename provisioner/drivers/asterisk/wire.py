"""The HTTP calls, and what each answer means.  One client, one AMI session, a pool of threads.

Reads go over AMI, which sees rows that ARI does not.  Writes of SIP objects go over ARI, which
checks their values.  Unknown is never empty: only a whole, well-formed answer counts as one.
"""

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import orjson

from provisioner import bounded
from provisioner.codes import LiveFault
from provisioner.codes.asterisk import ControlUserLacksARight
from provisioner.codes.systems import (
    AnswerThatCannotBeUnderstood,
    AnswerTooLarge,
    AnswerTooSlow,
    NoAnswerFromThePBX,
    PasswordFileCannotBeRead,
    PBXCannotBeReached,
    PBXDoesNotAllowIt,
    PBXDoesNotKnowSIPObjects,
    PBXDoesNotTakeTheValues,
    PBXIsStartingOrStopping,
    PBXRefusesTheControlUser,
    ValueThatMustNotBeSent,
)
from provisioner.drivers import private_file
from provisioner.errors import OutcomeUnknown, Refused, Unavailable

_ABSENT = "Database entry not found"
_NOT_DELETED = "Database entry could not be deleted"
_DENIED = "Permission denied"
_ROW = re.compile(r"Event: DBGetTreeResponse\r\nKey: /([^\r\n]*)\r\nVal: ([^\r\n]*)")
_ONE = re.compile(r"Event: DBGetResponse\r\nFamily: [^\r\n]*\r\nKey: ([^\r\n]*)\r\nVal: ([^\r\n]*)")
_END = re.compile(r"Event: DBGet(?:Tree)?Complete\r\nEventList: Complete\r\nListItems: (\d+)")
_HEAD = re.compile(r"Response: ([A-Za-z]+)\r\n(?:EventList: start\r\n)?Message: ([^\r\n]*)")
_EXTENSION = re.compile(r"^Extension: ([^\r\n]*)", re.MULTILINE)
_TIDY = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
BOUNDS = bounded.Bounds(seconds=60, megabytes=64)
"""Well below the 120 seconds of a lease; the rows of about 40,000 workplaces."""
_MAX_BYTES = 8_000
"""Of one value; the server takes 40,960 bytes for a whole call."""

T = TypeVar("T")
R = TypeVar("R")


class Wire:
    """Raises Unavailable PV541 or PV543 to PV546 and PV553 (nothing was changed), OutcomeUnknown
    PV542 (a write was sent), Refused PV547 to PV549."""

    def __init__(
        self, url: str, user: str, password_file: Path, *, timeout: int, concurrency: int
    ) -> None:
        self.target = f"asterisk:{url}"
        self.password_file = password_file
        self.url, self._user = url, user
        self._timeout, self._concurrency = timeout, concurrency
        self._lock, self._login_lock = threading.Lock(), threading.Lock()
        self._thread = threading.local()
        self._client: httpx.Client | None = None
        self._session = ""
        self._password = ""
        self._date = ""
        self._pool: ThreadPoolExecutor | None = None

    def close(self) -> None:
        with self._lock:
            pool, client = self._pool, self._client
            self._pool = self._client = None
            self._session = ""
        if pool is not None:
            pool.shutdown()
        if client is not None:
            client.close()

    def each(self, call: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """``call`` for all items, some at the same time; results in order."""
        todo = list(items)
        inside = getattr(self._thread, "works", False)  # waiting for its own pool it waits for ever
        if len(todo) < 2 or self._concurrency < 2 or inside:
            return [call(item) for item in todo]
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._concurrency, initializer=self._begin)
        return list(self._pool.map(call, todo))

    def _begin(self) -> None:
        self._thread.works = True

    # Rows of astdb, over AMI

    def row(self, family: str, key: str) -> str | None:
        """One value; None only where Asterisk says that there is none."""
        status, message, events = self._ami("DBGet", {"Family": family, "Key": key})
        if status == "Error" and message == _ABSENT:
            return None
        found = [_ONE.fullmatch(e) for e in events]
        if status != "Success" or len(found) != 1 or found[0] is None or found[0][1] != key:
            raise self._strange(f"DBGet {family}")
        return found[0][2]

    def tree(self, family: str, pattern: str = "") -> dict[str, str]:
        """All rows of a family (the rest of the key → value), or those LIKE ``pattern``.

        LIKE takes no notice of case: whoever needs one tenant's rows checks the keys.
        """
        asked = {"Family": family} | ({"Key": pattern} if pattern else {})
        status, _, events = self._ami("DBGetTree", asked)
        rows = [_ROW.fullmatch(e) for e in events]
        if status != "Success" or None in rows:
            raise self._strange(f"DBGetTree {family}")
        start = f"{family}/"
        found = {r[1].removeprefix(start): r[2] for r in rows if r and r[1].startswith(start)}
        if len(found) != len(rows):
            raise self._strange(f"DBGetTree {family}")
        return found

    def leading(self, family: str, start: str) -> dict[str, str]:
        """Rows of a family whose value begins with ``start``: astdb has to be asked for all."""
        return {k: v for k, v in self.tree(family).items() if v.startswith(start)}

    def put_row(self, family: str, key: str, value: str) -> None:
        """Write one row. Refused PV549 for a value that would not come back as it is."""
        for text in (family, key, value):
            clean(text, family)
        status, _, _ = self._ami("DBPut", {"Family": family, "Key": key, "Val": value}, writes=True)
        if status != "Success":
            raise self._strange(f"DBPut {family}")

    def delete_row(self, family: str, key: str) -> None:
        """Take one row away, by its whole key; fine if it is gone."""
        clean(key, family)
        status, message, _ = self._ami("DBDel", {"Family": family, "Key": key}, writes=True)
        if status != "Success" and message != _NOT_DELETED:
            raise self._strange(f"DBDel {family}")

    def extensions(self, context: str) -> frozenset[str] | None:
        """Those of a context of the dialplan; None if there is no such context."""
        status, message, events = self._ami("ShowDialPlan", {"Context": context})
        if status == "Error" and message == _DENIED:
            raise Unavailable(ControlUserLacksARight(target=self.target, right="reporting"))
        if status != "Success":
            return None
        return frozenset(found[1] for e in events for found in _EXTENSION.finditer(e))

    # SIP objects, over ARI

    def put_object(self, kind: str, name: str, fields: Mapping[str, str]) -> dict[str, str]:
        """Create or merge; answers with all fields as they are then.

        A value that is not text would crash Asterisk, so none is sent.
        """
        for field, value in fields.items():
            clean(field, kind)
            clean(value, field)
        body = {"fields": [{"attribute": f, "value": v} for f, v in fields.items()]}
        answer = self._ari("PUT", _dynamic(kind, name), json=body)
        if answer.status_code != 200:
            raise self._said_no(answer, kind, name)
        return self._fields(answer, f"PUT {kind}")

    def delete_object(self, kind: str, name: str) -> None:
        """Remove; fine if it is gone. A row too broken for ARI to see goes as a row."""
        answer = self._ari("DELETE", _dynamic(kind, name))
        if answer.status_code == 204:
            return
        if not _is_absent(answer):
            raise self._said_no(answer, kind, name)
        if self.row(f"ps/{kind}", name) is not None:
            self.delete_row(f"ps/{kind}", name)

    def object(self, kind: str, name: str) -> dict[str, str] | None:
        """As Asterisk itself has it, defaults filled in; None if it is not there."""
        answer = self._ari("GET", _dynamic(kind, name))
        if _is_absent(answer):
            return None
        if answer.status_code != 200:
            raise self._said_no(answer, kind, name)
        return self._fields(answer, f"GET {kind}")

    def _fields(self, answer: httpx.Response, what: str) -> dict[str, str]:
        try:
            found = orjson.loads(answer.content)
            return {str(f["attribute"]): str(f["value"]) for f in found}
        except (ValueError, TypeError, KeyError):
            raise self._strange(what) from None

    def reload(self) -> None:
        """Have Asterisk look at all AORs and endpoints at once; calls and phones go on."""
        status, _, _ = self._ami("Reload", {"Module": "res_pjsip.so"})
        if status != "Success":
            raise self._strange("Reload")

    @property
    def clock(self) -> datetime | None:
        """What Asterisk's own clock said with its last answer: one clock for all who write."""
        return bounded.moment(self._date)

    def version(self) -> str:
        """As Asterisk tells it: ``22.10.1``, with the packager's part after it."""
        answer = self._ari("GET", "/ari/asterisk/info")
        if answer.status_code != 200:
            raise self._said_no(answer, "asterisk", "info")
        try:
            return str(orjson.loads(answer.content)["system"]["version"])
        except (ValueError, TypeError, KeyError):
            raise self._strange("GET info") from None

    # Calls and answers

    def _ami(
        self, action: str, fields: Mapping[str, str], *, writes: bool = False
    ) -> tuple[str, str, list[str]]:
        """One action: response, message, events. A session that is gone is opened once again."""
        for attempt in (1, 2):
            with self._lock:
                session = self._session
            if not session:
                session = self._login()
            answer = self._send(
                "POST",
                "/rawman",
                writes=writes,
                data={"Action": action, **fields},
                headers={"Cookie": f'mansession_id="{session}"'},
            )
            found = self._parsed(answer, action)
            if found[:2] != ("Error", _DENIED):
                return found
            with self._lock:
                if self._session == session:
                    self._session = ""
            if attempt == 2 and action != "ShowDialPlan":
                raise Unavailable(ControlUserLacksARight(target=self.target, right="system"))
        return found

    def _login(self) -> str:
        with self._login_lock:
            return self._session or self._logged_in()

    def _logged_in(self) -> str:
        data = {"Action": "Login", "Username": self._user, "Secret": self._secret()}
        answer = self._send("POST", "/rawman", data=data)
        status, _, _ = self._parsed(answer, "Login")
        session = str(answer.cookies.get("mansession_id", "")).strip('"')
        if status != "Success" or not re.fullmatch(r"[0-9a-f]{1,16}", session):
            raise Unavailable(PBXRefusesTheControlUser(target=self.target, user=self._user))
        with self._lock:
            self._session = session
        return session

    def _parsed(self, answer: httpx.Response, action: str) -> tuple[str, str, list[str]]:
        """A list is whole only if it ends with the number of items that it has: a value with line
        breaks cannot pass itself off as more rows."""
        if answer.status_code != 200:
            raise self._not_ready(answer)
        text = answer.content.decode("utf-8", "replace")
        head, *events = text.removesuffix("\r\n\r\n").split("\r\n\r\n")
        match = _HEAD.fullmatch(head)
        if match is None or not text.endswith("\r\n\r\n"):
            raise self._strange(action)
        if action in {"DBGet", "DBGetTree"} and match[1] == "Success":
            end = _END.fullmatch(events.pop()) if events else None
            if end is None or int(end[1]) != len(events):
                raise self._strange(action)
        return match[1], match[2], events

    def _ari(self, method: str, path: str, **more: Any) -> httpx.Response:
        answer = self._send(
            method, path, writes=method != "GET", auth=(self._user, self._secret()), **more
        )
        if answer.status_code == 401:
            raise Unavailable(PBXRefusesTheControlUser(target=self.target, user=self._user))
        if answer.status_code == 503 or not _is_json(answer):
            raise self._not_ready(answer)
        return answer

    def _send(self, method: str, path: str, *, writes: bool = False, **more: Any) -> httpx.Response:
        try:
            answer = bounded.whole(self._http(), BOUNDS, method, path, **more)
        except (bounded.TooLate, bounded.TooLarge) as cut:
            if writes:
                raise OutcomeUnknown(NoAnswerFromThePBX(target=self.target)) from None
            raise Unavailable(self._cut(cut)) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise Unavailable(PBXCannotBeReached(target=self.target)) from None
        except httpx.HTTPError:
            if writes:
                raise OutcomeUnknown(NoAnswerFromThePBX(target=self.target)) from None
            raise Unavailable(PBXCannotBeReached(target=self.target)) from None
        self._date = str(answer.headers.get("date", ""))
        return answer

    def _http(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    base_url=self.url,
                    transport=bounded.Transport(
                        secure=self.url.startswith("https:"), connections=self._concurrency
                    ),
                    timeout=httpx.Timeout(self._timeout, connect=min(self._timeout, 5)),
                    trust_env=False,
                )
            return self._client

    def _secret(self) -> str:
        with self._lock:
            if not self._password:
                with suppress(OSError, ValueError):
                    self._password = private_file.content(self.password_file).strip()
            if not self._password:
                raise Unavailable(PasswordFileCannotBeRead(file=self.password_file.name))
            return self._password

    def _not_ready(self, answer: httpx.Response) -> Unavailable:
        return Unavailable(PBXIsStartingOrStopping(target=self.target, status=answer.status_code))

    def _cut(self, cut: Exception) -> LiveFault:
        if isinstance(cut, bounded.TooLarge):
            return AnswerTooLarge(target=self.target, limit=BOUNDS.megabytes)
        return AnswerTooSlow(target=self.target, seconds=BOUNDS.seconds)

    def _strange(self, what: str) -> Unavailable:
        return Unavailable(AnswerThatCannotBeUnderstood(target=self.target, what=what))

    def _said_no(self, answer: httpx.Response, kind: str, name: str) -> Unavailable | Refused:
        match answer.status_code:
            case 400:
                return Refused(PBXDoesNotTakeTheValues(kind=kind, key=name))
            case 403:
                return Refused(PBXDoesNotAllowIt(kind=kind, key=name))
            case 404:
                return Unavailable(PBXDoesNotKnowSIPObjects(target=self.target))
            case _:
                return self._strange(f"{answer.request.method} {kind}")


def clean(text: object, field: str) -> str:
    """``text`` as it may be sent: text in one line, no blank at its ends. Refused PV549."""
    if (
        not isinstance(text, str)
        or _TIDY.search(text)
        or text != text.strip()
        or len(text.encode()) > _MAX_BYTES
    ):
        raise Refused(ValueThatMustNotBeSent(field=field))
    return text


def _dynamic(kind: str, name: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+", name, re.ASCII):
        raise Refused(ValueThatMustNotBeSent(field=kind))
    return f"/ari/asterisk/config/dynamic/res_pjsip/{kind}/{name}"


def _is_json(answer: httpx.Response) -> bool:
    found = str(answer.headers.get("content-type", ""))
    return answer.status_code == 204 or found.startswith("application/json")


def _is_absent(answer: httpx.Response) -> bool:
    """404 alone says nothing: while Asterisk starts every address is one."""
    if answer.status_code != 404:
        return False
    try:
        return str(answer.json()["message"]).startswith("Object with id ")
    except (ValueError, TypeError, KeyError):
        return False
