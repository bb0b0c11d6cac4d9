"""Whether the operator's pools could ever give what a manifest asks for.  Pure.

How much of them is free only the desk knows; here stands what no free number helps: an area
without stock, a block that no range can hold.  A number that the desk has given out already needs
none of it any more, which the plan knows and a file does not.
"""

from collections.abc import Collection, Iterator

from provisioner.codes import Code
from provisioner.codes.porting import NoProvisionalNumber
from provisioner.codes.telephony import NoStockBlockOfThisSize, NoStockInThisArea
from provisioner.manifest.config import Config
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.models import Manifest, Porting
from provisioner.telephony.numbers import BLOCK_SIZES, DdiBlock, Numbers

CODES: tuple[type[Code], ...] = (NoStockInThisArea, NoStockBlockOfThisSize, NoProvisionalNumber)
"""What is said here: no error where the desk has given the number out already."""


def check(manifest: Manifest, config: Config, *, customer: str) -> Iterator[Diagnostic]:
    """New numbers and provisional ones that no pool can give, at their entries."""
    pools = config.numbers
    for at, new in enumerate(manifest.numbers):
        if new.area is None:
            continue
        largest = pools.largest.get(new.area)
        if largest is None:
            known = ", ".join(sorted(pools.largest))
            no_stock = NoStockInThisArea(area=new.area, known=known)
            yield Diagnostic.of(no_stock, customer, path=("numbers", at, "area"))
        elif new.size > largest:
            too_large = NoStockBlockOfThisSize(area=new.area, size=new.size, largest=largest)
            yield Diagnostic.of(too_large, customer, path=("numbers", at, "block"))
    standing_in = max((block.size for block in pools.provisional), default=0)
    for at, entry in enumerate(manifest.porting):
        yield from _standing_in(entry, standing_in, at, customer)


def _standing_in(entry: Porting, largest: int, at: int, customer: str) -> Iterator[Diagnostic]:
    """Once for each size: ten numbers of a port lack one and the same thing."""
    said: set[int] = set()
    lists: dict[str, Collection[Numbers]] = {"numbers": entry.numbers, "blocks": entry.blocks}
    for name, items in lists.items():
        for n, item in enumerate(items):
            size = item.size if isinstance(item, DdiBlock) else 1
            if size <= largest or size in said:
                continue
            said.add(size)
            about = NoProvisionalNumber(found=str(item), size=max(size, min(BLOCK_SIZES.values())))
            yield Diagnostic.of(about, customer, path=("porting", at, name, n))
