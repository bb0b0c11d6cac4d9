"""Nearly valid manifests, configurations and removals: a coded error or success."""

from pathlib import Path
from typing import Any

import pytest
from fuzz.judge import check_findings, codes_of
from fuzz.seeds import seeded
from fuzz.shapes import EXAMPLES, PROFILE, ROOT, nearly, parsed, written
from hypothesis import given
from hypothesis import seed as with_seed

from provisioner.manifest.config import Config
from provisioner.manifest.crosscheck import crosscheck
from provisioner.manifest.entry import Entry
from provisioner.manifest.loader import load_manifest, load_model
from provisioner.manifest.packed import Packed
from provisioner.manifest.removals import Removals
from provisioner.manifest.repository import load_config
from provisioner.manifest.rules import check
from provisioner.operations.load import open_desk, open_pbx
from provisioner.telephony.calendar import WorkCalendar
from provisioner.telephony.identity import CustomerId

CONFIG = load_config(ROOT)
DAYS = WorkCalendar("ZH")


def manifest_and_rules(data: bytes) -> None:
    """Form, rules of one manifest, and what it claims together with the operator's pools."""
    loaded = load_manifest(data, "customers/limmat-it/fuzz.yaml")
    customer = CustomerId("fuzz")
    entry = Entry(
        customer, "limmat-it", loaded.document.file, Packed.of(loaded.value), loaded.document
    )
    found = [
        *check(loaded.value, days=DAYS, customer="fuzz"),
        *crosscheck({customer: entry}, CONFIG),
    ]
    check_findings([f if f.place else entry.locate(f) for f in found])
    assert load_again(loaded.value.canonical()) == loaded.value.digest()


def load_again(canonical: bytes) -> str:
    """A manifest that was accepted is accepted again from its canonical form."""
    from provisioner.manifest.models import Manifest

    return Manifest.model_validate_json(canonical).digest()


@seeded
def test_nearly_valid_manifests(seed: int) -> None:
    documents = [parsed(path) for path in EXAMPLES]

    @with_seed(seed)
    @PROFILE
    @given(written(nearly(documents)))
    def holds(data: bytes) -> None:
        codes_of(lambda: manifest_and_rules(data))

    holds()


@seeded
def test_nearly_valid_configurations_up_to_the_opening_of_drivers(
    seed: int, tmp_path: Path
) -> None:
    def opened(data: bytes) -> None:
        config = load_model(Config, data, "provision.yaml").value
        open_pbx(config, tmp_path).close()
        open_desk(config, tmp_path).close()

    @with_seed(seed)
    @PROFILE
    @given(written(nearly([parsed(ROOT / "provision.yaml")])))
    def holds(data: bytes) -> None:
        codes_of(lambda: opened(data))

    holds()
    assert not list(tmp_path.iterdir()), "opening a driver writes nothing"


@seeded
def test_nearly_valid_removals(seed: int) -> None:
    @with_seed(seed)
    @PROFILE
    @given(written(nearly([parsed(ROOT / "removals.yaml")])))
    def holds(data: bytes) -> None:
        codes_of(lambda: load_model(Removals, data, "removals.yaml"))

    holds()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_judge_lets_good_manifests_pass(path: Path) -> None:
    assert codes_of(lambda: manifest_and_rules(path.read_bytes())) == frozenset()


def test_the_judge_refuses_what_it_must() -> None:
    def fails(error: Exception) -> Any:
        raise error

    from provisioner.codes import Fault
    from provisioner.errors import ProvisionError

    class Invented(Fault, code="PV999"):
        pass

    with pytest.raises(ZeroDivisionError):
        codes_of(lambda: fails(ZeroDivisionError()))
    with pytest.raises(AssertionError, match="PV999"):
        codes_of(lambda: fails(ProvisionError(Invented())))
