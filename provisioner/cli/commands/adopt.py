"""``provision adopt``."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click

from provisioner.cli.context import App, Day, at_option, common
from provisioner.cli.helping import Command
from provisioner.codes import LiveFault, Severity
from provisioner.codes.policy import EntryInAdoptionsYamlHasRunOut, ObjectWithoutOurMark
from provisioner.codes.telephony import NumberInUseOnThePBX
from provisioner.errors import Unavailable

if TYPE_CHECKING:
    from provisioner.manifest.adoptions import Adoption

HEADER = """\
# yaml-language-server: $schema={schema}
#
# The reviewed permission to take over what somebody else set up on the PBX. Staff write here what
# may get our mark, why, and until when that counts. The manifest says what it will look like.
#
#   CUSTOMER/tenant              the customer's PBX as such
#   CUSTOMER/workplace/LOGIN     a user or phone
#   CUSTOMER/login/LOGIN         a support login or an admin
#   CUSTOMER/number/DIGITS       where a number, or a block by its leading digits, rings
#   CUSTOMER/all                 whatever the manifest asks for
version: 1
"""
KEPT_DAYS = 30


_ADOPTED = ObjectWithoutOurMark, EntryInAdoptionsYamlHasRunOut, NumberInUseOnThePBX
"""What an entry settles."""


@click.command(
    cls=Command, epilog="Example:  provision adopt schmiedeisen --why 'Set up by hand in 2024'"
)
@click.argument("customer")
@click.option("--why", metavar="TEXT", help="The reason, for the audit.")
@click.option(
    "--until", metavar="DATE", type=Day(), help="Last day of the entries; default: in 30 days."
)
@at_option
@common
def adopt(app: App, customer: str, why: str | None, until: date | None, at: date | None) -> int:
    """Write the entries of adoptions.yaml that a customer's plan lacks, for review.

    An object on the PBX that somebody else set up is refused. With an entry in adoptions.yaml the
    plan shows what would change about it, and apply takes it over. This command only writes the
    entries; it changes no live system. Objects of another customer are never adopted.
    """
    from provisioner import operations
    from provisioner.cli.files import schema_line, write_atomically
    from provisioner.manifest.adoptions import Adoption
    from provisioner.manifest.diagnostics import InputError
    from provisioner.manifest.repository import ADOPTIONS
    from provisioner.plan.adoption import lacking

    with operations.open_workspace(app.root) as opened:
        found = operations.findings(opened, [customer], today=app.today(at))
    errors = [d for d in found if d.severity is Severity.ERROR]
    for each in (d.about for d in errors):
        if isinstance(each, LiveFault):
            raise Unavailable(each)
    names = lacking(errors)
    others = [d for d in errors if not d.says(*_ADOPTED)]
    if others:
        app.report(others)
    if not names:
        app.say(app.words.ui("adopt.nothing") + "\n")
        return InputError.exit_code if others else 0
    reason = why if why is not None else app.words.ui("adopt.why")
    last = until or app.today(at) + timedelta(days=KEPT_DAYS)
    given = {"what": "", "why": reason, "until": last.isoformat()}
    entries = [Adoption.model_validate({**given, "what": name}) for name in names]
    path = app.root / ADOPTIONS
    before = path.read_text("utf-8") if path.exists() else ""
    schema = schema_line(app.root, "adoptions", app.words.language)
    text = _added(before or HEADER.format(schema=schema), entries)
    write_atomically(path, text.encode())
    for entry in entries:
        app.say(f"+ {entry.what}\n")
    app.say(app.words.ui("adopt.written", file=ADOPTIONS, count=len(entries)) + "\n")
    return InputError.exit_code if others else 0


def _added(text: str, entries: "list[Adoption]") -> str:
    """``text`` of the file with ``entries`` at its end; old ones for the same object go."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    from provisioner.manifest.adoptions import Adoptions
    from provisioner.manifest.writing.roundtrip import edit

    def change(data: Any) -> None:
        listed = data.setdefault("adoptions", CommentedSeq())
        names = {entry.what for entry in entries}
        for at in reversed(range(len(listed))):
            if listed[at]["what"] in names:
                del listed[at]
        for entry in entries:
            made = CommentedMap(what=entry.what, why=entry.why, until=str(entry.until))
            made.fa.set_block_style()
            listed.append(made)

    return edit(text, change, Adoptions)
