"""Help in every language: whole, the same things said of the same things, and 80 columns wide."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from report.texts import OTHERS

from provisioner.cli.completing import codes
from provisioner.cli.group import main, provision
from provisioner.cli.helping import Texts, key_of
from provisioner.cli.reference import commands
from provisioner.cli.translations import helped, toml
from provisioner.report.messages import Catalogue, Language

ALL = {" ".join(path[1:]) or path[0]: command for path, command in commands()}
AS_TYPED = re.compile(
    r"(?<![\w-])--?[a-z][a-z-]*|\d+|\b[A-Z]+_[A-Z_]+\b|(?<![\w/])[a-z~.][\w~/.]*\.[a-z]{2,}\b|`[^`]*`"
)
"""Options, numbers, variables, names of files and code."""
SAME = set(
    "AREA CODE CRON FILE HOST ID LOGIN N K MM REV TEXT UID URL NAME PORT DATE OPTIONS".split()
)
"""Words for a value that some language has as in English."""


def parameters(way: str) -> list[click.Parameter]:
    command = ALL[way]
    return command.get_params(click.Context(command, **provision.context_settings))


def options() -> Iterator[tuple[str, click.Option]]:
    for way in ALL:
        for parameter in parameters(way):
            if isinstance(parameter, click.Option):
                yield way, parameter


@pytest.mark.parametrize("language", OTHERS)
def test_every_command_and_option_has_a_text_and_no_text_is_left_over(language: Language) -> None:
    assert list(helped(language)) == list(helped("en"))
    file = toml(language, "help")
    assert list(file) == ["word", "value", "option", "command"]
    assert set(file["command"]) == set(ALL)
    names = {name for way in ALL for name in map(key_of, of_options(way))}
    assert set(file["option"]) <= names
    for way, table in file["command"].items():
        below = {way, *(each for each in ALL if each.startswith(f"{way} "))}
        own = {key_of(option) for each in below for option in of_options(each)}
        assert set(table) - own <= {"text", "epilog"}, way


def of_options(way: str) -> list[click.Option]:
    return [each for each in parameters(way) if isinstance(each, click.Option)]


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_one_sentence_in_english_is_one_in_every_language(language: Language) -> None:
    """And what are two are two: an option that says something else somewhere has a text there."""
    english, other = helped("en"), helped(language)
    pairs = {(english[key], other[key]) for key in english}
    assert len(pairs) == len({one for one, _ in pairs}) == len({two for _, two in pairs})


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_typed_is_the_same_in_every_language(language: Language) -> None:
    english, other = helped("en"), helped(language)
    texts = [(key, english[key], other[key]) for key in english]
    epilogs = Texts(Catalogue(language))
    for way, command in ALL.items():
        if said := epilogs.command(way, "epilog"):
            texts.append((way, command.epilog or "", said))
    assert [
        (key, lost)
        for key, one, two in texts
        if (lost := {*AS_TYPED.findall(one)} ^ {*AS_TYPED.findall(two)} - {"`*`", "`?`"})
    ] == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_for_a_value_is_known(language: Language) -> None:
    shown = {
        word
        for way, command in ALL.items()
        for parameter in parameters(way)
        if not (isinstance(parameter, click.Option) and parameter.is_flag)
        for word in re.findall(r"[A-Z]+(?: RANGE)?", parameter.make_metavar(click.Context(command)))
    }
    shown |= set("OPTIONS COMMAND ARGS CHOICE".split())
    known = set(toml(language, "help")["value"])
    assert shown - SAME <= known <= shown
    assert all(value == value.upper() for value in toml(language, "help")["value"].values())


@pytest.mark.parametrize("language", OTHERS)
def test_help_is_in_the_readers_language_and_80_columns_wide(
    language: Language, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PROVISION_LANG", language)
    words = toml(language, "help")["word"]
    english = {each for each in words if words[each] != each} - {"required"}
    for way, command in ALL.items():
        assert main([*way.removeprefix("provision").split(), "--help"]) == 0
        shown = capsys.readouterr().out
        assert f"{words['Usage']}: provision" in shown
        assert command.epilog is None or words["Example:"] in shown
        assert not [each for each in english if re.search(rf"\b{each}", shown)], way
        assert not [line for line in shown.splitlines() if len(line) > 80], way


def test_a_shell_completes_with_words_of_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "de_CH.UTF-8")
    for name in ("PROVISION_LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    context = click.Context(provision, info_name="provision")
    found = {each.value: each.help for each in provision.shell_complete(context, "")}
    assert found["plan"] == "Zeigt, was sich auf den Systemen ändern muss."
    found = {each.value: each.help for each in provision.shell_complete(context, "--")}
    assert found["--color"] == "Farbe; NO_COLOR wird beachtet."
    assert {each.value: each.help for each in codes(Path(), "PV901")} == {
        "PV901": "Interner Fehler"
    }
