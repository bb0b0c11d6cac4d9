"""One customer's rows, read once and kept true by our own writes.

Every write is compared with what is there.  Asking for each row on its own would cost a dozen calls
for a workplace, so a customer's rows are read together: for one write, or for a run of them.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Self

from provisioner.contract.pbx import PbxState
from provisioner.drivers.asterisk import objects, reading, rows
from provisioner.drivers.asterisk.objects import Fields, Found
from provisioner.drivers.asterisk.storage import Storage
from provisioner.telephony.identity import CustomerId

RELOAD = ("provisioner", "reload")
"""Row that stands from the first AOR's row until Asterisk was told to look at them."""


class Scene:
    """What there is of ``customer``, without routes.  Raises Unavailable."""

    def __init__(self, wire: Storage, customer: CustomerId) -> None:
        self.wire, self.customer = wire, customer
        self._rows = reading.rows_of(wire, customer)
        self._family = rows.family(customer)
        self._extensions = f"{rows.EXT}/{customer}"

    def beside(self, customer: CustomerId) -> Self:
        """Another customer's."""
        return type(self)(self.wire, customer)

    # What is there

    def found(self, name: str) -> Found:
        """A workplace's part."""
        return reading.found_of(name, self._rows)

    def row(self, key: str) -> str | None:
        """A row beside the SIP objects: the tenant's, a login's, a mark, a journal's."""
        return self._rows.prov.get(key)

    @property
    def keys(self) -> list[str]:
        """Of all rows beside the SIP objects."""
        return sorted(self._rows.prov)

    def extension(self, extension: str) -> str | None:
        """The id to which an extension leads."""
        return self._rows.extensions.get(extension)

    def leading_to(self, name: str) -> list[str]:
        """Extensions that lead to an id."""
        return sorted(e for e, to in self._rows.extensions.items() if to == name)

    def state(self, routes: Mapping[str, str]) -> PbxState:
        """All of it as a reader tells it. ``routes`` are the customer's, by national digits."""
        return reading.state_of(self.customer, replace(self._rows, routes=dict(routes)))

    # Writes

    def put_row(self, key: str, value: str) -> None:
        self.wire.put_row(self._family, key, value)
        self._rows.prov[key] = value

    def delete_row(self, key: str) -> None:
        self.wire.delete_row(self._family, key)
        self._rows.prov.pop(key, None)

    def put_extension(self, extension: str, name: str) -> None:
        self.wire.put_row(self._extensions, extension, name)
        self._rows.extensions[extension] = name

    def delete_extension(self, extension: str) -> None:
        self.wire.delete_row(self._extensions, extension)
        self._rows.extensions.pop(extension, None)

    def put_object(self, sort: str, name: str, fields: Fields) -> None:
        """Create or merge."""
        written = self.wire.put_object(sort, name, fields)
        self._keep(sort, name, json.dumps({**self.found_fields(sort, name), **written}))

    def _keep(self, sort: str, name: str, text: str) -> None:
        self._rows.objects[sort, name] = text

    def delete_object(self, sort: str, name: str) -> None:
        self.wire.delete_object(sort, name)
        self._rows.objects.pop((sort, name), None)

    def found_fields(self, sort: str, name: str) -> Fields:
        """An object's fields; empty if there is none."""
        text = self._rows.objects.get((sort, name))
        return {} if text is None else reading.fields_of(sort, name, text)


class AstdbScene(Scene):
    """In astdb an AOR goes as a row.

    Asterisk goes through all endpoints for each AOR that it is told of: 1,000 workplaces would keep
    it busy for minutes.  A row costs nothing, and one reload afterwards looks at all of them.
    """

    reload_noted = False
    """Whether the row stands that has Asterisk told."""

    def put_object(self, sort: str, name: str, fields: Fields) -> None:
        if sort != "aor":
            super().put_object(sort, name, fields)
            return
        self._note_reload()
        merged = {**self.found_fields(sort, name), **fields}
        text = json.dumps(merged, ensure_ascii=False, sort_keys=True)
        self.wire.put_row("ps/aor", name, text)
        self._keep(sort, name, text)

    def _note_reload(self) -> None:
        """Before the first AOR of a run, so that whoever follows a dead one tells Asterisk."""
        if not self.reload_noted:
            self.wire.put_row(*RELOAD, objects.MARK)
            self.reload_noted = True
