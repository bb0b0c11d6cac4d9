"""Completion, as the shells ask for it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli.conftest import ROOT, Run, environment

BASH = r"""
provision() { "$PYTHON" -m provisioner "$@"; }
env() { local words=() ; while [[ $1 == *=* ]]; do words+=("$1"); shift; done
  command env "${words[@]}" "$PYTHON" -m provisioner; }
eval "$(provision completion bash)"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_provision_completion provision
printf '%s\n' "${COMPREPLY[@]}"
"""


def complete(workspace: Path, *words: str, cwd: Path | None = None) -> list[str]:
    """What bash gets for the last of ``words``, asked in the way of its script."""
    done = subprocess.run(
        [sys.executable, "-m", "provisioner"],
        cwd=cwd or workspace,
        env=environment(
            _PROVISION_COMPLETE="bash_complete",
            COMP_WORDS="\n".join(words),
            COMP_CWORD=str(len(words) - 1),
        ),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.fixture
def fleet(workspace: Path) -> Path:
    shutil.copytree(ROOT / "customers", workspace / "customers", dirs_exist_ok=True)
    return workspace


def test_commands_and_values(fleet: Path) -> None:
    found = complete(fleet, "provision", "p")
    assert {"plan", "porting"} <= set(found)
    assert all(name.startswith("p") for name in found)
    assert "contract_end" in complete(fleet, "provision", "new", "--when", "")


@pytest.mark.parametrize(
    "command", ["plan", "status", "check", "validate", "apply", "billing 2027-01"]
)
def test_customers(fleet: Path, command: str) -> None:
    assert complete(fleet, "provision", *command.split(), "ve") == ["velo-werk"]


def test_every_customer_where_nothing_is_written_yet(fleet: Path) -> None:
    found = complete(fleet, "provision", "plan", "")
    assert sorted(found) == sorted(p.stem for p in (ROOT / "customers").glob("*/*.yaml"))


def test_filters_of_an_edit(fleet: Path) -> None:
    asked = ["provision", "edit", "--where"]
    assert complete(fleet, *asked, "") == ["reseller=", "customer="]
    assert complete(fleet, *asked, "reseller=l") == ["reseller=limmat-it"]
    assert complete(fleet, *asked, "customer=ve") == ["customer=velo-werk"]
    assert complete(fleet, *asked, "contact.city=B") == []


def test_orders_by_the_names_of_the_ports(fleet: Path) -> None:
    show = ("provision", "porting", "show")
    assert complete(fleet, *show, "treu") == [
        "treuhand-limmat/buero/1",
        "treuhand-limmat/filiale/1",
    ]
    assert complete(fleet, *show, "treuhand-limmat/f") == ["treuhand-limmat/filiale/1"]
    assert complete(fleet, *show, "velo") == []


def test_codes_and_resellers(fleet: Path) -> None:
    assert complete(fleet, "provision", "explain", "pv20")[:2] == ["PV201", "PV202"]
    assert complete(fleet, "provision", "explain", "r1")[:2] == ["R1", "R10"]


@pytest.mark.parametrize("words", [("-C", "DIR", "plan"), ("plan", "-C", "DIR")])
def test_the_folder_of_the_workspace_is_respected(
    fleet: Path, words: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    given = [str(fleet) if word == "DIR" else word for word in words]
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert complete(fleet, "provision", *given, "ve", cwd=elsewhere) == ["velo-werk"]
    assert complete(fleet, "provision", "plan", "ve", cwd=elsewhere) == []


def test_no_live_system_and_no_manifest_is_read(fleet: Path) -> None:
    (fleet / "provision.yaml").write_text("nonsense: [")
    (fleet / "customers/limmat-it/velo-werk.yaml").write_bytes(b"\xff\xfe")
    assert complete(fleet, "provision", "plan", "velo") == ["velo-werk"]
    assert complete(fleet, "provision", "porting", "show", "velo") == []
    assert not (fleet / "state").exists()


def test_it_imports_no_driver(fleet: Path) -> None:
    code = (
        "import sys; from provisioner.cli.group import main; main([]);"
        "print(sorted({'sqlalchemy', 'phonenumbers', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=fleet,
        env=environment(
            _PROVISION_COMPLETE="bash_complete", COMP_WORDS="provision plan ve", COMP_CWORD="2"
        ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["plain,velo-werk", "[]"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_good_for_the_shell(run: Run, workspace: Path, shell: str) -> None:
    done = run(f"completion {shell}")
    assert done.returncode == 0
    assert b"_PROVISION_COMPLETE" in done.stdout
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell} on this machine")
    script = workspace / "script"
    script.write_bytes(done.stdout)
    subprocess.run([shell, "-n", script], check=True, timeout=300)


def test_real_bash_completes(fleet: Path) -> None:
    done = subprocess.run(
        ["bash", "--norc", "-c", BASH, "bash", "provision", "plan", "ve"],
        cwd=fleet,
        env=environment(PYTHON=sys.executable),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.stdout.split() == ["velo-werk"], done.stderr


@pytest.mark.parametrize("instruction", ["tcsh_complete", "bash", "bash_steal", "1"])
def test_what_no_shell_asks_is_refused_quietly(workspace: Path, instruction: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "provisioner"],
        cwd=workspace,
        env=environment(_PROVISION_COMPLETE=instruction),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
