"""``provision schema``."""

from pathlib import Path

import click

from provisioner.cli.context import App, common
from provisioner.cli.files import make_folder, write_atomically

LISTS = {
    "status": ("Customers", "What provision status tells"),
    "orders": ("Orders", "What provision porting list and show tell"),
    "numbers": ("Pool", "What provision numbers tells"),
    "whose": ("Whose", "What provision whose tells"),
    "due": ("Due", "What provision due tells"),
}
"""Of each list the name of its schema, its type and its title."""

NAMES = (*"customer workspace removals adoptions plan difference summary log audit".split(), *LISTS)


@click.command(epilog="Example:  provision schema customer > customer.schema.json")
@click.argument("name", required=False, type=click.Choice(NAMES))
@click.option("--out", type=click.Path(file_okay=False), help="Write all schemas to this folder.")
@common
def schema(app: App, name: str | None, out: str | None) -> int:
    """Print a JSON Schema (default: customer), or write all of them.

    The schemas are draft-07, which editors read: customer manifest, workspace configuration,
    removals, adoptions, plan file, the difference of two plans, a plan in short, a line of the log,
    and what each list tells as JSON.
    """
    from provisioner.manifest.schemas.schema import rendered

    made = all_schemas()
    if out:
        make_folder(Path(out))
        for file, content in made.items():
            write_atomically(Path(out) / file, rendered(content))
            app.note(f"{Path(out) / file}\n")
        return 0
    app.say_bytes(rendered(made[f"{name or 'customer'}.schema.json"]))
    return 0


def all_schemas() -> dict[str, dict[str, object]]:
    """Every published schema by file name."""
    from provisioner.manifest.schemas.schema import draft7, schemas
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
        **schemas(),
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
