"""A manifest that was put into bytes is the same when it is taken out."""

from pathlib import Path

import pytest

from provisioner.manifest.loader import load_manifest
from provisioner.manifest.packed import Packed
from provisioner.manifest.rules import claims_of, logins_of
from provisioner.plan.edits import edits, means_the_same

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


def test_another_order_is_no_edit() -> None:
    """A release has its workplaces sorted, and its writer has not."""
    path = ROOT / "customers/bergnetz-telecom/schmiedeisen.yaml"
    manifest = load_manifest(path.read_bytes(), path.name).value
    turned = manifest.model_copy(update={"workplaces": manifest.workplaces[::-1]})
    fewer = manifest.model_copy(update={"workplaces": manifest.workplaces[1:]})
    assert turned != manifest
    assert means_the_same(manifest, turned)
    assert not means_the_same(manifest, fewer)
    assert [edit.after for edit in edits(manifest, fewer)] == [None]
