"""``provision schema``."""

from pathlib import Path

import click

from provisioner.cli.context import App, common
from provisioner.cli.files import make_folder, write_atomically
from provisioner.cli.helping import Command

LISTS = {
    "status": ("Customers", "What provision status tells"),
    "orders": ("Orders", "What provision porting list and show tell"),
    "numbers": ("Pool", "What provision numbers tells"),
    "whose": ("Whose", "What provision whose tells"),
    "due": ("Due", "What provision due tells"),
    "phones": ("Phones", "What provision phones list tells"),
    "phone-files": ("PhoneFiles", "What provision phones write tells"),
    "subscribers": ("Subscribers", "What provision subscribers tells"),
}
"""Of each list the name of its schema, its type and its title."""

WRITTEN = ("customer", "workspace", "removals", "adoptions")
"""What people write: its schemas speak to them in their editor, in four languages."""

TOLD = ("plan", "difference", "summary", "log", "audit", *LISTS)
"""What programs read."""


@click.command(
    cls=Command, epilog="Example:  provision schema customer --lang de > customer.schema.json"
)
@click.argument("name", required=False, type=click.Choice((*WRITTEN, *TOLD)))
@click.option(
    "--out",
    type=click.Path(file_okay=False),
    help="Write all schemas to this folder, in all languages: de, fr and it are folders in it.",
)
@common
def schema(app: App, name: str | None, out: str | None) -> int:
    """Print a JSON Schema (default: customer), or write all of them.

    The schemas are draft-07, which editors read. What people write is explained in the language of
    --lang: customer manifest, workspace configuration, removals, adoptions. What programs read is
    in English: plan file, the difference of two plans, a plan in short, a line of the log, and what
    each list tells as JSON.
    """
    from provisioner.manifest.schemas.schema import rendered, schemas

    if out:
        for file, content in all_schemas().items():
            path = Path(out) / file
            make_folder(path.parent)
            write_atomically(path, rendered(content))
            app.note(f"{path}\n")
        return 0
    found = told() if name in TOLD else schemas(app.words.language)
    wanted = f"{name or 'customer'}.schema.json"
    app.say_bytes(rendered(next(each for file, each in found.items() if Path(file).name == wanted)))
    return 0


def all_schemas() -> dict[str, dict[str, object]]:
    """Every published schema by file name: the same ones, whoever asks."""
    from provisioner.manifest.schemas.fieldtexts import LANGUAGES
    from provisioner.manifest.schemas.schema import schemas

    written = {file: made for each in LANGUAGES for file, made in schemas(each).items()}
    return {**written, **told()}


def told() -> dict[str, dict[str, object]]:
    """The schemas of what programs read, by file name."""
    from provisioner.manifest.schemas.schema import draft7
    from provisioner.plan.comparing import Difference
    from provisioner.plan.model import Plan
    from provisioner.report.audit import Audit
    from provisioner.report.lists import rows
    from provisioner.report.log_line import LogLine
    from provisioner.report.plan.summary import Summary

    plan = draft7(Plan, "Plan file", "plan.schema.json", mode="serialization", nulls=True)
    difference = draft7(
        Difference,
        "What differs between two plans",
        "difference.schema.json",
        mode="serialization",
        nulls=True,
    )
    summary = draft7(
        Summary, "A plan in short", "summary.schema.json", mode="serialization", nulls=True
    )
    log = draft7(LogLine, "A line of the log, --log json", "log.schema.json")
    audit = draft7(Audit, "What provision audit tells", "audit.schema.json", nulls=True)
    return {
        "plan.schema.json": plan,
        "difference.schema.json": difference,
        "summary.schema.json": summary,
        "log.schema.json": log,
        "audit.schema.json": audit,
        **{
            f"{name}.schema.json": draft7(
                getattr(rows, kind), title, f"{name}.schema.json", mode="serialization", nulls=True
            )
            for name, (kind, title) in LISTS.items()
        },
    }
