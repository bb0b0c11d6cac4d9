"""Diagnostics for programs: one input, and a renderer for each form."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module

from provisioner.manifest.diagnostics import Diagnostic
from provisioner.report.diagnostics.text import path_text
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible


@dataclass(frozen=True, slots=True)
class Report:
    """What a run of ``validate`` found. ``files``: the manifests that were checked."""

    diagnostics: tuple[Diagnostic, ...]
    words: Catalogue
    files: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, diagnostics: Iterable[Diagnostic], words: Catalogue, files: Iterable[str] = ()
    ) -> "Report":
        """In file order."""
        found = tuple(sorted(diagnostics, key=lambda d: d.order))
        return cls(found, words, tuple(sorted(files)))

    def sentence(self, diagnostic: Diagnostic) -> str:
        """What is wrong, and what to do about it."""
        text = self.words.text(diagnostic.code, diagnostic.params)
        return f"{text} {self.words.help(diagnostic.code, diagnostic.params) or ''}".rstrip()

    def title(self, diagnostic: Diagnostic) -> str:
        """``PV201: Number misspelled``."""
        name = self.words.title(diagnostic.code)
        return f"{visible(diagnostic.code)}: {name}" if name else visible(diagnostic.code)

    def where(self, diagnostic: Diagnostic) -> str:
        """``customers/a/b.yaml:3:7``, else the customer and the field; may be empty."""
        if diagnostic.place:
            return visible(str(diagnostic.place))
        parts = (visible(diagnostic.customer or ""), path_text(diagnostic.path))
        return ", ".join(part for part in parts if part)


Renderer = Callable[[Report], str]

_RENDERERS: Mapping[str, str] = {
    "json": "render_json",
    "github": "render_github",
    "gitlab": "render_gitlab",
    "sarif": "render_sarif",
    "junit": "render_junit",
}
FORMATS = ("text", *_RENDERERS)


def renderer(form: str) -> Renderer:
    """The renderer of one of ``FORMATS`` but text; imported only when it is wanted."""
    module = import_module(f"provisioner.report.diagnostics.{form}")
    found: Renderer = getattr(module, _RENDERERS[form])
    return found
