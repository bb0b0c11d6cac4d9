"""Hand-made plans and a catalogue of their own: the texts under test are not those of the rules."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from provisioner.report.messages import Catalogue, Language

HERE = Path(__file__).parent


def _plans() -> ModuleType:
    name = "report_plans"
    spec = importlib.util.spec_from_file_location(name, HERE / "plans.py")
    assert spec
    assert spec.loader
    module = sys.modules.setdefault(name, importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def plans() -> ModuleType:
    return _plans()


@pytest.fixture(scope="session")
def words() -> Callable[[Language], Catalogue]:
    return lambda language: Catalogue(language, HERE / "catalogue")


@pytest.fixture
def en(words: Callable[[Language], Catalogue]) -> Catalogue:
    return words("en")
