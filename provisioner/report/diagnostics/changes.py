"""What ``fmt`` and ``validate --fix`` did, or would do, to the files."""

import difflib
from collections.abc import Sequence

from provisioner.manifest.writing.fixes import Fix, What
from provisioner.report.diagnostics.text import path_text
from provisioner.report.layout import Paint, clamp, wrap
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible


def render_formatted(
    changed: Sequence[str], same: int, words: Catalogue, *, dry: bool, names: bool = True
) -> str:
    """The files that changed, and how many did not; ``dry``: that would change."""
    key = "fmt.would" if dry else "fmt.did"
    lines = [words.ui(key, file=name) for name in changed] if names else []
    if changed:
        lines.append(words.ui("fmt.would_count" if dry else "fmt.did_count", count=len(changed)))
    if same or not changed:
        lines.append(words.ui("fmt.same_count", count=same))
    return "\n".join(lines) + "\n"


def render_diff(before: str, after: str, file: str, *, color: bool) -> str:
    """A unified diff of one file."""
    paint = Paint(color)
    styles = {"+": "green", "-": "red", "@": "cyan"}
    name = visible(file)
    shown = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm=""
    )
    lines = (visible(line.replace("\t", "    ")) for line in shown)
    return "".join(paint(line, *filter(None, [styles.get(line[:1])])) + "\n" for line in lines)


def render_fixes(fixes: Sequence[Fix], words: Catalogue, *, width: int, color: bool) -> str:
    """One entry for each fix: where, why, and what became of what; empty if there is none."""
    if not fixes:
        return ""
    paint, label = Paint(color), words.ui("fix.fixed")
    lines: list[str] = []
    for fix in sorted(fixes, key=lambda fix: fix.place):
        where = f"{visible(fix.place.file)}:{fix.place.line}"
        text = f"{label}[{visible(fix.code)}] {where}: {_what(fix, words)}"
        lines += paint.head(wrap(text, clamp(width), "", "  "), len(label), "bold", "green")
    lines.append(paint(words.ui("fix.count", count=len(fixes)), "bold"))
    return "\n".join(lines) + "\n\n"


def _what(fix: Fix, words: Catalogue) -> str:
    if fix.what is What.LINE_ENDS:
        return words.ui("fix.line_ends")
    if fix.what is What.VERSION:
        return words.ui("fix.added", after=fix.after)
    if fix.personal:
        return words.ui("fix.corrected", field=path_text(fix.path))
    return words.ui("fix.changed", before=fix.before, after=fix.after)
