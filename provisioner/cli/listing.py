"""What commands that list have in common: the form of the output, and filters."""

from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from provisioner.cli.context import App, Day, F
from provisioner.cli.usage import WrongUsage, WrongValue
from provisioner.codes.policy import UnknownReseller
from provisioner.errors import PolicyError
from provisioner.spelling import nearest
from provisioner.telephony.numbers import blocks_meant, number_meant
from provisioner.telephony.pools import overlap

if TYPE_CHECKING:
    from provisioner.report.lists.rows import Row

TABLE, JSON, CSV = "table", "json", "csv"
FROM_TO = "--from", "--to"


class Number(click.ParamType[str]):
    """A number or block in any spelling, as digits: ``0525551234``, ``05255520``."""

    name = "number"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002 - click's signature
        ctx: click.Context | None,  # noqa: ARG002 - click's signature
    ) -> str:
        return number_asked(value)


def number_asked(value: str, name: str = "") -> str:
    """Its digits; raises WrongValue, of the argument ``name``, where it is no number or block."""
    digits = _digits(value)
    if not digits:
        raise WrongValue("usage.phone", value, name)
    return digits


def _digits(text: str) -> str:
    """Of one number or block; empty if it is none."""
    blocks = blocks_meant(text)
    return number_meant(text) or (blocks[0] if len(blocks) == 1 else "")


def is_number(text: str) -> bool:
    """Whether it is one number or block, in any spelling."""
    return bool(_digits(text))


def form_option(*forms: str) -> Callable[[F], F]:
    """``--format``: the first of ``forms`` if it is not given."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default=forms[0],
        help="Output format; CSV opens in a spreadsheet." if CSV in forms else "Output format.",
    )


reseller_option = click.option(
    "--reseller", metavar="NAME", help="Only customers of this reseller."
)
number_option = click.option(
    "--number",
    type=Number(),
    metavar="NUMBER",
    help="Only what has this number or block, or a part of it.",
)
from_option = click.option("--from", "first", type=Day(), metavar="DATE", help="First day.")
to_option = click.option("--to", "last", type=Day(), metavar="DATE", help="Last day.")


def known_reseller(name: str | None, known: Collection[str]) -> None:
    """Raises PolicyError PV403 for a reseller that is not in provision.yaml."""
    if name is not None and name not in known:
        shown = ", ".join(sorted(known)) or "-"
        raise PolicyError(UnknownReseller(reseller=name, known=shown, near=nearest(name, known)))


def tell(
    app: App,
    form: str,
    kind: "type[Row]",
    rows: "Iterable[Row]",
    *,
    whole: "Callable[[tuple[Any, ...]], Row]",
    table: Callable[..., str],
    among: int = 0,
) -> None:
    """``rows`` of a ``kind`` in the form that was asked for.

    ``whole`` makes of them what a program gets, ``table`` writes what people read.  ``among``: how
    many there are without filters, which is told where these leave nothing.
    """
    from provisioner.report.lists.formats import rows_csv, rows_json  # only where a list is told

    listed = tuple(rows)
    none_fits = among > 0 and not listed
    if none_fits:
        app.note(app.words.ui("status_view.none_fits", count=among) + "\n")
    if form == JSON:
        app.say_bytes(rows_json(whole(listed)))
    elif form == CSV:
        app.say(rows_csv(kind, listed))
    elif not none_fits:
        app.show(table(app.words, **app.layout))


def in_turn(first: date | None, last: date | None, names: tuple[str, str] = FROM_TO) -> None:
    """Raises WrongUsage for a span that ends before it begins."""
    if first is not None and last is not None and last < first:
        early, late = names
        raise WrongUsage("usage.order", early=early, first=str(first), late=late, last=str(last))


def within(day: date | None, first: date | None, last: date | None) -> bool:
    """Whether a day lies in a span, both ends counted; no day lies in one that has an end."""
    if day is None:
        return first is None and last is None
    return (first is None or first <= day) and (last is None or day <= last)


def has_number(digits: Collection[str], asked: str | None) -> bool:
    """Whether one of ``digits`` and what was asked for have a number in common."""
    return asked is None or any(overlap(each, asked) for each in digits)
