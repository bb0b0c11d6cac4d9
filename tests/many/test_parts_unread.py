"""A phone of a customer that could not be read, planned for in another part than who wants it."""

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from by_parts import in_parts
from harness import World

from provisioner.manifest.diagnostics import InputError
from provisioner.operations.sharding import merge

DAY = date(2026, 12, 2)
PHONE = {"model": "snom-d785", "mac": "000413A1B2C3"}
CASE = {
    "config": {
        "phones": {
            "recipient": "age1wjaw2uhtt9e825vae89dtq2dqcgn8luvqhuzla5e6mdte6vy74uqy6cqg7",
            "registrar": "sip.muster.example",
            "url": "https://phones.muster.example/",
        }
    },
    "manifests": {
        "muster/cafe": {"base": "cafe", "set": {"workplaces.0.phone": PHONE}},
        "andere/smithy": {
            "base": "smithy",
            "set": {"subscription.activate_from": "2026-12-01"},
        },
    },
}


def test_a_phone_of_a_customer_that_cannot_be_read_is_not_taken_in_another_part(
    tmp_path: Path,
) -> None:
    with closing(World(tmp_path, CASE)) as world:
        world.happen("2026-12-01", "apply")
        world.happen("2026-12-02", {"edit": {"unset": ["workplaces.0.phone"]}, "of": "muster/cafe"})
        taking = {"set": {"workplaces.0.phone": PHONE}}
        world.happen("2026-12-02", {"edit": taking, "of": "andere/smithy"})
        spoilt = {"fields": {"license": "premium"}, "of": "cafe"}
        world.happen("2026-12-02", {"by_hand": "set workplace bar.cafe", **spoilt})
        parts = in_parts(world, DAY)
        mine = [{c.customer for c in part.customers} for part in parts]
        assert {"cafe", "smithy"} not in mine, "both in one part prove nothing"
        with pytest.raises(InputError) as refused:
            merge(world.root, parts)
    assert [(d.code, d.customer) for d in refused.value.diagnostics] == [("PV809", "smithy")]
