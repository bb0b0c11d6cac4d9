"""Questions on the terminal, each answered by an option, by a person, or by the proposal.

An answer is checked as soon as it is there, by the same types as a manifest.  Another spelling of
what can mean one thing only is understood, and the answer is shown as it counts.  Otherwise a
person sees the finding and is asked again, with what may have been meant as the proposal; in a
script all findings and all missing options come at once.
"""

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import click
from pydantic import BaseModel, TypeAdapter, ValidationError

from provisioner.cli.answers import Answers, Back
from provisioner.cli.context import App
from provisioner.codes.fields import (
    DomainNotInASCII,
    EmptyText,
    NoDate,
    NoEMailAddress,
    NoPostcode,
    NoTimeOfDay,
    NoValidUID,
    OneValueWanted,
    ValueNotAllowed,
)
from provisioner.codes.policy import AnswersAreMissing
from provisioner.codes.telephony import (
    BlockMisspelled,
    NoTelephoneNumber,
    NumberMisspelled,
    WriteUnknown,
)
from provisioner.errors import PolicyError, ProvisionError
from provisioner.manifest.diagnostics import Diagnostic, InputError, Place
from provisioner.manifest.lines import UNKNOWN
from provisioner.manifest.portal import ours_for
from provisioner.manifest.types import of_pydantic
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible
from provisioner.spelling import nearest
from provisioner.telephony.contacts import ContactPhone, email_meant

Read = Callable[[str], str]
"""Gives the answer as it is to be written, or raises ProvisionError with its code."""

NONE = "-"
"""The answer that wants nothing."""
BACK = "<"
"""The answer that takes the last one back."""
_SPELLINGS = (
    BlockMisspelled,
    DomainNotInASCII,
    NoDate,
    NoEMailAddress,
    NoPostcode,
    NoTelephoneNumber,
    NoTimeOfDay,
    NoValidUID,
    NumberMisspelled,
    WriteUnknown,
)
"""What is not as it is to be written; where it can mean one thing only, that is what was meant."""
_AT_THE_END = frozenset({"draft", "write"})
"""Questions about the answers, which are none of them."""
YES = frozenset("ja j jo yes y oui o sì si s true".split())
_AND = re.compile(r"\s+(?:and|und|et|e|&)\s+", re.IGNORECASE)
_NO = frozenset("nein n nei no non false".split())
_NOTHING = _NO | {NONE, *"keine keiner keines none aucun aucune nessuno nessuna".split()}
"""What people answer where nothing is wanted."""


def reads(model: type[BaseModel], field: str) -> Read:
    """What a field of a manifest takes."""
    adapter: TypeAdapter[Any] = TypeAdapter(model.model_fields[field].rebuild_annotation())

    def read(text: str) -> str:
        text = text.strip()
        try:
            adapter.validate_python(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise ProvisionError(of_pydantic(first, OneValueWanted(field=field))) from None
        return text

    return read


class Asker:
    """``options`` are the answers of the command line by the question's key; ``live`` says whether
    somebody is there to ask.
    """

    def __init__(
        self,
        app: App,
        words: Catalogue,
        options: Mapping[str, Any],
        answers: Answers,
        *,
        live: bool,
    ) -> None:
        self._app = app
        self.words = words
        self._options = options
        self._answers = answers
        self.live = live
        self._missing: list[str] = []
        self._wrong: list[Diagnostic] = []

    def given(self, key: str) -> Any:
        """The option's value; None if it was not given."""
        found = self._options.get(key)
        return None if found in (None, ()) else found

    def heading(self, key: str, **params: str) -> None:
        if self._speaks:
            self._app.tell("\n")
            self._note(self.words.ui(f"new.section.{key}", **params))

    @property
    def _speaks(self) -> bool:
        """Somebody is there, and what comes next has not been answered yet."""
        return self.live and self._answers.asking

    def hint(self, key: str, **params: str | int) -> None:
        """A sentence of the manual before a question."""
        if self._speaks:
            self._note(self.words.ui(f"new.hint.{key}", **params), "    ", "    ")

    def text(self, key: str, read: Read, *, default: str | None = None) -> str:
        """One answer. ``default`` is the proposal; an empty one means that none is needed."""
        given = self.given(key)
        if given is not None:
            return self._take(str(given), lambda: self._ask(key, read, default), read)
        if self.live:
            return self._ask(key, read, default)
        if default is None:
            self._missing.append(option(key))
            return ""
        return default

    def many(
        self, key: str, read: Read, *, default: str | None = None, and_too: bool = False
    ) -> list[str]:
        """Several answers, with commas between. ``default`` as in :meth:`text`; ``-`` for none.

        ``and_too``: two that have an "and" between them are two as well.
        """
        given = self.given(key)
        if given is not None:
            answers = [self._take(item, lambda: self._ask(key, read, None), read) for item in given]
            return [answer for answer in answers if answer]

        def each(text: str) -> str:
            if default is not None and _says_nothing(text):
                return ""
            parts = [part.strip() for part in text.replace(";", ",").split(",")]
            if and_too and len(parts) == 1:
                parts = _AND.split(text)
            return ", ".join([understood(part, read) for part in parts if part] or [read("")])

        return [part for part in self.text(key, each, default=default).split(", ") if part]

    def choice(self, key: str, values: Sequence[str], *, default: str) -> str:
        """One of ``values``, each with what it means."""
        given = self.given(key)
        if given is not None:
            return str(given)
        if not self.live:
            return default
        if self._speaks:
            for at, value in enumerate(values, 1):
                self._app.tell(f"    {at} {self.words.ui(f'new.choice.{key}.{value}')}\n")

        def read(text: str) -> str:
            if text.isdecimal() and 1 <= int(text) <= len(values):
                return values[int(text) - 1]
            if meant := ours_for(text, values):
                return meant
            near, allowed = nearest(text, values), f"1-{len(values)}"
            raise ProvisionError(ValueNotAllowed(found=text, suggestion=near, allowed=allowed))

        return self._ask(key, read, str(values.index(default) + 1))

    def yes(self, key: str, *, default: bool) -> bool:
        given = self.given(key)
        if given is not None:
            return bool(given)
        if not self.live:
            return default
        yes, no = self.words.ui("new.yes"), self.words.ui("new.no")

        def read(text: str) -> str:
            folded = text.casefold().rstrip(".!")
            if folded in YES | _NO:
                return yes if folded in YES else no
            raise ProvisionError(ValueNotAllowed(found=text, suggestion="", allowed=f"{yes}, {no}"))

        return self._ask(key, read, yes if default else no) == yes

    def finish(self) -> None:
        """Raises InputError, or PolicyError PV462, for what was wrong or missing."""
        if self._wrong:
            raise InputError(self._wrong)
        if self._missing:
            raise PolicyError(AnswersAreMissing(options=", ".join(dict.fromkeys(self._missing))))

    def _take(self, text: str, ask: Callable[[], str], read: Read) -> str:
        try:
            return understood(text.strip(), read)
        except ProvisionError as error:
            self.report(error)
        return ask() if self.live else ""

    def _ask(self, key: str, read: Read, default: str | None) -> str:
        """The answer that was given already, or else one from the terminal.

        Raises Back where the last one is taken back instead.
        """
        if key in _AT_THE_END:
            return self._typed(key, read, default)
        kept = self._answers.recalled(key)
        if kept is not None:
            try:
                answer = kept and read(kept)
            except ProvisionError:  # right when it was given, and not any more
                self._answers.forget()
            else:
                self._answers.again()
                return answer
        answer = self._typed(key, read, default)
        self._answers.add(key, answer)
        return answer

    def _typed(self, key: str, read: Read, default: str | None) -> str:
        label = self.words.ui(f"new.ask.{key}")
        proposal = first = self._answers.proposal(key) or default
        while True:
            shown = f" [{visible(proposal)}]" if proposal else ""
            self._app.speak()
            typed = click.prompt(f"  {label}{shown}", default="", show_default=False, err=True)
            typed = typed.strip()
            if typed == BACK:
                if self._answers.take_back():
                    raise Back
                self.hint("first")
                continue
            if default == "" and (_says_nothing(typed) or not (typed or proposal)):
                return ""
            text = typed or proposal or ""
            try:
                answer = understood(text, read) if text else _nothing()
            except ProvisionError as error:
                self.report(error)
                proposal = proposed(text, error, read) or first
                continue
            if len(typed) > 1 and typed != answer:
                self._app.tell(f"    = {visible(answer)}\n")
            return answer

    def report(self, error: ProvisionError, place: Place | None = None) -> None:
        """Shows a finding to the person, or keeps it for :meth:`finish`: where nobody is there, or
        it has a ``place`` in a file."""
        found = Diagnostic.of(error.about, place=place)
        if place is not None or not self.live:
            self._wrong.append(found)
            return
        if not self._speaks:
            return
        code, params = error.code, error.params
        for line in (self.words.text(code, params), self.words.help(code, params)):
            if line:
                self._note(line, "    ! ", "      ")

    def _note(self, text: str, first: str = "", then: str = "") -> None:
        filled = textwrap.fill(text, self._app.width, initial_indent=first, subsequent_indent=then)
        self._app.tell(f"{filled}\n")


def understood(text: str, read: Read) -> str:
    """The answer that ``text`` is, in whatever spelling.  Raises ProvisionError if it is none."""
    try:
        return read(text)
    except ProvisionError as error:
        meant = proposed(text, error, read) if error.says(*_SPELLINGS) else ""
        if not meant:
            raise
    return read(meant)


def _says_nothing(text: str) -> bool:
    return text.casefold().rstrip(".!") in _NOTHING


def _nothing() -> NoReturn:
    raise ProvisionError(EmptyText())


def proposed(text: str, error: ProvisionError, read: Read) -> str:
    """``text`` with every mistake of this kind mended; empty if that is not enough."""
    while True:
        fix = mended(text, error)
        if not fix or fix == text:
            return ""
        try:
            read(fix)
        except ProvisionError as other:
            if other.code != error.code:  # another mistake, which is told when its turn comes
                return fix
            text, error = fix, other
        else:
            return fix


def mended(text: str, error: ProvisionError) -> str:
    """The corrected spelling that an error proposes, if any; that of a whole list too."""
    fix = str(error.params.get("suggestion") or "")
    found = str(error.params.get("found", ""))
    if error.says(NoTelephoneNumber):
        return ContactPhone.meant(text)
    if error.says(NoEMailAddress, DomainNotInASCII):
        return email_meant(text)
    if error.says(WriteUnknown):
        return UNKNOWN
    if error.says(NoDate, NoTimeOfDay):
        # only for a date or time that is not understood
        from provisioner.manifest.writing.fixes import day_meant, time_meant

        return day_meant(text) if error.says(NoDate) else time_meant(text)
    return text.replace(found, fix) if fix and found and found in text else fix


def option(key: str) -> str:
    """How the command line answers a question."""
    return "CUSTOMER" if key == "customer" else "--" + key.replace("_", "-")
