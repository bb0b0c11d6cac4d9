"""From bytes to a model, with everything that is wrong with it, in file order.

Nothing of this file's findings repeats a personal or secret value: a parameter that quotes the text
is masked unless the field may be shown and the text looks like what belongs there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from provisioner.codes import Code, of
from provisioner.codes.fields import (
    FieldBelongsElsewhere,
    FieldMissing,
    GroupOfFieldsWanted,
    ListOfValuesWanted,
    ListWanted,
    NullIsNoValue,
    NumberTooLarge,
    NumberTooSmall,
    OneValueWanted,
    TextTooLong,
    TooFewItems,
    UnknownField,
    ValueMissing,
    ValueNotAccepted,
    ValueNotAllowed,
    WrongForm,
)
from provisioner.codes.files import TooManyNumbers
from provisioner.codes.porting import FieldDoesNotBelongToThisSchedule
from provisioner.codes.secrets import NotASealedPassword
from provisioner.manifest.defaults import NOTHING, Given, Usual
from provisioner.manifest.diagnostics import Diagnostic, InputError, Path
from provisioner.manifest.models import Manifest
from provisioner.manifest.shape import Shape, shape_of
from provisioner.manifest.snippet import MASKED
from provisioner.manifest.yaml import Document
from provisioner.spelling import alike

M = TypeVar("M", bound=BaseModel)

_KINDS: Mapping[
    str,
    type[
        GroupOfFieldsWanted
        | ListWanted
        | OneValueWanted
        | WrongForm
        | ValueNotAccepted
        | NotASealedPassword
    ],
] = {
    "model_type": GroupOfFieldsWanted,
    "model_attributes_type": GroupOfFieldsWanted,
    "dict_type": GroupOfFieldsWanted,
    "tuple_type": ListWanted,
    "list_type": ListWanted,
    "string_type": OneValueWanted,
    "literal_error": OneValueWanted,
    "enum": OneValueWanted,
    "string_pattern_mismatch": WrongForm,
}
_BOUNDS = {
    "greater_than_equal": ("ge", NumberTooSmall),
    "greater_than": ("gt", NumberTooSmall),
    "less_than_equal": ("le", NumberTooLarge),
    "less_than": ("lt", NumberTooLarge),
}
_MARKS = frozenset({"[key]", "<stock>", "<number>", "<date>", "<dates>"})
_MAX_EXPLAINED = 200
"""Of thousands of mistakes in one file the first are enough: each costs a look at the schema."""
_QUOTING = ("found", "suggestion", "area", "size")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[M]):
    """A model and the document that it was read from."""

    value: M
    document: Document
    given: tuple[Given, ...] = ()
    """What of a manifest stands in no file but provision.yaml."""

    def locate(self, diagnostic: Diagnostic) -> Diagnostic:
        """``diagnostic`` with the place that its path has in the document."""
        return diagnostic.at(self.document.locate(diagnostic.path))


def load_manifest(data: bytes, file: str, usual: Usual = NOTHING) -> Loaded[Manifest]:
    """One customer's manifest.  ``usual``: what it may leave out.

    Raises InputError with all diagnostics of the file.
    """
    filled: list[Given] = []

    def fill(read: Any) -> Iterator[Code]:
        for each in usual.fill(read, PurePath(file).stem):
            if isinstance(each, Given):
                filled.append(each)
            else:
                yield each

    loaded = load_model(Manifest, data, file, fill)
    return replace(loaded, given=tuple(filled)) if filled else loaded


def load_model(
    model: type[M],
    data: bytes,
    file: str,
    fill: Callable[[Any], Iterable[Code]] = lambda _: (),
) -> Loaded[M]:
    """``data`` as ``model``.  ``file`` is the name that is shown.  ``fill`` completes what was read
    and tells what is wrong with that.  Raises InputError."""
    document = Document(file, data, shape_of(model))
    read, troubles = document.read()
    if read is None:
        raise InputError(troubles)
    found = list(troubles)
    found += [Diagnostic.of(about, place=document.locate(())) for about in fill(read)]
    try:
        value = model.model_validate(read)
    except ValidationError as error:
        already = {
            trouble.path
            for trouble in troubles
            if trouble.path and trouble.says(ValueMissing, NullIsNoValue)
        }
        found += _explain(error, read, document, already)
    if found:
        raise InputError(found)
    return Loaded(value, document)


def _explain(
    error: ValidationError, data: Any, document: Document, already: set[Path]
) -> Iterator[Diagnostic]:
    missing: dict[Path, list[str]] = {}
    details = error.errors(include_url=False, include_input=False)
    for detail in details[:_MAX_EXPLAINED]:
        kind, context = detail["type"], detail.get("ctx", {})
        path = _real_path(detail["loc"])
        if kind == "extra_forbidden":  # whatever its name is
            path = (*_real_path(detail["loc"][:-1]), detail["loc"][-1])
        if any(path[: len(seen)] == seen for seen in already):
            continue  # the reader has said it already
        if kind == "missing":
            missing.setdefault(path[:-1], []).append(str(path[-1]))
            continue
        if kind == "too_short" and len(_value(data, path) or ()) >= context["min_length"]:
            continue  # its items are wrong, and each has been reported
        if kind != "extra_forbidden" and "[key]" in detail["loc"]:
            about, field = of(kind, _of_key(context, path, document.shape)), True
        else:
            about, path = _translate(kind, context, path, data, document.shape)
            field = isinstance(about, UnknownField | FieldBelongsElsewhere)
        place = document.field(path) if field else document.locate(path)
        shown = document.shape.shown_path(path)
        yield Diagnostic.of(about, path=shown, place=place)
    yield from _missing(missing, document)


def _missing(missing: Mapping[Path, list[str]], document: Document) -> Iterator[Diagnostic]:
    """One finding for each mapping that lacks fields, with all of them (R1 for the contact)."""
    for path, names in missing.items():
        if not path and "contact" in names:
            names.remove("contact")
            wanted = ", ".join(document.shape.required(("contact",)))
            about = FieldMissing(fields=wanted, field="contact")
            yield Diagnostic.of(about, path=("contact",), place=document.locate(()))
        if names:
            safe = document.shape.shown_path(path)
            about = FieldMissing(fields=", ".join(names), field=str(safe[-1]) if safe else "")
            yield Diagnostic.of(about, path=safe, place=document.field(path))


def _real_path(loc: tuple[int | str, ...]) -> Path:
    """pydantic's location without its names of union branches and its mark for keys."""
    return tuple(step for step in loc if step not in _MARKS)


def _value(data: Any, path: Path) -> Any:
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _of_key(context: Mapping[str, Any], path: Path, shape: Shape) -> dict[str, str | int]:
    """Parameters of a finding on the name of a field."""
    return {**context, "found": str(path[-1]) if shape.shows_key(path) else MASKED}


def _unknown(path: Path, shape: Shape) -> Code:
    """A field that nothing reads there."""
    allowed, name = shape.fields(path[:-1]), str(path[-1])
    suggestion = shape.suggest(name, allowed)
    if not shape.shows_key(path):
        return UnknownField(field=MASKED, suggestion=suggestion, allowed=", ".join(allowed))
    where = shape.home(path[:-1], name)
    if where is not None and not alike(name, suggestion):
        return FieldBelongsElsewhere(field=name, where=where or "top_level")
    return UnknownField(field=name, suggestion=suggestion, allowed=", ".join(allowed))


def _list_of(text: str, path: Path, choices: list[str], shape: Shape) -> Code:
    """A single value where a list of some belongs."""
    shown = bool(text) and shape.shows((*path, 0), text)
    suggestion = shape.suggest(text, choices) if shown else ""
    listed = ", ".join(choices)
    return ListOfValuesWanted(
        found=text if shown else MASKED, suggestion=suggestion, allowed=listed
    )


def _translate(
    kind: str, context: Mapping[str, Any], path: Path, data: Any, shape: Shape
) -> tuple[Code, Path]:
    """pydantic's finding as ours, with parameters that may be shown."""
    written = _value(data, path)
    text = written if isinstance(written, str) else ""
    quoted = text if text and shape.shows(path, text) else MASKED
    if kind == "extra_forbidden":
        return _unknown(path, shape), path
    if kind in {"literal_error", "enum"} and isinstance(written, str):
        allowed = shape.choices(path)
        suggestion = shape.suggest(text, allowed) if quoted != MASKED else ""
        listed = ", ".join(allowed)
        return ValueNotAllowed(found=quoted, suggestion=suggestion, allowed=listed), path
    if kind == "too_short":
        return TooFewItems(field=str(path[-1]), least=context["min_length"]), path
    if kind == "too_long":
        length = len(written) if isinstance(written, list) else 0
        limit = context["max_length"]
        return TooManyNumbers(field=str(path[-1]), length=length, limit=limit), path
    if kind == "string_too_long":
        return TextTooLong(limit=context["max_length"], length=len(text)), path
    if kind in _BOUNDS:
        name, bound = _BOUNDS[kind]
        return bound(found=quoted, limit=context[name]), path
    if kind.startswith("PV"):
        params: dict[str, str | int] = dict(context)
        if "found" in params and quoted == MASKED:
            params |= {name: "" for name in _QUOTING if name in params} | {"found": MASKED}
        extra = kind == FieldDoesNotBelongToThisSchedule.code
        return of(kind, params), (*path, str(context["field"])) if extra else path
    return _of_form(kind, path, text, shape), path


def _of_form(kind: str, path: Path, text: str, shape: Shape) -> Code:
    """What has another form than what belongs there."""
    known = _KINDS.get(kind, ValueNotAccepted)
    if known is ListWanted and (choices := shape.choices((*path, 0))):
        return _list_of(text, path, choices, shape)
    if known is WrongForm and path[-1] == "age":
        known = NotASealedPassword
    return known(field=str(path[-1]) if path and shape.shows_key(path) else "")
