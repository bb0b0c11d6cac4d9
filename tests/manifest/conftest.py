"""One whole manifest with every feature; tests change a line of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

WHOLE = """\
# yaml-language-server: $schema=../../schemas/customer.schema.json
version: 1
contact:
  company: Schmiedeisen AG
  uid: CHE-107.787.577
  street: Hammerweg 12
  postcode: 8400
  city: Winterthur
  person: Petra Huber
  email: rechnung@schmiedeisen.example
  phone: 0525550100
subscription:
  billing_from: 2027-01-01
  activate_from: 2026-12-10
numbers:
  - {id: zentrale, area: 052}
  - {id: ddi, area: 052, block: 100}
porting:
  - id: haupt
    provider: Swisscom
    scope: partial
    internet_on_contract: true
    schedule: {when: date, date: 2027-03-01, time: "09:00"}
    signature: {authority: collective, signatories: [Petra Huber, Hans Huber]}
    numbers: [0525551200, 0525551201]
    blocks: [05255520]
workplaces:
  - login: petra.huber
    name: Petra Huber
    license: phones+apps
    use: desk
    number: 0525552011
    extension: 21
    password: {generate: true}
  - login: fax
    license: phones
    use: fax
    number: {stock: ddi, line: 11}
support_login: {login: muster.support, password: {generate: true}}
"""

CONFIG = """\
version: 1
pbx: {driver: local, path: pbx.db}
desk: {driver: sql, url: "sqlite:///desk.db"}
numbers:
  stock: [0445001]
  provisional: [0445002]
porting: {canton: ZH}
resellers:
  muster: {name: Muster Telecom GmbH}
  andere: {name: Andere AG}
"""


@pytest.fixture
def whole() -> str:
    return WHOLE


@pytest.fixture
def edited() -> Callable[..., bytes]:
    """The whole manifest with (old, new) texts exchanged; each old text must be there."""

    def edit(*changes: tuple[str, str]) -> bytes:
        text = WHOLE
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        return text.encode()

    return edit


@pytest.fixture
def workspace(tmp_path: Path) -> Callable[..., Path]:
    """A workspace with the given files below it."""

    def make(files: dict[str, str | bytes], config: str = CONFIG) -> Path:
        (tmp_path / "customers").mkdir(exist_ok=True)
        (tmp_path / "provision.yaml").write_text(config)
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return make
