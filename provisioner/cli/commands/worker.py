"""``provision worker``: one of several processes that carry out jobs from a queue."""

import click

from provisioner import extras
from provisioner.cli.context import App, common
from provisioner.cli.files import read_identity
from provisioner.cli.helping import Command
from provisioner.cli.usage import WrongValue
from provisioner.codes.many import QueuePackageMissing
from provisioner.errors import Unavailable

EVERY_HOUR = "7 * * * *"


@click.command(cls=Command, epilog="Example:  provision worker --identity apply.key")
@click.option("--set-up", is_flag=True, help="Create the queue's tables and end.")
@click.option("--once", is_flag=True, help="End as soon as there is nothing to do.")
@click.option(
    "--due",
    "cron",
    metavar="CRON",
    default=EVERY_HOUR,
    show_default=True,
    help="When to look for customers on whom something happens by itself.",
)
@click.option(
    "--heartbeat",
    type=click.FloatRange(min=0.5, max=60),
    default=10,
    show_default=True,
    help="Seconds between two signs of life; after three the worker counts as dead.",
)
@click.option(
    "--identity",
    "identities",
    multiple=True,
    metavar="FILE",
    type=click.Path(),
    help="File with a private key that opens sealed passwords (age or ssh).",
)
@common
def worker(
    app: App, set_up: bool, once: bool, cron: str, heartbeat: float, identities: tuple[str, ...]
) -> int:
    """Carry out jobs of `apply --queue`, and what a day or a port brings.

    Any number of workers can run, anywhere, on the same commit; the desk has to be on PostgreSQL.
    A worker that dies loses nothing: another one takes its job over.
    """
    from provisioner.operations import Runner, crew, open_workspace  # a worker alone needs it

    with open_workspace(app.root) as opened:
        _, connection = crew.crew_desk(opened.desk)
    try:
        from provisioner.cli import crewing  # of the extra
    except ImportError:
        missing = QueuePackageMissing(command=extras.command("queue"), package="procrastinate")
        raise Unavailable(missing) from None
    if not crewing.is_cron(cron):
        raise WrongValue("usage.cron", cron, "--due")
    if set_up:
        made = crewing.set_up(connection)
        app.say(app.words.ui("many.made" if made else "many.there") + "\n")
        return 0
    runner = Runner(
        who=app.who(), clock=app.now, identities=[read_identity(name) for name in identities]
    )
    crewing.Worker(app, connection, runner, cron, heartbeat).run(wait=not once)
    return 0
