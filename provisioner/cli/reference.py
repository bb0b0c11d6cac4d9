"""The whole reference, docs/reference/: ``python -m provisioner.cli.reference DIR`` writes it.

Everything comes from the code, and nothing from the terminal or the environment.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from provisioner import errors
from provisioner.apply import run
from provisioner.cli import group
from provisioner.cli.commands import plan
from provisioner.cli.files import write_atomically
from provisioner.manifest.schemas.schema import schemas
from provisioner.report.messages import Catalogue
from provisioner.report.reference import anchor, codes, escaped, fields, page, table

EXIT_CODES: dict[int, tuple[str, str]] = {
    0: ("done", "Nothing to do, or all done. Held steps and questions may still be open."),
    plan.ERROR: (
        "error",
        (
            "Nothing was applied, or a live system could not be read. The finding says what to do. "
            "Also where a question was answered with anything but yes."
        ),
    ),
    plan.CHANGES: ("changes", "Only with `plan --detailed-exitcode`: the plan has steps."),
    plan.BLOCKED: (
        "blocked",
        "An error in what people wrote, or a rule of the operator. None of it took effect.",
    ),
    run.EXIT_NOT_APPROVED: (
        "not approved",
        "The plan is not the approved one. Nothing was changed for the customers named.",
    ),
    run.EXIT_PARTLY: (
        "partly applied",
        "Some steps or customers are done, others not. The output names both.",
    ),
    run.EXIT_LOCKED: ("locked", "Another run is working on the customer. Try again later."),
    group.USAGE: (
        "usage",
        "The command line is wrong: unknown command or option, or a file that cannot be read.",
    ),
    group.INTERRUPTED: (
        "interrupted",
        "Ctrl-C. `apply` says what was done; `apply --resume` finishes it.",
    ),
    group.BROKEN_PIPE: (
        "broken pipe",
        "The program reading the output, such as `head`, has ended.",
    ),
}
"""Exit code → name and meaning."""

COMMON = frozenset({"--root", "--lang", "--color", "--pager", "--quiet", "--verbose", "--help"})
"""Options that every command takes."""


def pages() -> dict[str, str]:
    """Every page by its file name."""
    written, words = schemas(), Catalogue("en")
    files = [
        (
            "customers/RESELLER/CUSTOMER.yaml",
            "One customer. Resellers write it.",
            written["customer.schema.json"],
        ),
        ("provision.yaml", "The workspace. Staff own it.", written["workspace.schema.json"]),
        (
            "removals.yaml",
            "What may be removed. Staff own it; the file may be missing.",
            written["removals.schema.json"],
        ),
        (
            "adoptions.yaml",
            "What may be taken over. Staff own it; the file may be missing.",
            written["adoptions.schema.json"],
        ),
    ]
    return {
        "fields.md": fields(files),
        "codes.md": codes(words, words.codes()),
        "commands.md": page("Commands", *_commands()),
        "exit-codes.md": page("Exit codes", *_exit_codes()),
    }


def commands(
    command: click.Command = group.provision, path: tuple[str, ...] = ("provision",)
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """``command`` and all below it, with their names."""
    yield path, command
    if isinstance(command, click.Group):
        context = _context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from commands(found, (*path, name))


def _context(command: click.Command) -> click.Context:
    """As a call makes it: click keeps the help option that it makes first."""
    return click.Context(command, **group.provision.context_settings)


def examples(command: click.Command) -> list[str]:
    """The command lines of ``Example:`` in its help."""
    found = re.findall(r"(?:^|\n)\s*Examples?:\s*(provision [^\n]*)", command.epilog or "")
    return [re.split(r"\s{2,}", line)[0] for line in found]


def _commands() -> Iterator[str]:
    found = list(commands())
    yield "What `provision COMMAND --help` says. `provision --version` shows the version."
    yield "\n".join(
        f"- [`{' '.join(path)}`](#{anchor(' '.join(path))}): {escaped(_summary(command))}"
        for path, command in found[1:]
    )
    root = found[0][1]
    yield "## Options of every command"
    yield _options(root, common=True)
    for path, command in found[1:]:
        yield from _command(path, command)


def _summary(command: click.Command) -> str:
    return _prose(command.help or "").partition("\n\n")[0]


def _prose(text: str) -> str:
    paragraphs = re.split(r"\n\s*\n", text.replace("\b", "").replace("``", "`").strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _command(path: tuple[str, ...], command: click.Command) -> Iterator[str]:
    yield f"## {' '.join(path)}"
    yield escaped(_prose(command.help or ""))
    yield f"```text\n{' '.join([*path, *_usage(command)])}\n```"
    if options := _options(command, common=False):
        yield options
    if shown := examples(command):
        yield "```sh\n" + "\n".join(shown) + "\n```"


def _usage(command: click.Command) -> Iterator[str]:
    if any(isinstance(p, click.Option) for p in command.params):
        yield "[OPTIONS]"
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            yield _argument(parameter)
    if isinstance(command, click.Group):
        yield "COMMAND"


def _argument(argument: click.Argument) -> str:
    if argument.metavar:
        return argument.metavar
    if isinstance(argument.type, click.Choice):
        name = "|".join(str(choice) for choice in argument.type.choices)
    else:
        name = str(argument.name).upper()
    name = name if argument.required else f"[{name}]"
    return f"{name}..." if argument.nargs != 1 else name


def _options(command: click.Command, *, common: bool) -> str:
    rows = []
    for option in command.get_params(_context(command)):
        if not isinstance(option, click.Option) or option.hidden:
            continue
        if "--version" not in option.opts and common is not COMMON.isdisjoint(option.opts):
            notes = [option.help or ""]
            if option.required:
                notes.append("Required.")
            elif option.show_default and isinstance(option.default, str | int):
                notes.append(f"Default: {option.default}.")
            if option.multiple:
                notes.append("May be repeated.")
            text = escaped(" ".join(note for note in notes if note))
            rows.append((_names(option), text))
    return table(("Option", "Meaning"), rows) if rows else ""


def _names(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if option.is_flag or option.count:
        return names
    if isinstance(option.type, click.Choice):
        return f"{names} " + " \\| ".join(f"`{choice}`" for choice in option.type.choices)
    kind = "NUMBER" if isinstance(option.type, click.types.IntParamType) else option.type.name
    value = option.metavar or " ".join([kind.upper()] * option.nargs)
    return f"{names} {escaped(value)}"


def _exit_codes() -> Iterator[str]:
    yield "How each command ends, for scripts and CI."
    yield table(
        ("Code", "Name", "Meaning"),
        [(str(code), name, meaning) for code, (name, meaning) in EXIT_CODES.items()],
    )
    yield (
        "`apply` and `reconcile` work on many customers. Interrupted comes first; then 5 if "
        "anything was carried out and something else was not; then 6, 4, 1 and 3, in this order. "
        "If all customers that were carried out went well, the code is that of the plan: 3 if a "
        "customer is blocked, 1 if one could not be read."
    )
    yield (
        "A file that an option or an argument names, and that is not there, is a folder, is too "
        "large or cannot be read, is wrong usage (64), with a code. What is wrong *in* a file is "
        "not: that is 3, or 1 where the file is nothing of ours. A customer that nobody knows is "
        "3. `doctor` lists such a file among what it found, and ends with 1."
    )
    yield "## By kind of error"
    yield (
        "Every error has a [code](codes.md) too. These kinds decide on the exit code of a command "
        "that ends with an error:"
    )
    yield table(
        ("Kind", "Exit code", "Meaning"),
        [
            (f"`{kind.__name__}`", str(kind.exit_code), escaped(_summary_of(kind)))
            for kind in _kinds(errors.ProvisionError)
        ],
    )


def _kinds(kind: type[errors.ProvisionError]) -> Iterator[type[errors.ProvisionError]]:
    yield kind
    for below in kind.__subclasses__():
        if below.__module__ in {errors.__name__, "provisioner.manifest.diagnostics"}:
            yield from _kinds(below)


def _summary_of(kind: type) -> str:
    return _prose(kind.__doc__ or "").partition("\n\n")[0]


def write(folder: Path) -> None:
    """All pages to ``folder``; pages that are there and no longer made are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for old in folder.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        write_atomically(folder / name, text.encode())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
