"""Wrong usage ends with 64, and says in the reader's language what is wrong and what would fit."""

import ast
import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

import provisioner
from provisioner.cli.group import main
from provisioner.cli.translations import ui
from provisioner.report.messages import LANGUAGES

SOURCES = sorted(Path(provisioner.__file__).parent.rglob("*.py"))
LINES = """
plam
plan --nonsens
plan --formt json
plan --at 2027-02-30
plan --at
plan --timeline --format json
plan --timeline --summary
plan --against plan.json --format junit
plan --shard 9 --out p.json
plan --shard 1/2
plan --changed-since HEAD velo-werk
plan merge
porting lst
porting accept
--lang
--color=read plan
-C nowhere plan
-C {file} plan
billing
billing 2027-03 --format jsn
schema cstomer
due --days 367
due --days x
worker --heartbeat 61
ci plan
ci plan --mr 0
ci check --rev HEAD --base HEAD --widget w
numbers --list=3
numbers --state fre
status velo-werk --number 1
status --number 052
status velo-werk schmiedeisen
status a b c
audit --since 2027-02-01 --until 2027-01-01
porting list --from 2027-02-01 --to 2027-01-01
porting show --who
porting accept a/b/1 --why=
fmt - --check
fmt - velo-werk
validate --watch --fix
edit
edit --unset a
edit --where a=b --unset a --dry-run --yes
poa velo-werk --signed f
poa velo-werk --on 2027-01-01
import --foreign
check velo-werk --identity {file}
apply --queue
apply --approved-on 2027-01-01
apply --at 2027-01-01 --approved p.json --approved-on 2027-01-02
reconcile --due velo-werk
desk move
ci drift --reseller limmat-it
asterisk config {folder} --rtp 3
asterisk config {folder} --rtp 3 65536
asterisk config {folder} --carrier /
asterisk config {folder} --user X
asterisk config {folder} --only x.conf
asterisk config {file}
asterisk config {folder} --sip none
asterisk config {folder} --https 192.0.2.10
asterisk config {folder} --tls 192.0.2.10:5061 --certificate pbx.crt
asterisk config {folder} --certificate pbx.crt --key pbx.key
asterisk config {folder} --carrier-sip 192.0.2.10:5060
asterisk config {folder} --https 192.0.2.10:8088 --certificate pbx.crt --key pbx.key
asterisk config {folder} --tls 192.0.2.10:5061 --certificate a;b --key pbx.key
secret open nothing --sheet pdf -i nothing
secret open nothing --replace -i nothing
""".strip().splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mistake_is_told_with_what_would_fit(
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PROVISION_LANG", language)
    Path("file").touch()
    Path("folder").mkdir()
    told = []
    for line in LINES:
        code = main(line.format(file="file", folder="folder").split())
        out, err = capsys.readouterr()
        assert (code, out) == (64, ""), line
        told.append(f"$ provision {line}\n{err}")
        assert not [each for each in err.splitlines() if len(each) > 80], line
    assert "\n".join(told) == snapshot


@pytest.mark.parametrize("line", ["--lang fr plam", "plam --lang fr", "plan --lang=fr --no"])
def test_the_language_counts_wherever_it_stands(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROVISION_LANG", "it")
    assert main(line.split()) == 64
    assert "\nerreur: Il n’y a pas " in capsys.readouterr().err


def test_no_usage_error_is_raised_in_english() -> None:
    """Click's own classes take a text, ours a key of the catalogue."""
    own, raised, keys = set(vars_of_click()), [], set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            if name in own or name in {"self.fail", "ctx.fail", "context.fail"}:
                raised.append(f"{path.name}:{node.lineno} {name}")
            if name in {"WrongUsage", "WrongValue"}:
                keys.add(ast.literal_eval(node.args[0]))
    assert raised == []
    known = {re.sub(r"\.(one|other)$", "", key) for key in ui("en")}
    assert len(keys) > 20
    assert keys <= known


def vars_of_click() -> list[str]:
    """``click.UsageError`` and all below it, as they are written."""
    import click

    found = [n for n, each in vars(click).items() if isinstance(each, type)]
    return [f"click.{n}" for n in found if issubclass(getattr(click, n), click.ClickException)]
