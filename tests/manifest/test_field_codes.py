"""A wrong value of each kind gets the code of its kind, wherever the kind is used."""

from pathlib import Path

import pytest

from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.loader import load_manifest, load_model

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = (ROOT / "customers/bergnetz-telecom/schmiedeisen.yaml").read_text("utf-8")
CONFIG = (ROOT / "provision.yaml").read_text("utf-8")
KEY = "recipient: age1wjaw2uhtt9e825vae89dtq2dqcgn8luvqhuzla5e6mdte6vy74uqy6cqg7"
URL = "url: 'https://phones.example/'"


def codes(load: object, data: bytes) -> set[str]:
    with pytest.raises(InputError) as refused:
        load(data)  # type: ignore[operator]
    return {each.code for each in refused.value.diagnostics}


@pytest.mark.parametrize(
    ("ours", "theirs", "code"),
    [
        ("CHE-123.456.788", "CHE-123.456.789", "PV113"),
        ("postcode: 8400", "postcode: 80", "PV116"),
        ("extension: 13", "extension: 013", "PV118"),
        ("use: fax", "use: fax\n    phone: {model: snom-d785, mac: 010413A1B2C3}", "PV297"),
        ("use: fax", "use: fax\n    phone: {model: snom-d999, mac: 000413A1B2C3}", "PV104"),
        ('["0525551200", "0525551201"]', '["0525551200", "0990001122"]', "PV203"),
    ],
)
def test_in_a_manifest(ours: str, theirs: str, code: str) -> None:
    assert ours in MANIFEST
    data = MANIFEST.replace(ours, theirs, 1).encode()
    assert code in codes(lambda found: load_manifest(found, "a.yaml"), data)


@pytest.mark.parametrize(
    ("added", "code"),
    [
        ("brakes: {deletes: {count: many}}", "PV105"),
        ("brakes: {deletes: {percent: 101}}", "PV126"),
        ("porting: {lead_days: 0}", "PV125"),
        (f"phones: {{{KEY}, registrar: 'sip:pbx.example', {URL}}}", "PV801"),
        (f"phones: {{{KEY}, registrar: pbx.example:70000, {URL}}}", "PV801"),
        (f"phones: {{{KEY}, registrar: pbx.example, url: 'http://phones.example/'}}", "PV802"),
        (f"phones: {{{KEY}, registrar: pbx.example, url: 'https://a.example/?x'}}", "PV802"),
        (f"phones: {{{KEY}, registrar: pbx.example, url: 'https://a..example/'}}", "PV802"),
        (f"phones: {{{KEY}, registrar: pbx.example, url: 'https://a.example/b/../c'}}", "PV802"),
        (f"phones: {{{KEY}, registrar: pbx.example, url: 'https://[:::::]/'}}", "PV802"),
        (f"phones: {{{KEY}, registrar: '[:::::]', {URL}}}", "PV801"),
        (f"phones: {{recipient: age1abc, registrar: pbx.example, {URL}}}", "PV800"),
        (f"phones: {{{KEY}, registrar: pbx.example, {URL}, transport: sctp}}", "PV104"),
        ("prices: [{valid_from: 2027-01-01, monthly: {number: cheap}}]", "PV114"),
    ],
)
def test_in_the_settings(added: str, code: str) -> None:
    field = added.partition(":")[0]
    kept, skip = [], False
    for line in CONFIG.splitlines():
        if line[:1] not in {" ", "#", ""}:
            skip = line.startswith(f"{field}:")
        if not skip:
            kept.append(line)
    data = "\n".join([*kept, added, ""]).encode()
    assert code in codes(lambda found: load_model(Config, found, "provision.yaml"), data)


def test_a_reseller_called_phones_keeps_its_hand_over() -> None:
    data = f"{CONFIG}\nphones: {{{KEY}, registrar: pbx.example, {URL}}}\n"
    load_model(Config, data.encode(), "provision.yaml")
    named = data.replace("  bergnetz-telecom:", "  phones:", 1)
    assert named != data
    assert codes(lambda found: load_model(Config, found, "x.yaml"), named.encode()) == {"PV803"}
