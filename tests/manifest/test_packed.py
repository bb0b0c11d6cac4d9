"""A manifest that was put into bytes is the same when it is taken out."""

from pathlib import Path

import pytest

from provisioner.manifest.loader import load_manifest
from provisioner.manifest.packed import Packed
from provisioner.manifest.rules import claims_of, logins_of

ROOT = Path(__file__).parents[2]
WHERE = ("tests/cases/bases/*.yaml", "customers/*/*.yaml")
FILES = sorted(path for pattern in WHERE for path in ROOT.glob(pattern))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_comes_out_is_what_went_in(path: Path) -> None:
    manifest = load_manifest(path.read_bytes(), path.name).value
    packed = Packed.of(manifest)
    assert packed.manifest == manifest
    assert packed.manifest.digest() == manifest.digest()
    assert packed.numbers == [digits for digits, _ in claims_of(manifest)]
    assert packed.logins == [login for _, login in logins_of(manifest)]
    assert manifest.contact.email not in repr(packed)
