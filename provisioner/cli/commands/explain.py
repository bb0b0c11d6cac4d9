"""``provision explain``."""

import click

from provisioner.cli.context import App, common
from provisioner.codes.policy import NoSuchCode
from provisioner.errors import PolicyError


@click.command(epilog="Example:  provision explain PV201")
@click.argument("code")
@common
def explain(app: App, code: str) -> int:
    """Say more about a code such as PV201; works offline."""
    from provisioner.report.explain_text import render_explanation

    code = code.strip("[]").upper()
    if code.isascii() and code.isdecimal():
        code = f"PV{code}"
    if not app.words.title(code):
        raise PolicyError(NoSuchCode(found=code))
    app.say(render_explanation(code, app.words, **app.layout))
    return 0
