"""From bytes to a model, with everything that is wrong with it, in file order.

Nothing of this file's findings repeats a personal or secret value: a parameter that quotes the text
is masked unless the field may be shown and the text looks like what belongs there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from provisioner.manifest.diagnostics import Diagnostic, InputError, Path, Severity
from provisioner.manifest.models import Manifest
from provisioner.manifest.shape import Shape, shape_of
from provisioner.manifest.snippet import MASKED
from provisioner.manifest.yaml import Document

M = TypeVar("M", bound=BaseModel)

_KINDS = {
    "model_type": "PV122",
    "model_attributes_type": "PV122",
    "dict_type": "PV122",
    "tuple_type": "PV123",
    "list_type": "PV123",
    "string_type": "PV102",
    "literal_error": "PV102",
    "enum": "PV102",
    "string_pattern_mismatch": "PV124",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "PV125"),
    "greater_than": ("gt", "PV125"),
    "less_than_equal": ("le", "PV126"),
    "less_than": ("lt", "PV126"),
}
_MARKS = frozenset({"[key]", "<stock>", "<number>"})
_MAX_EXPLAINED = 200
"""Of thousands of mistakes in one file the first are enough: each costs a look at the schema."""
_QUOTING = ("found", "suggestion", "area", "size")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[M]):
    """A model and the document that it was read from."""

    value: M
    document: Document

    def locate(self, diagnostic: Diagnostic) -> Diagnostic:
        """``diagnostic`` with the place that its path has in the document."""
        return diagnostic.at(self.document.locate(diagnostic.path))


def load_manifest(data: bytes, file: str) -> Loaded[Manifest]:
    """One customer's manifest.  Raises InputError with all diagnostics of the file."""
    return load_model(Manifest, data, file)


def load_model(model: type[M], data: bytes, file: str) -> Loaded[M]:
    """``data`` as ``model``.  ``file`` is the name that is shown.  Raises InputError."""
    document = Document(file, data, shape_of(model))
    read, troubles = document.read()
    if read is None:
        raise InputError(troubles)
    found = list(troubles)
    try:
        value = model.model_validate(read)
    except ValidationError as error:
        already = {trouble.path for trouble in troubles if trouble.path and trouble.code == "PV120"}
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
            code, params, field = kind, _of_key(context, path, document.shape), True
        else:
            code, path, params = _translate(kind, context, path, data, document.shape)
            field = code == "PV103"
        place = document.field(path) if field else document.locate(path)
        shown = document.shape.shown_path(path)
        yield Diagnostic(code, Severity.ERROR, params, path=shown, place=place)
    yield from _missing(missing, document)


def _missing(missing: Mapping[Path, list[str]], document: Document) -> Iterator[Diagnostic]:
    """One finding for each mapping that lacks fields, with all of them (R1 for the contact)."""
    for path, names in missing.items():
        if not path and "contact" in names:
            names.remove("contact")
            wanted = ", ".join(document.shape.required(("contact",)))
            params = {"fields": wanted, "field": "contact"}
            yield Diagnostic(
                "PV101", Severity.ERROR, params, path=("contact",), place=document.locate(())
            )
        if names:
            safe = document.shape.shown_path(path)
            params = {"fields": ", ".join(names), "field": str(safe[-1]) if safe else ""}
            yield Diagnostic("PV101", Severity.ERROR, params, path=safe, place=document.field(path))


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


def _translate(
    kind: str, context: Mapping[str, Any], path: Path, data: Any, shape: Shape
) -> tuple[str, Path, dict[str, str | int]]:
    """pydantic's finding as a code of the catalogue with parameters that may be shown."""
    written = _value(data, path)
    text = written if isinstance(written, str) else ""
    quoted = text if text and shape.shows(path, text) else MASKED
    if kind == "extra_forbidden":
        allowed = shape.fields(path[:-1])
        name = str(path[-1])
        shown = name if shape.shows_key(path) else MASKED
        suggestion = shape.suggest(name, allowed)
        return (
            "PV103",
            path,
            {"field": shown, "suggestion": suggestion, "allowed": ", ".join(allowed)},
        )
    if kind in {"literal_error", "enum"} and isinstance(written, str):
        allowed = shape.choices(path)
        suggestion = shape.suggest(text, allowed) if quoted != MASKED else ""
        return (
            "PV104",
            path,
            {"found": quoted, "suggestion": suggestion, "allowed": ", ".join(allowed)},
        )
    if kind == "too_short":
        return "PV121", path, {"field": str(path[-1]), "least": context["min_length"]}
    if kind == "string_too_long":
        return "PV110", path, {"limit": context["max_length"], "length": len(text)}
    if kind in _BOUNDS:
        name, code = _BOUNDS[kind]
        return code, path, {"found": quoted, "limit": context[name]}
    if kind in {"PV226", "PV227"}:
        field = str(context["field"])
        where = (*path, field) if kind == "PV226" else path
        return kind, where, dict(context)
    if kind.startswith("PV"):
        params: dict[str, str | int] = dict(context)
        if "found" in params and quoted == MASKED:
            params |= {name: "" for name in _QUOTING if name in params} | {"found": MASKED}
        return kind, path, params
    code = _KINDS.get(kind, "PV127")
    if code == "PV124" and path[-1] == "age":
        code = "PV308"
    return code, path, {"field": str(path[-1]) if path and shape.shows_key(path) else ""}
