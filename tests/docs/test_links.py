"""Links lead somewhere, and no page names what belongs to no page."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from every import every

from provisioner.report.reference import anchor

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FORBIDDEN = re.compile(
    r"pypi\.|pythonhosted|npmjs|crates\.io|files\.python|/work/|/tmp/|/root/|/home/\w|pyenv|ß",
    re.IGNORECASE,
)


def without_code(text: str) -> str:
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(page: Path) -> set[str]:
    """As platforms number headings that are there twice."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    found: dict[str, int] = {}
    for heading in re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE):
        found[anchor(heading)] = found.get(anchor(heading), 0) + 1
    return {f"{a}-{n}" if n else a for a, times in found.items() for n in range(times)}


def links(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"(?<!\\)\]\(([^)\s]+)\)", text)


INNER = [
    (str(page.relative_to(ROOT)), link)
    for page in PAGES
    for link in dict.fromkeys(links(page))
    if not re.match(r"[a-z]+:", link)
]


def test_there_are_pages_and_links() -> None:
    assert len(PAGES) >= 15
    assert len(INNER) > 40


@every(INNER, spread=True)
def test_link_leads_somewhere(page: str, link: str) -> None:
    name, _, fragment = link.partition("#")
    target = (ROOT / page).parent / unquote(name) if name else ROOT / page
    assert target.resolve().is_relative_to(ROOT)
    assert target.exists(), f"{page}: {link}"
    if fragment:
        assert unquote(fragment) in anchors(target), f"{page}: {link}"


@every(PAGES, lambda page: page.relative_to(ROOT))
def test_outer_links_are_encrypted(page: Path) -> None:
    assert not [link for link in links(page) if link.startswith("http:")]


@every(PAGES, lambda page: page.relative_to(ROOT))
def test_no_forbidden_words(page: Path) -> None:
    found = FORBIDDEN.search(page.read_text("utf-8"))
    assert not found, found[0]


@every(PAGES, lambda page: page.relative_to(ROOT))
def test_one_title_and_no_step_left_out(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    levels = [len(marks) for marks in re.findall(r"^(#{1,6}) ", text, re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_examples_are_invented() -> None:
    for page in PAGES:
        addresses = re.findall(r"[\w.+-]+@([\w.-]+\w)", without_code(page.read_text("utf-8")))
        addresses += re.findall(r"email: \S+@(\S+)", page.read_text("utf-8"))
        assert all(a.endswith(".example") for a in addresses), page


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        for link in links(page):
            name = link.partition("#")[0]
            if name.endswith(".md") and "://" not in name:
                waiting.append((page.parent / name).resolve())
    assert set(PAGES) <= seen


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = list(project["project"]["dependencies"])
    for extra in project["project"].get("optional-dependencies", {}).values():
        wanted += extra
    for group in project["dependency-groups"].values():
        wanted += [entry for entry in group if isinstance(entry, str)]
    named = {re.split(r"[^A-Za-z0-9._-]", entry)[0] for entry in wanted}
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    section = text.partition("## Dependencies")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.+?) \|$", section, re.MULTILINE))
    assert set(rows) == named
    assert all(len(reason.split()) >= 3 for reason in rows.values())
