"""What is wrong, doubtful or open, and where.

One type serves the manifests' errors and the plan's findings, as it stands in a plan file: what it
is about (room ``codes``) as code, severity and parameters, and the place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from provisioner.codes import Code, Severity, of
from provisioner.codes.internal import InternalError
from provisioner.errors import ProvisionError
from provisioner.telephony.identity import CustomerId

Path = tuple[str | int, ...]
"""Where in a document: ``("workplaces", 0, "login")``."""


_WORDS = {str(severity): severity for severity in Severity}


def _severity(found: object) -> Severity:
    """Raises ValueError for what is none: a number is not a severity in a plan file."""
    if isinstance(found, Severity):
        return found
    if isinstance(found, str) and found in _WORDS:
        return _WORDS[found]
    raise ValueError("severity")


_AS_WORD = (
    BeforeValidator(_severity),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "enum": [str(severity) for severity in Severity]}),
)
"""In a plan file a severity is a word."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A piece of one line. Lines and columns count from 1; ``end`` is the column after it."""

    file: str
    line: int
    column: int
    end: int
    source: str = field(default="", compare=False)
    """The line as it may be shown: secrets and personal data masked."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """``path`` says where in the customer's manifest; ``place`` where in the file, once known.

    ``also`` and ``related`` are the other ones of a conflict: paths in the same manifest, and
    places in any file.
    """

    code: str
    severity: Annotated[Severity, *_AS_WORD]
    params: Mapping[str, str | int] = field(default_factory=dict)
    customer: str | None = None
    path: Path = ()
    place: Place | None = None
    related: tuple[Place, ...] = ()
    also: tuple[Path, ...] = ()

    @classmethod
    def of(
        cls,
        about: Code,
        customer: CustomerId | str | None = None,
        *,
        path: Path = (),
        place: Place | None = None,
        related: Iterable[Place] = (),
        also: Iterable[Path] = (),
    ) -> "Diagnostic":
        """As grave as ``about`` is."""
        named = None if customer is None else str(customer)
        found = about.code, about.severity, about.params
        return cls(*found, named, path, place, tuple(related), tuple(also))

    @property
    def about(self) -> Code:
        """Raises ValueError or TypeError where it was read from a file that somebody altered."""
        return of(self.code, self.params)

    def says(self, *kinds: type[Code]) -> bool:
        """Whether it is about one of these."""
        return self.code in {kind.code for kind in kinds}

    def at(self, place: Place | None) -> "Diagnostic":
        return replace(self, place=place)

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """By file, line and column, then by code: the order in which a file is read."""
        where = self.place
        start = (where.file, where.line, where.column) if where else ("", 0, 0)
        return (*start, self.code, self.customer or "")


class InputError(ProvisionError):
    """What a person wrote cannot be used: all of its diagnostics at once."""

    exit_code = 3

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(diagnostics, key=lambda d: d.order))
        first = self.diagnostics[:1]
        super().__init__(first[0].about if first else InternalError(kind="InputError", place="-"))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(d.severity is Severity.ERROR for d in diagnostics)
