"""``provision new``."""

import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click
from pydantic import ValidationError

from provisioner.cli.context import DECLINED, App, common
from provisioner.cli.helping import Command
from provisioner.cli.listing import known_reseller
from provisioner.codes import Code, Severity
from provisioner.codes.answers import AnswersAreNotKept
from provisioner.codes.fields import ValueNotAccepted
from provisioner.codes.policy import FileExists, UnknownReseller
from provisioner.errors import PolicyError, ProvisionError
from provisioner.manifest.models import Authority, Contact, Manifest, Scope
from provisioner.manifest.portal import ours_for
from provisioner.manifest.schedule import When
from provisioner.manifest.types import of_pydantic
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible
from provisioner.telephony.identity import CustomerId

if TYPE_CHECKING:
    from provisioner.cli.answers import Answer, Answers, Draft
    from provisioner.cli.asking import Asker
    from provisioner.cli.interview import Fleet
    from provisioner.cli.workplace_table import Row
    from provisioner.manifest.diagnostics import Diagnostic
    from provisioner.manifest.repository import Workspace

F = TypeVar("F", bound=Callable[..., Any])

_FIRST = frozenset({"reseller", "company", "customer"})
"""Answers that tell whom a draft is about: those of now count, and not those of the draft."""
_IDS = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)
"""What may be part of a file's name; whether it is an id is found out where it is asked."""


def _many(name: str, metavar: str, text: str) -> Callable[[F], F]:
    return click.option(name, metavar=metavar, multiple=True, help=text)


def _one(name: str, metavar: str, text: str) -> Callable[[F], F]:
    return click.option(name, metavar=metavar, help=text)


class _Ours(click.Choice[str]):
    """One of our values, by our word or by the portal's."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return super().convert(ours_for(str(value), self.choices) or value, param, ctx)


def _pick(name: str, values: Iterable[str], text: str) -> Callable[[F], F]:
    return click.option(name, type=_Ours([str(value) for value in values]), help=text)


@click.command(cls=Command, epilog="Example:  provision new baeckerei-suess --lang de")
@click.argument("customer", required=False)
@_one("--reseller", "ID", "Reseller; needed if there are several.")
@_one("--company", "TEXT", "Company name, as in the commercial register.")
@_one("--uid", "UID", "Business number, as in the commercial register.")
@_one("--street", "TEXT", "Street and house number.")
@_one("--postcode", "DIGITS", "Postcode.")
@_one("--city", "TEXT", "Town.")
@_one("--person", "NAME", "Contact person.")
@_one("--email", "ADDRESS", "E-mail address for the invoices.")
@_one("--phone", "DIGITS", "Telephone number of the contact.")
@_one("--billing-from", "DATE", "First day that is billed; default: first of the next month.")
@_one("--activate-from", "DATE", "First day on which the PBX works; default: at apply.")
@_many("--port-number", "DIGITS", "Number that is ported in.")
@_many("--port-block", "DIGITS", "DDI block that is ported in, by its leading digits.")
@_one("--provider", "NAME", "Current provider; default: unknown.")
@click.option(
    "--internet/--no-internet", default=None, help="Whether internet is on the same contract."
)
@_pick("--scope", Scope, "partial keeps the rest of the contract.")
@_many("--other-service", "TEXT", "Further service on the old contract.")
@_pick("--when", When, "How the port date is found.")
@_one("--contract-ends-on", "DATE", "Last day of the old contract, with contract_end.")
@_one("--port-date", "DATE", "Port date, with date.")
@_one("--port-time", "TIME", "Time of day of the port; default: 09:00.")
@_pick("--authority", Authority, "How the company signs.")
@_many("--signatory", "NAME", "Who signs for the company.")
@_many("--new-number", "AREA", "New number of this area code.")
@_many("--new-block", "AREA:SIZE", "New DDI block: 044:100.")
@_many("--workplace", "NAME[,…]", "Workplace: 'Petra Huber' or 'Fax,use=fax,number=0525551201'.")
@click.option(
    "--workplaces",
    "table",
    metavar="FILE.csv",
    type=click.Path(),
    help="Workplaces from a spreadsheet: name, and any of use, license, login, number, extension.",
)
@_one("--support-login", "LOGIN", "The reseller's own login on the PBX; - for none.")
@click.option(
    "--no-input", is_flag=True, help="Never ask; accept the proposal where no option is given."
)
@common
def new(app: App, customer: str | None, table: str | None, no_input: bool, **options: Any) -> int:
    """Write the manifest of a new customer, from questions or options.

    Asks in the reseller's language, unless --lang says otherwise. Every answer is checked at once;
    logins are proposed from names. An empty answer accepts the proposal in brackets, `<` takes the
    last answer back. Answers are kept until the file is written, as a whole, and never over one
    that exists.
    """
    from provisioner.cli.answers import Answers, Back
    from provisioner.cli.workplace_table import workplaces_of
    from provisioner.manifest.repository import load_workspace

    workspace = load_workspace(app.root)
    rows = workplaces_of(table) if table else []
    live = sys.stdin.isatty() and not no_input
    answers = Answers()
    asked = _Asked(app, workspace, {**options, "customer": customer}, rows, answers, live)
    try:
        while True:
            try:
                return asked.once()
            except Back:
                answers.rewind()
    except (click.Abort, ProvisionError):
        if asked.draft is not None and answers.given:
            name = asked.customer
            app.note("\n" + asked.words.ui("new.kept", customer=name) + "\n")
        raise


@dataclass
class _Asked:
    """One interview; it begins anew where an answer is taken back."""

    app: App
    workspace: "Workspace"
    options: dict[str, Any]
    rows: "list[Row]"
    answers: "Answers"
    live: bool
    words: Catalogue = field(init=False)
    customer: str = ""
    draft: "Draft | None" = None
    """Where the answers are kept, once it is known whom they are about."""
    proposed: bool = False
    """Whether ``customer`` is an id that nobody has confirmed yet."""

    def __post_init__(self) -> None:
        self.words = self.app.words

    def once(self) -> int:
        """The exit code.  Raises Back."""
        from provisioner.cli.asking import Asker
        from provisioner.cli.files import schema_line
        from provisioner.cli.interview import Interview
        from provisioner.manifest.logins import propose_customer
        from provisioner.manifest.writing.housestyle import manifest_text
        from provisioner.report.new_manifest import header, notes

        app, workspace = self.app, self.workspace
        plain = Asker(app, app.words, self.options, self.answers, live=self.live)
        reseller = _reseller(plain, workspace)
        known = workspace.config.resellers[reseller]
        self.words = words = app.words if app.lang else Catalogue(known.language)
        ask = Asker(app, words, self.options, self.answers, live=self.live)
        ask.heading("welcome", reseller=known.name)
        if name := ask.given("customer"):
            self._keep(ask, name)
        ask.heading("contact")
        company = ask.text("company", _company())
        taken = _taken(workspace)
        proposal = propose_customer(company, taken) if company else ""
        self._keep(ask, proposal, proposed=True)
        id = _customer(ask, taken, proposal)  # noqa: A001 - the customer's id
        self._keep(ask, id)
        fleet = _fleet(workspace)
        usual = workspace.config.usual(reseller)
        asked = Interview(
            ask, workspace.config, fleet, app.today(), id, table=self.rows, usual=usual
        )
        data: dict[str, Any] = {"version": "1", "contact": asked.contact(company)}
        data["subscription"] = asked.subscription()
        data["porting"] = asked.porting(data["subscription"].get("activate_from", ""))
        data["numbers"] = asked.new_numbers()
        data["workplaces"] = asked.workplaces(data["contact"]["person"])
        data |= asked.people()
        ask.finish()
        for each in usual.fill(data, id):
            if isinstance(each, Code):
                raise ProvisionError(each)
        manifest = _checked(data)
        text = manifest_text(
            manifest,
            header=header(words),
            notes=notes(manifest, words),
            schema=schema_line(app.root, "customer", words.language),
            usual=usual,
            customer=id,
        )
        if errors := _errors(manifest, workspace):
            self._refuse(text, errors)
        return self._write(ask, reseller, id, text, ports=bool(manifest.porting))

    def _keep(self, ask: "Asker", customer: str, *, proposed: bool = False) -> None:
        """From now on the answers are kept, under an id that is ``proposed`` until one is given.

        Raises Back to go on with those of a draft.
        """
        from provisioner.cli.answers import Back, draft_of

        if not self.live or _IDS.fullmatch(customer) is None:
            return
        if self.draft is not None and not (self.proposed and customer != self.customer):
            self.proposed &= proposed
            return
        if self.draft is not None:
            with suppress(OSError):  # they go along to the other id
                self.draft.remove()
        self.customer, self.draft = customer, draft_of(self.app.root, customer)
        self.answers.keep, self.proposed = self._save, proposed
        said = {key for key, _ in self.answers.given if key in _FIRST}
        kept = [e for e in self.draft.read() if ask.given(e[0]) is None and e[0] not in said]
        if kept:
            ask.hint("draft", count=len(kept))
            if ask.yes("draft", default=True):
                self.answers.given += kept
                raise Back
        if self.answers.given:
            self._save(self.answers.given)

    def _save(self, answers: "list[Answer]") -> None:
        if self.draft is None:
            return
        try:
            self.draft.write(answers)
        except (OSError, ProvisionError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            self.answers.keep = self.draft = None
            self.app.fail(ProvisionError(AnswersAreNotKept(reason=reason)))

    def _refuse(self, text: str, errors: "list[Diagnostic]") -> NoReturn:
        """What is wrong as a whole: a person is asked the last question again, and may go back
        further."""
        from provisioner.cli.answers import Back
        from provisioner.manifest.diagnostics import InputError

        if self.live and self.answers.take_back():
            self.app.report(errors)
            raise Back
        self.app.say(text)  # what was answered is not lost
        raise InputError(errors)

    def _write(self, ask: "Asker", reseller: str, customer: str, text: str, *, ports: bool) -> int:
        from provisioner.cli.files import create

        app, words = self.app, self.words
        if self.live:
            ask.heading("check")
            app.say("\n" + "".join(f"{visible(line)}\n" for line in text.splitlines()) + "\n")
            if not ask.yes("write", default=True):
                app.note(words.ui("new.nothing") + "\n")
                if self.draft is not None:
                    app.note(words.ui("new.kept", customer=customer) + "\n")
                return DECLINED
        file = f"customers/{reseller}/{customer}.yaml"
        create(app.root / file, text.encode(), file)
        if self.draft is not None:
            with suppress(OSError):  # the next one says that it is there
                self.draft.remove()
        app.say(words.ui("new.written", file=file) + "\n\n" + words.ui("new.next") + "\n")
        steps = ("validate", "plan", *(("poa",) if ports else ()))
        width = len(f"validate {customer}")
        for step in steps:
            line = f"{step} {customer}"
            app.say(f"  provision {line:<{width}}  {words.ui(f'new.step.{step}')}\n")
        return 0


def _reseller(ask: "Asker", workspace: "Workspace") -> str:
    """The only one, or the one that is named. Raises PolicyError PV403."""

    known = sorted(workspace.config.resellers)

    def read(text: str) -> str:
        known_reseller(text, known)
        return text

    if not known:
        raise ProvisionError(UnknownReseller(reseller=ask.given("reseller") or "", known="-"))
    found = (
        ask.text("reseller", read, default=known[0] if len(known) == 1 else None)
        if (ask.given("reseller") or len(known) > 1)
        else known[0]
    )
    ask.finish()
    return found


def _company() -> Any:
    from provisioner.cli.asking import reads

    return reads(Contact, "company")


def _taken(workspace: "Workspace") -> dict[str, str]:
    """The file of each id that is somebody's."""
    taken = {str(c): f"customers/{e.reseller}/{c}.yaml" for c, e in workspace.entries.items()}
    return taken | {str(c): f"{c}.yaml" for c in workspace.broken if str(c) not in taken}


def _customer(ask: "Asker", taken: dict[str, str], proposal: str) -> str:
    """The id: the argument, or the proposal from the company's name."""

    def read(text: str) -> str:
        found = str(CustomerId.parse(text))
        if found in taken:
            raise PolicyError(FileExists(file=taken[found]))
        return found

    return ask.text("customer", read, default=proposal)


def _fleet(workspace: "Workspace") -> "Fleet":

    from provisioner.cli.interview import Fleet
    from provisioner.manifest.crosscheck import taken
    from provisioner.manifest.rules import logins_of

    logins: dict[str, str] = {}
    for customer, entry in workspace.entries.items():
        if workspace.config.login_scope == "fleet":
            logins |= {login: str(customer) for _, login in logins_of(entry.manifest)}
    entries = tuple(workspace.entries.values())
    return Fleet(logins, partial(taken, entries=entries, config=workspace.config))


def _errors(manifest: "Manifest", workspace: "Workspace") -> "list[Diagnostic]":
    """What makes it invalid as a whole, as the same number twice."""
    from provisioner.manifest import calls
    from provisioner.manifest.rules import check

    days = workspace.config.porting.days().at(manifest.canton).arrivals
    found = check(manifest, days=days)
    found += calls.check(manifest, workspace.config)
    return [finding for finding in found if finding.severity is Severity.ERROR]


def _checked(data: dict[str, Any]) -> "Manifest":
    """Raises InputError; what was asked has been checked, so this is about options that do not fit
    together."""

    from provisioner.manifest.diagnostics import Diagnostic, InputError

    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        raise InputError(
            Diagnostic.of(
                of_pydantic(
                    found, ValueNotAccepted(field=str(found["loc"][-1] if found["loc"] else ""))
                )
            )
            for found in error.errors(include_url=False, include_input=False)
        ) from None
