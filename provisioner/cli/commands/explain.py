"""``provision explain``."""

import click

from provisioner.cli.context import App, common
from provisioner.cli.helping import Command
from provisioner.codes.policy import NoSuchCode
from provisioner.errors import PolicyError


@click.command(cls=Command, epilog="Example:  provision explain PV201")
@click.argument("code", required=False, metavar="[CODE|RULE|WORD]")
@common
def explain(app: App, code: str | None) -> int:
    """Say more about a code (PV201) or a rule (R15); works offline.

    Without one, list rules and kinds of codes. PV2 lists the codes that begin so, a word those
    that have it in their title.
    """
    from provisioner.report import explain_text as text

    words = app.words
    if code is None:
        app.show(text.render_index(words, **app.layout))
        return 0
    what, code = code, code.strip("[]").upper()
    if code.isascii() and code.isdecimal():
        code = f"PV{code}"
    if words.title(code):
        app.show(text.render_explanation(code, words, **app.layout))
    elif code in text.RULES:
        app.show(text.render_rule(code, words, **app.layout))
    elif begin := _beginning(code, words.codes()):
        app.show(text.render_codes(begin, words, **app.layout))
    elif found := [c for c in words.codes() if what.casefold() in words.title(c).casefold()]:
        app.show(text.render_codes(found, words, what=what, **app.layout))
    else:
        raise PolicyError(NoSuchCode(found=what))
    return 0


def _beginning(start: str, codes: list[str]) -> list[str]:
    """Those that begin with PV and a digit or two."""
    return [code for code in codes if len(start) > len("PV") and code.startswith(start)]
