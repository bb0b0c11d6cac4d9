"""The example workspace, open in a real yaml-language-server."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from editor.lsp import Server

from provisioner.cli.commands.schema import all_schemas
from provisioner.manifest.schemas.schema import rendered

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def program() -> Path:
    done = subprocess.run(
        [ROOT / "scripts/yaml-language-server"], capture_output=True, text=True, check=False
    )
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def server(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("editor")
    shutil.copytree(ROOT / "customers", folder / "customers")
    for name, schema in all_schemas().items():  # as the code makes them now
        path = folder / "schemas" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rendered(schema))
    found = Server(program, folder)
    yield found
    found.close()
