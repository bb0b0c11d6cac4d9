"""What editors show about fields, as data: titles, examples, sentences, meanings of values.

One file a language, a table a field: ``[Contact.company]``.  The English sentence about a field is
its docstring in the model; other languages have ``text``.  ``[Snippet.person]`` is what an editor
says of an entry that it offers whole.
"""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "de", "fr", "it")
"""Languages of field texts, the one that is published under a schema's plain name first."""

Texts = Mapping[str, Any]


@lru_cache
def field_texts(language: str) -> Texts:
    """All texts of ``language``: by model, then by field.

    ``title``; ``text``, the sentence; ``wrong``, said where a pattern does not fit; ``values``,
    what each choice means.  English also has what is the same in all languages: ``examples``, and
    ``proposed = false`` for a default that nobody wants to see written out.
    """
    file = files(__name__) / f"{language}.toml"
    return tomllib.loads(file.read_text("utf-8"))


def about(language: str, model: str, field: str = "") -> Texts:
    """The table of a field, or of a model as a whole; empty if there is none."""
    found = field_texts(language).get(model, {})
    found = found.get(field, {}) if field else found
    return found if isinstance(found, Mapping) else {}
