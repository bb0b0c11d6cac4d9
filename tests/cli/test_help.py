"""Help: every command has an example; an unknown one gets a proposal."""

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner
from every import every

from provisioner.cli.group import COMMANDS, main, provision
from provisioner.cli.summaries import SUMMARIES


def commands(group: click.Group, way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all commands, groups too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        yield (*way, name)
        if isinstance(found, click.Group):
            yield from commands(found, (*way, name))


ALL = [(), *commands(provision)]
each = every(ALL, " ".join)


def test_all_commands_of_the_issue_are_there() -> None:
    names = {" ".join(way) for way in ALL}
    wanted = set(
        "validate plan show apply reconcile status porting numbers billing schema explain".split()
    )
    wanted |= {f"porting {verb}" for verb in "list show accept reject sync complete cancel".split()}
    assert wanted <= names
    assert set(COMMANDS) <= names


@each
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_has_an_example_that_calls_this_command(way: tuple[str, ...], option: str) -> None:
    shown = CliRunner().invoke(provision, [*way, option], env={"COLUMNS": "100"})
    assert shown.exit_code == 0, shown.exception
    text = " ".join(shown.output.split())
    assert f"Example: provision {' '.join(way)}".rstrip() in text


@each
def test_help_is_readable_in_60_columns(way: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(provision, [*way, "--help"], terminal_width=60)
    assert not [line for line in shown.output.splitlines() if len(line) > 60]


def test_summaries_are_what_the_commands_say() -> None:
    context = click.Context(provision)
    said = {name: provision.get_command(context, name) for name in COMMANDS}
    assert {n: c.get_short_help_str(200) for n, c in said.items() if c} == SUMMARIES


def test_the_list_of_commands_imports_no_planner() -> None:
    code = (
        "import sys; from provisioner.cli.group import main; main(['--help']);"
        "sys.exit(any(m.startswith(('provisioner.plan', 'pydantic')) for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@each
def test_no_summary_of_a_command_is_cut(way: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(provision, [*way, "--help"], terminal_width=80).output
    assert "..." not in shown.partition("Commands:")[2]


@each
def test_help_of_an_option_ends_with_a_full_stop(way: tuple[str, ...]) -> None:
    command: click.Command = provision
    for name in way:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name) or command
    texts = [p.help for p in command.params if isinstance(p, click.Option) and p.help]
    assert not [text for text in texts if not text.endswith((".", "locale."))]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("plam", "plan"), ("aply", "apply"), ("stauts", "status"), ("bililng", "billing")],
)
def test_an_unknown_command_gets_a_proposal(
    typed: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([typed]) == 64
    assert f"Did you mean {meant}?" in capsys.readouterr().err


def test_something_else_entirely_gets_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["xyzzy"]) == 64
    assert "Did you mean" not in capsys.readouterr().err
