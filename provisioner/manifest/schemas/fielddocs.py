"""The sentence under each field of a model, read from its source.

pydantic can collect them itself, but it parses the source on every start: 100 ms that a command
pays for what only the schemas and the reference need.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import ModelSchema


def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """Docstrings by field name, those of base classes included."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found.update(_docs(base))
    return found


def _docs(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(tree, ast.ClassDef)  # noqa: S101 - the source of a class
    for field, below in zip(tree.body, tree.body[1:], strict=False):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)


class DescribedSchema(GenerateJsonSchema):
    """Adds the fields' sentences to a model's JSON Schema."""

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        model = schema["cls"]
        for name, text in field_docs(model).items():
            field = model.model_fields.get(name)
            shown = (field.alias or name) if field else name
            if shown in made.get("properties", {}):
                made["properties"][shown].setdefault("description", text)
        return made
