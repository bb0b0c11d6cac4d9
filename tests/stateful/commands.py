"""The command as a process of its own, in a workspace that is a copy of the example."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
AT = ("--at", "2026-11-24")


def example(root: Path) -> Path:
    """A fresh workspace: nothing is live yet."""
    root.mkdir(parents=True, exist_ok=True)
    for name in ("provision.yaml", "removals.yaml"):
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(ROOT / "customers", root / "customers")
    return root


def start(root: Path, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "provisioner", *arguments],
        cwd=root,
        env=_environment(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def run(root: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The command, to its end."""
    process = start(root, *arguments, **environment)
    out, err = process.communicate(timeout=600)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    plain = {"PYTHONPATH": path, "PROVISION_LANG": "en", "COLUMNS": "200", "NO_COLOR": "1"}
    return {**os.environ, **plain, **more}


def run_here(root: Path, *arguments: str) -> int:
    """The command in this process: much faster, for what needs no process of its own."""
    from provisioner.cli.group import main

    return main([arguments[0], "-C", str(root), "--lang", "en", *arguments[1:]])
