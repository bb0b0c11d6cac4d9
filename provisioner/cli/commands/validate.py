"""``provision validate``."""

import click
import orjson

from provisioner.cli.context import App, common


@click.command(epilog="Example:  provision validate customers/limmat-it")
@click.argument("what", nargs=-1, metavar="[CUSTOMER|PATH]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Form of the output.",
)
@common
def validate(app: App, what: tuple[str, ...], form: str) -> int:
    """Check the manifests: all findings at once, with place and remedy.

    Reads no live system and needs no network. Ends with 3 if there is an error. The whole
    repository is read in any case, since numbers and logins must be unique; customers or paths only
    narrow what is shown.
    """
    from provisioner.cli.choosing import chosen_by
    from provisioner.manifest.diagnostics import has_errors
    from provisioner.manifest.repository import load_workspace
    from provisioner.report.diagnostics_json import diagnostics_json

    workspace = load_workspace(app.root)
    found = list(workspace.diagnostics)
    checked = len(workspace.entries) + len(workspace.broken)
    if what:
        everyone = {*workspace.entries, *workspace.broken}
        chosen = {str(c) for c in chosen_by(what, everyone, workspace, app)}
        found = [d for d in found if d.customer in chosen]
        checked = len(chosen)
    if form == "json":
        app.say_bytes(
            orjson.dumps(diagnostics_json(found, app.words), option=orjson.OPT_INDENT_2) + b"\n"
        )
    else:
        app.say(app.diagnostics_text(found))
        if not has_errors(found):
            app.say(app.words.ui("validate.good", count=checked) + "\n")
    return 3 if has_errors(found) else 0
