"""The calls to Asterisk, and what each answer means; :mod:`.sending` makes them.

Reads go over AMI, which sees rows that ARI does not.  Writes of SIP objects go over ARI, which
checks their values.  Unknown is never empty: only a whole, well-formed answer counts as one.
"""

import re
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import orjson

from provisioner.codes.asterisk import ControlUserLacksARight
from provisioner.codes.systems import (
    AnswerThatCannotBeUnderstood,
    PasswordFileCannotBeRead,
    PBXDoesNotAllowIt,
    PBXDoesNotKnowSIPObjects,
    PBXDoesNotTakeTheValues,
    PBXRefusesTheControlUser,
    ValueThatMustNotBeSent,
)
from provisioner.drivers import private_file
from provisioner.drivers.asterisk.sending import Limits, Sending
from provisioner.errors import OutcomeUnknown, Refused, SystemFault, Unavailable

_ABSENT = "Database entry not found"
_NOT_DELETED = "Database entry could not be deleted"
_DENIED = "Permission denied"
_ROW = re.compile(r"Event: DBGetTreeResponse\r\nKey: /([^\r\n]*)\r\nVal: ([^\r\n]*)")
_ONE = re.compile(r"Event: DBGetResponse\r\nFamily: [^\r\n]*\r\nKey: ([^\r\n]*)\r\nVal: ([^\r\n]*)")
_END = re.compile(r"Event: DBGet(?:Tree)?Complete\r\nEventList: Complete\r\nListItems: (\d+)")
_HEAD = re.compile(r"Response: ([A-Za-z]+)\r\n(?:EventList: start\r\n)?Message: ([^\r\n]*)")
_SETTINGS = re.compile(r"Response: (Success)((?:\r\n(?:Category|Line|No categories)[^\r\n]*)+)")
_OPTION = re.compile(r"^Line-[0-9-]+: ([^=\r\n]+)=([^\r\n]*)", re.MULTILINE)
_EXTENSION = re.compile(r"^Extension: ([^\r\n]*)", re.MULTILINE)
_TIDY = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
FEW = 12
"""Up to so many beginnings of keys are asked for one by one; beyond, all at once."""
_MAX_BYTES = 8_000
"""Of one value; the server takes 40,960 bytes for a whole call."""


class Wire(Sending):
    """Raises Unavailable PV541, PV543 to PV546, PV553, PV567, PV568, PV598 (nothing was changed),
    OutcomeUnknown PV542, PV544, PV546 (a write was sent), Refused PV547 to PV549.

    A read is tried again where that may help; a write where it was certainly not carried out.
    """

    def __init__(
        self, url: str, user: str, password_file: Path, limits: Limits, *, concurrency: int
    ) -> None:
        super().__init__(url, limits, concurrency)
        self.password_file = password_file
        self._user = user
        self._login_lock = threading.Lock()
        self._session = ""
        self._password = ""

    def close(self) -> None:
        super().close()
        with self._lock:
            self._session = ""

    # Rows of astdb, over AMI

    def row(self, family: str, key: str) -> str | None:
        """One value; None only where Asterisk says that there is none."""
        status, message, events = self._ami("DBGet", {"Family": family, "Key": key})
        if status == "Error" and message == _ABSENT:
            return None
        found = [_ONE.fullmatch(e) for e in events]
        if status != "Success" or len(found) != 1 or found[0] is None or found[0][1] != key:
            raise self.strange(f"DBGet {family}")
        return found[0][2]

    def tree(self, family: str, pattern: str = "") -> dict[str, str]:
        """All rows of a family (the rest of the key → value), or those LIKE ``pattern``.

        LIKE takes no notice of case: whoever needs one tenant's rows checks the keys.
        """
        asked = {"Family": family} | ({"Key": pattern} if pattern else {})
        status, _, events = self._ami("DBGetTree", asked)
        rows = [_ROW.fullmatch(e) for e in events]
        if status != "Success" or None in rows:
            raise self.strange(f"DBGetTree {family}")
        start = f"{family}/"
        found = {r[1].removeprefix(start): r[2] for r in rows if r and r[1].startswith(start)}
        if len(found) != len(rows):
            raise self.strange(f"DBGetTree {family}")
        return found

    def rows(self, asked: Sequence[tuple[str, str]]) -> list[str | None]:
        """Each is a call."""
        return self.each(lambda one: self.row(*one), asked)

    def among(self, family: str, starts: Collection[str]) -> dict[str, str]:
        """A call for each of a few; many cost more calls than all rows of the family in one."""
        if len(starts) > FEW:
            return self.tree(family)
        found: dict[str, str] = {}
        for tree in self.each(lambda start: self.tree(family, f"{start}%"), starts):
            found |= tree
        return found

    def confirm(self, family: str, pattern: str, found: Mapping[str, str]) -> None:
        """Ask once more.  Unavailable PV546 if the answer is another one."""
        if self.tree(family, pattern) != found:
            raise self.strange(f"DBGetTree {family}")

    def leading(self, family: str, start: str, sure: Collection[str]) -> dict[str, str]:
        """Rows of a family whose value begins with ``start``: astdb has to be asked for all."""
        tree = self.tree(family)
        if not tree.keys() >= {*sure}:
            self.confirm(family, "", tree)
        return {key: value for key, value in tree.items() if value.startswith(start)}

    def put_row(self, family: str, key: str, value: str) -> None:
        """Write one row. Refused PV549 for a value that would not come back as it is."""
        for text in (family, key, value):
            clean(text, family)
        status, _, _ = self._ami("DBPut", {"Family": family, "Key": key, "Val": value}, writes=True)
        if status != "Success":
            raise self.strange(f"DBPut {family}", writes=True)

    def delete_row(self, family: str, key: str) -> None:
        """Take one row away, by its whole key; fine if it is gone."""
        clean(key, family)
        status, message, _ = self._ami("DBDel", {"Family": family, "Key": key}, writes=True)
        if status != "Success" and message != _NOT_DELETED:
            raise self.strange(f"DBDel {family}", writes=True)

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
            raise self._said_no(answer, kind, name, writes=True)
        return self._fields(answer, f"PUT {kind}", writes=True)

    def delete_object(self, kind: str, name: str) -> None:
        """Remove; fine if it is gone. A row too broken for ARI to see goes as a row."""
        answer = self._ari("DELETE", _dynamic(kind, name))
        if answer.status_code == 204:
            return
        if not _is_absent(answer):
            raise self._said_no(answer, kind, name, writes=True)
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

    def _fields(self, answer: httpx.Response, what: str, *, writes: bool = False) -> dict[str, str]:
        try:
            found = orjson.loads(answer.content)
            return {str(f["attribute"]): str(f["value"]) for f in found}
        except (ValueError, TypeError, KeyError):
            raise self.strange(what, writes=writes) from None

    def reload(self, module: str = "res_pjsip.so") -> None:
        """Have Asterisk look at all AORs and endpoints at once, or at the files of another module;
        calls and phones go on."""
        status, _, _ = self._ami("Reload", {"Module": module})
        if status != "Success":
            raise self.strange("Reload")

    def options(self, file: str, section: str) -> dict[str, str]:
        """One section of a configuration file as it is on the PBX's disk; empty without it.

        The right ``system`` allows that for every file: whoever asks names one without secrets.
        """
        asked = {"Filename": file, "Category": section}
        status, told, _ = self._ami("GetConfig", asked)
        found = _OPTION.findall(told) if status == "Success" else []
        return {name.lower(): value for name, value in found}

    def version(self) -> str:
        """As Asterisk tells it: ``22.10.1``, with the packager's part after it."""
        answer = self._ari("GET", "/ari/asterisk/info")
        if answer.status_code != 200:
            raise self._said_no(answer, "asterisk", "info")
        try:
            return str(orjson.loads(answer.content)["system"]["version"])
        except (ValueError, TypeError, KeyError):
            raise self.strange("GET info") from None

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
            answer = self.send(
                "POST",
                "/rawman",
                writes=writes,
                data={"Action": action, **fields},
                headers={"Cookie": f'mansession_id="{session}"'},
            )
            found = self._parsed(answer, action, writes=writes)
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
        answer = self.send("POST", "/rawman", data=data)
        status, _, _ = self._parsed(answer, "Login")
        session = str(answer.cookies.get("mansession_id", "")).strip('"')
        if status != "Success" or not re.fullmatch(r"[0-9a-f]{1,16}", session):
            raise Unavailable(PBXRefusesTheControlUser(target=self.target, user=self._user))
        with self._lock:
            self._session = session
        return session

    def _parsed(
        self, answer: httpx.Response, action: str, *, writes: bool = False
    ) -> tuple[str, str, list[str]]:
        """A list is whole only if it ends with the number of items that it has: a value with line
        breaks cannot pass itself off as more rows."""
        if answer.status_code != 200:
            raise self._not_ready(answer, writes=writes)
        text = answer.content.decode("utf-8", "replace")
        head, *events = text.removesuffix("\r\n\r\n").split("\r\n\r\n")
        match = _HEAD.fullmatch(head)
        if match is None and action == "GetConfig":
            match = _SETTINGS.fullmatch(head)
        if match is None or not text.endswith("\r\n\r\n"):
            raise self.strange(action, writes=writes)
        if action in {"DBGet", "DBGetTree"} and match[1] == "Success":
            end = _END.fullmatch(events.pop()) if events else None
            if end is None or int(end[1]) != len(events):
                raise self.strange(action)
        return match[1], match[2], events

    def _ari(self, method: str, path: str, **more: Any) -> httpx.Response:
        writes = method != "GET"
        answer = self.send(method, path, writes=writes, auth=(self._user, self._secret()), **more)
        if answer.status_code == 401:
            raise Unavailable(PBXRefusesTheControlUser(target=self.target, user=self._user))
        if not _is_json(answer):
            raise self._not_ready(answer, writes=writes)
        return answer

    def _secret(self) -> str:
        with self._lock:
            if not self._password:
                with suppress(OSError, ValueError):
                    self._password = private_file.content(self.password_file).strip()
            if not self._password:
                raise Unavailable(PasswordFileCannotBeRead(file=self.password_file.name))
            return self._password

    def strange(self, what: str, *, writes: bool = False) -> Unavailable | OutcomeUnknown:
        """An answer to ``what`` that is none."""
        about = AnswerThatCannotBeUnderstood(target=self.target, what=what)
        return OutcomeUnknown(about) if writes else Unavailable(about)

    def _said_no(
        self, answer: httpx.Response, kind: str, name: str, *, writes: bool = False
    ) -> SystemFault:
        match answer.status_code:
            case 400:
                return Refused(PBXDoesNotTakeTheValues(kind=kind, key=name))
            case 403:
                return Refused(PBXDoesNotAllowIt(kind=kind, key=name))
            case 404:
                return Unavailable(PBXDoesNotKnowSIPObjects(target=self.target))
            case _:
                return self.strange(f"{answer.request.method} {kind}", writes=writes)


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
