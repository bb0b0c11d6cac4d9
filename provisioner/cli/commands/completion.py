"""``provision completion``."""

import click

from provisioner.cli.context import App, common
from provisioner.cli.helping import Command

SHELLS = ("bash", "zsh", "fish")


@click.command(cls=Command, epilog="Example:  provision completion bash >> ~/.bashrc")
@click.argument("shell", type=click.Choice(SHELLS))
@common
def completion(app: App, shell: str) -> int:
    """Print the script that lets a shell complete commands.

    It also completes options, customers, port orders and codes. zsh: append it to ~/.zshrc. fish:
    write it to ~/.config/fish/completions/provision.fish. What belongs to the workspace is
    completed from its file names; no live system is asked.
    """
    from provisioner.cli.completing import script
    from provisioner.cli.group import provision

    app.say(script(provision, shell))
    return 0
