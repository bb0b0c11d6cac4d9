"""``provision plan merge``."""

import click

from provisioner.cli.commands.plan import (
    PLAN_KIB,
    acknowledge_option,
    all_option,
    exit_code,
    format_option,
    print_plan,
    write_plan,
)
from provisioner.cli.context import App, common
from provisioner.cli.files import read
from provisioner.cli.helping import Command


@click.command(
    cls=Command, epilog="Example:  provision plan merge part-1.json part-2.json --out plan.json"
)
@click.argument("part", nargs=-1, required=True, metavar="PART...", type=click.Path())
@click.option("--out", type=click.Path(dir_okay=False), help="Also write the plan as JSON.")
@click.option("--detailed-exitcode", is_flag=True, help="End with 2 if there are changes.")
@format_option
@all_option
@acknowledge_option
@common
def plan_merge(
    app: App,
    part: tuple[str, ...],
    out: str | None,
    detailed_exitcode: bool,
    form: str,
    show_all: bool,
    acknowledge: tuple[str, ...],
) -> int:
    """Join the parts that `plan --shard` wrote into one plan.

    It is the plan that one machine would have made, and brakes are judged over all parts. A part
    that is missing, there twice or of another plan is refused. Exit codes: as plan.
    """
    from provisioner.operations.sharding import merge  # loads what planning needs
    from provisioner.report.plan.json import load_part

    made = merge(app.root, [load_part(read(name, PLAN_KIB), name) for name in part], acknowledge)
    if out:
        write_plan(out, made)
    print_plan(app, made, form, show_all=show_all)
    return exit_code(made, detailed=detailed_exitcode)
