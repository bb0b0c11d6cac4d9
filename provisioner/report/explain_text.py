"""The long explanation of a code, for ``provision explain``."""

from provisioner.report.layout import Paint, clamp, wrap
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible


def render_explanation(code: str, words: Catalogue, *, width: int, color: bool) -> str:
    """Title, rule and paragraphs; one that begins with blanks is an example and stays as it is."""
    paint, width = Paint(color), clamp(width)
    rule = words.rule(code)
    title = f"{visible(code)}: {words.title(code)}" + (f" ({rule})" if rule else "")
    lines = [paint(line, "bold") for line in wrap(title, width)]
    for paragraph in words.explain(code).split("\n\n"):
        lines.append("")
        if paragraph.startswith("  "):
            lines += paragraph.splitlines()
        else:
            lines += wrap(paragraph, width)
    return "\n".join(lines) + "\n"
