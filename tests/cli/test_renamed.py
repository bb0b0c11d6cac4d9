"""R15: planning for one customer alone must not hide what is live at the others."""

from pathlib import Path

from cli.conftest import DAY, Run

BLOCKED = 3


def test_a_renamed_manifest_planned_alone_is_blocked(run: Run, workspace: Path) -> None:
    assert run(f"apply --at {DAY} --auto-approve").returncode == 0
    folder = workspace / "customers/limmat-it"
    (folder / "velo-werk.yaml").rename(folder / "velo-neu.yaml")
    done = run(f"plan velo-neu --at {DAY}")
    assert (done.returncode, b"PV455" in done.stdout) == (BLOCKED, True), done.stdout
