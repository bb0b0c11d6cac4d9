"""What is printed is read by the runner of a CI job, which obeys some lines of it."""

import pytest

from provisioner.cli.context import App


@pytest.mark.parametrize("speak", ["say", "note"])
def test_a_wrapped_text_begins_no_line_as_a_command(
    speak: str, capsys: pytest.CaptureFixture[str]
) -> None:
    getattr(App(), speak)("Company:\n  ::error::x\n::set-output name=a::b\n")
    found = capsys.readouterr()
    lines = (found.out + found.err).splitlines()
    assert len(lines) == 3
    assert not any(line.strip().startswith("::") for line in lines)


def test_json_for_a_program_holds_no_command(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    App().say_bytes(b'{"company": "##[error]x"}\n')
    assert capfdbinary.readouterr().out == b'{"company": "\\u0023#[error]x"}\n'
