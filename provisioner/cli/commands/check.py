"""``provision check``: whether phones could register now, tried with real SIP requests."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provisioner.cli.context import App, common
from provisioner.cli.files import HANDOVER_KIB, read, read_identity
from provisioner.cli.helping import Command
from provisioner.cli.usage import both
from provisioner.codes import Severity
from provisioner.codes.asterisk import (
    NoAnswerOverSIP,
    NoSIPTool,
    NothingToCheck,
    PasswordDoesNotRegister,
    PBXCarriesNoCalls,
)
from provisioner.codes.policy import NotFound
from provisioner.codes.secrets import NotAHandOver, SealedPasswordDoesNotOpen
from provisioner.codes.systems import StateUnknown
from provisioner.errors import PolicyError, ProvisionError, SystemFault, Unavailable
from provisioner.spelling import nearest

if TYPE_CHECKING:
    from provisioner.contract.checking import SpeaksTLS
    from provisioner.contract.pbx import Telephone
    from provisioner.contract.resources import Workplace
    from provisioner.operations.encrypted_probe import TLSProber
    from provisioner.operations.probe import Prober
    from provisioner.telephony.identity import CustomerId


@click.command(
    cls=Command, epilog="Example:  provision check schmiedeisen --handover my.jsonl -i my.key"
)
@click.argument("customer")
@click.option(
    "--sip", metavar="HOST:PORT", default="", help="Where phones register; default: as configured."
)
@click.option(
    "--handover",
    metavar="FILE",
    type=click.Path(),
    help="Hand-over with generated passwords: each is tried, and no phone loses its place.",
)
@click.option(
    "-i",
    "--identity",
    metavar="FILE",
    type=click.Path(),
    help="File with the private key that opens the hand-over.",
)
@common
def check(app: App, customer: str, sip: str, handover: str | None, identity: str | None) -> int:
    """Ask the PBX over SIP, as phones do.

    Uses sipp or sipsak, whichever is installed; neither is needed where phones register over TLS.
    OPTIONS tells whether the PBX answers at all. With a hand-over and its key, every workplace is
    tried with its password, by a REGISTER that changes nothing. Without them, it shows who is
    registered.
    """
    from provisioner.contract.pbx import Telephone
    from provisioner.contract.resources import Workplace
    from provisioner.manifest.repository import load_config
    from provisioner.operations import open_readers
    from provisioner.operations.probe import TOOLS
    from provisioner.telephony.identity import CustomerId

    both({"--handover": handover, "--identity": identity})
    wanted = CustomerId.parse(customer)
    with open_readers(load_config(app.root), app.root) as (pbx, desk):
        if not isinstance(pbx, Telephone):
            raise PolicyError(PBXCarriesNoCalls(target=pbx.target))
        state = pbx.read([wanted]).get(wanted)
        if state is None:
            raise Unavailable(StateUnknown(system="pbx"))
        workplaces = [o for o in state.objects if isinstance(o, Workplace)]
        if near := "" if state.objects else nearest(customer, map(str, desk.customers())):
            raise PolicyError(NotFound(found=customer, near=near))
        if not workplaces:
            raise PolicyError(NothingToCheck(customer=customer))
        prober = _prober(pbx, sip)
        if handover and not prober.proves_passwords:
            raise SystemFault(NoSIPTool(tools=TOOLS[0]))
        faults = _answers(app, pbx, prober)
        shown = _Shown(app, pbx, wanted, workplaces)
        if handover and identity:
            code = shown.proved(prober, _passwords(wanted, handover, identity))
        else:
            code = shown.registered()
        return _failed(app, faults) or code


def _prober(pbx: "Telephone", sip: str) -> "Prober | TLSProber":
    """Over TLS where phones speak that.  Raises SystemFault PV591 where a tool is needed and there
    is none."""
    from provisioner.contract.checking import SpeaksTLS
    from provisioner.operations.encrypted_probe import TLSProber
    from provisioner.operations.probe import TOOLS, Prober

    address = sip or pbx.sip
    if isinstance(pbx, SpeaksTLS) and (found := pbx.over_tls(address)):
        return TLSProber(sip or found)
    program = next(filter(None, map(shutil.which, TOOLS)), None)
    if program is None:
        raise SystemFault(NoSIPTool(tools=", ".join(TOOLS)))
    return Prober(program, address)


def _answers(app: App, pbx: "Telephone", prober: "Prober | TLSProber") -> "list[ProvisionError]":
    """What is wrong with TLS.  Raises SystemFault PV593 where phones find no answer, once it has
    told the reason if that is TLS."""
    from provisioner.contract.checking import SpeaksTLS

    app.say(f"{app.words.ui('check.sip')}  {prober.address}  ({prober.tool})\n")
    answer = prober.options()
    if answer is None:
        if isinstance(pbx, SpeaksTLS):
            _failed(app, _tls(app, pbx))
        raise SystemFault(NoAnswerOverSIP(address=prober.address))
    told = app.words.ui("check.answers", status=answer or app.words.ui("check.any"))
    app.say(f"  ok     {told}\n")
    return _tls(app, pbx) if isinstance(pbx, SpeaksTLS) else []


def _tls(app: App, pbx: "SpeaksTLS") -> "list[ProvisionError]":
    """What is wrong with it, after a line for each port."""
    faults: list[ProvisionError] = []
    for each in pbx.tls(app.now()):
        label = app.words.ui(each.name, **each.params)
        if each.fault is not None:
            faults.append(each.fault)
            label = app.words.ui("doctor.unmet", label=label)
        app.say(f"  {each.fault.code if each.fault else 'ok':<6} {label}\n")
    return faults


def _failed(app: App, faults: "list[ProvisionError]") -> int:
    """1 where one is an error; a warning is told and no more."""
    for fault in faults:
        app.fail(fault)
    return 1 if any(f.about.severity is Severity.ERROR for f in faults) else 0


class _Shown:
    """One line for each workplace."""

    def __init__(
        self, app: App, pbx: "Telephone", customer: "CustomerId", workplaces: "list[Workplace]"
    ) -> None:
        self.app, self.pbx, self.customer, self.workplaces = app, pbx, customer, workplaces
        self.devices = pbx.registered(customer)
        self._width = max(len(w.login) for w in workplaces)

    def registered(self) -> int:
        for each in self.workplaces:
            self._line("on" if self._on(each) else "off", each, "")
        return 0

    def proved(self, prober: "Prober | TLSProber", passwords: dict[str, str]) -> int:
        users = {w.login: self.pbx.sip_user(self.customer, w.login) for w in self.workplaces}
        asked = {users[n]: p for n, p in passwords.items() if n in users}
        answers = prober.register(asked)
        faults: list[ProvisionError] = []
        for each in self.workplaces:
            user = users[each.login]
            status = answers.get(user)
            if user not in asked:
                self._line("-", each, self.app.words.ui("check.no_password"))
            elif status == prober.OK:
                self._line("ok", each, self.app.words.ui("check.registers"))
            else:
                shown = str(status or "-")
                faults.append(SystemFault(PasswordDoesNotRegister(login=each.login, status=shown)))
                self._line(
                    PasswordDoesNotRegister.code,
                    each,
                    self.app.words.ui("check.refused", status=shown),
                )
        if faults:
            self.app.note("\n")
        for fault in faults:
            self.app.fail(fault)
        return 1 if faults else 0

    def _on(self, workplace: "Workplace") -> int:
        found = self.devices.get(workplace.login.lower())
        return found.total if found else 0

    def _line(self, mark: str, workplace: "Workplace", what: str) -> None:
        now = self.app.words.ui("presence.devices", count=self._on(workplace))
        rest = "; ".join(filter(None, (what, now)))
        self.app.say(f"  {mark:<6} {workplace.login:<{self._width}}  {rest}\n")


def _passwords(customer: "CustomerId", handover: str, identity: str) -> dict[str, str]:
    """By login. Raises SealError PV307 if nothing opens, PV318 for what is no hand-over."""
    from provisioner.apply.handover import opened
    from provisioner.contract.resources import Kind
    from provisioner.manifest.sealed import SealError

    file = Path(handover).name
    read_back = opened(read(handover, HANDOVER_KIB), [read_identity(identity)])
    if read_back.foreign:
        raise SealError(NotAHandOver(file=file))
    found = read_back.passwords
    if not found:
        raise SealError(SealedPasswordDoesNotOpen(place=file))
    return {
        place.login: password
        for place, password in found.items()
        if (place.customer, place.kind) == (str(customer), Kind.WORKPLACE)
    }
