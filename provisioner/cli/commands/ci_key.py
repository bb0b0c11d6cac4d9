"""``provision ci key``: what signs the plans that are shown."""

import click

from provisioner.cli.context import App, common
from provisioner.cli.helping import Command


@click.command(
    cls=Command,
    epilog="Example:  provision ci key | gh secret set PROVISION_SIGNING_KEY --env provision-plan",
)
@common
def key(app: App) -> int:
    """Make a signing key: the private part is printed, the public part goes to standard error.

    Pipe the private part into the secret store of your forge: on a terminal it is shown, and no
    file is written. The public part is a line for `review.keys` in provision.yaml. Whoever has the
    private part can pass off plans as shown; the approval of staff is still needed.
    """
    from nacl.signing import SigningKey

    from provisioner.operations.forging import private_line, public_line

    made = SigningKey.generate()
    app.note(app.words.ui("secret.signing") + f"\n{public_line(made)}\n")
    app.say(private_line(made) + "\n")
    return 0
