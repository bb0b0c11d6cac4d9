"""``provision secret open --sheet``: passwords, with all else that is typed into a phone."""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provisioner.cli.asking import YES
from provisioner.cli.context import DECLINED, App
from provisioner.cli.files import create, write_atomically
from provisioner.cli.usage import WrongUsage, WrongValue
from provisioner.codes.files import NoPhonesInTheHandOver, NoRegistrar
from provisioner.codes.policy import FileExists
from provisioner.codes.secrets import CustomerNotInTheHandOver
from provisioner.errors import PolicyError
from provisioner.manifest.repository import load_workspace
from provisioner.operations.load import app_user_of, sip_user_of
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible
from provisioner.report.setup_sheet import Phone, sheet_csv, sheet_pdf, sheet_text
from provisioner.spelling import a_few, nearest
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.licenses import License
from provisioner.telephony.numbers import digits_of

if TYPE_CHECKING:
    from provisioner.apply.handover import Place
    from provisioner.manifest.models import Workplace
    from provisioner.manifest.repository import Workspace

PDF, CSV = "pdf", "csv"
STDOUT = "-"
_TLS_PORT = 5061
"""Which is for TLS alone (RFC 3261, 19.1.2)."""
_WORKPLACE = "workplace"
_ADDRESS = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was asked for. ``out`` empty: a terminal."""

    form: str
    out: str
    registrar: str
    customer: str
    replace: bool


def check_target(sheet: Sheet) -> None:
    """Before anything is opened: raises WrongUsage where passwords would go to a pipe or a log that
    nobody has named."""
    if sheet.form == PDF and sheet.out in {"", STDOUT}:
        raise WrongUsage("sheet.needs_file")
    if not (sheet.out or sys.stdout.isatty()):
        raise WrongUsage("sheet.needs_target")
    if sheet.registrar and _ADDRESS.fullmatch(sheet.registrar) is None:
        raise WrongValue(
            "usage.address", sheet.registrar, "--registrar", example="pbx.example:5060"
        )


def hand_out(app: App, sheet: Sheet, passwords: "Mapping[Place, str]", file: str) -> None:
    """Show or write the sheet.

    Raises PolicyError PV038 if there is no phone in it, PV039, PV320 for a customer that is not in
    it, PV460 for a file that is there.
    """
    workspace = load_workspace(app.root)
    registrar = sheet.registrar or str(workspace.config.pbx.options.get("sip", ""))
    if not registrar:
        raise PolicyError(NoRegistrar())
    everyone = {place.customer for place in passwords if place.kind == _WORKPLACE}
    if not everyone:
        raise PolicyError(NoPhonesInTheHandOver(file=file))
    if sheet.customer and sheet.customer not in everyone:
        raise PolicyError(
            CustomerNotInTheHandOver(
                customer=sheet.customer,
                file=file,
                near=nearest(sheet.customer, everyone),
                customers=a_few(sorted(everyone)),
            )
        )
    wanted = {sheet.customer} if sheet.customer else everyone
    phones = [
        _phone(workspace, place, password, registrar)
        for place, password in sorted(passwords.items())
        if place.kind == _WORKPLACE and place.customer in wanted
    ]
    words = _words(app, workspace, wanted)
    if sheet.form == PDF:
        data = sheet_pdf(phones, words, app.today())
    elif sheet.form == CSV:
        data = sheet_csv(phones).encode()
    else:
        color = app.colored and not sheet.out
        data = sheet_text(phones, words, width=app.width, color=color).encode()
    _deliver(app, words, sheet, data)
    _tell_the_rest(app, words, workspace, passwords, wanted)


def _phone(workspace: "Workspace", place: "Place", password: str, registrar: str) -> Phone:
    customer = CustomerId.parse(place.customer)
    entry = workspace.entries.get(customer)
    mine = _workplaces(workspace, customer).get(place.login.lower())
    number = mine.number if mine else None
    apps = str(workspace.config.pbx.options.get("wss", ""))
    app_user = ""
    desk = mine.phone if mine else None
    if apps and mine and mine.license is License.PHONES_APPS:
        app_user = app_user_of(workspace.config, customer, place.login)
    return Phone(
        customer=place.customer,
        company=entry.manifest.contact.company if entry else "",
        name=(mine.name or "") if mine else "",
        login=place.login,
        sip_user=sip_user_of(workspace.config, customer, place.login),
        registrar=registrar,
        password=password,
        extension=(mine.extension or "") if mine else "",
        # of one from the stock the manifest does not know the digits
        number="" if number is None or hasattr(number, "stock") else digits_of(number),
        app_address=f"wss://{apps}/ws" if app_user else "",
        app_user=app_user,
        transport=_transport(workspace, registrar),
        srtp=(mine.srtp or "") if mine else "",
        model=desk.model if desk else "",
        mac=str(desk.mac) if desk else "",
        configures_itself=desk is not None and workspace.config.phones is not None,
    )


def _transport(workspace: "Workspace", registrar: str) -> str:
    """As phones that configure themselves register there, or by the port; empty if none tells."""
    theirs = workspace.config.phones
    if theirs is not None and theirs.registrar == registrar:
        return theirs.transport
    return "tls" if registrar.endswith(f":{_TLS_PORT}") else ""


def _workplaces(workspace: "Workspace", customer: CustomerId) -> "dict[str, Workplace]":
    entry = workspace.entries.get(customer)
    return {str(w.login).lower(): w for w in entry.manifest.workplaces} if entry else {}


def _words(app: App, workspace: "Workspace", customers: set[str]) -> Catalogue:
    """The language of --lang, otherwise that of all the customers, or of their reseller."""
    entries = [workspace.entries.get(CustomerId.parse(each)) for each in sorted(customers)]
    known = [(each.reseller, each.manifest.language) for each in entries if each]
    if app.lang or not known:
        return app.words
    config, ours = workspace.config, known[0][0]
    theirs = {config.language_of(*each) for each in known}
    return Catalogue(theirs.pop() if len(theirs) == 1 else config.resellers[ours].language)


def _deliver(app: App, words: Catalogue, sheet: Sheet, data: bytes) -> None:
    if sheet.out in {"", STDOUT}:
        app.say(data.decode())
        return
    path = Path(sheet.out)
    replace = sheet.replace
    if os.path.lexists(path) and not replace:
        if not sys.stdin.isatty():
            raise PolicyError(FileExists(file=sheet.out))
        question = words.ui("sheet.replace", file=visible(sheet.out))
        app.speak()
        replace = click.prompt(question, default="", show_default=False, err=True).casefold() in YES
        if not replace:
            raise click.exceptions.Exit(DECLINED)
    if replace:
        write_atomically(path, data, mode=0o600)
    else:
        create(path, data, sheet.out, mode=0o600)
    app.note(words.ui("sheet.written", file=visible(sheet.out)) + "\n")


def _tell_the_rest(
    app: App,
    words: Catalogue,
    workspace: "Workspace",
    passwords: "Mapping[Place, str]",
    customers: set[str],
) -> None:
    """Whose password is not here, and which logins are no phones."""
    for name in sorted(customers):
        have = {place.login.lower() for place in passwords if place.customer == name}
        known = _workplaces(workspace, CustomerId.parse(name))
        lacking = [str(w.login) for login, w in sorted(known.items()) if login not in have]
        if lacking:
            text = words.ui("sheet.lacking", customer=name, logins=", ".join(lacking))
            app.note(text + "\n")
    others = sum(p.kind != _WORKPLACE and p.customer in customers for p in passwords)
    if others:
        app.note(words.ui("sheet.others", count=others) + "\n")
