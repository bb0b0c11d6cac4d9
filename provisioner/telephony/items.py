"""What is billed (R13)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class ItemKind(StrEnum):
    """In the order in which a bill lists them."""

    SETUP = "setup"
    SUBSCRIPTION = "subscription"
    WORKPLACE = "workplace"
    STOCK = "stock"
    NUMBER = "number"
    PORT = "port"


_KINDS = {str(kind): kind for kind in ItemKind}


@dataclass(frozen=True, slots=True)
class Item:
    """``name``: a login, an id of the stock, digits of a ported number, or the key of a port order;
    empty for what a customer has once.  Spelled ``KIND`` or ``KIND/NAME``."""

    kind: ItemKind
    name: str = ""

    def __str__(self) -> str:
        # a sum of texts: formatting an enumeration costs three times as much
        return self.kind + "/" + self.name if self.name else str(self.kind)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError for a text that spells none."""
        kind, slash, name = text.partition("/")
        if bool(slash) is not bool(name):
            raise ValueError(text)
        if kind not in _KINDS:
            raise ValueError(text)
        return cls(_KINDS[kind], name)
