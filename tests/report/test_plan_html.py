"""The page: what stands where, that it runs and loads nothing, that a browser shows it well."""

import hashlib
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report.hostile import poisoned
from report.worklist import work
from syrupy.assertion import SnapshotAssertion
from tinyhtml5.parser import HTMLParser
from written import render_html

from provisioner.plan.comparing import compared
from provisioner.plan.model import Plan
from provisioner.report.messages import LANGUAGES, Catalogue, Language
from provisioner.report.plan import view
from provisioner.report.plan.against_html import difference_html
from provisioner.report.plan.html import prose
from provisioner.report.sanitise import visible
from provisioner.report.work.html import render_work_page

Words = Callable[[Language], Catalogue]
NAMES = ["new", "dangerous", "stopped", "nothing"]
SHOWN = [("en", name) for name in NAMES]
SHOWN += [(language, "dangerous") for language in LANGUAGES if language != "en"]
BLOCKS = frozenset("header footer section h1 h2 h3 h4 p li tr summary figcaption".split())
TAGS = frozenset(
    "html head meta title style body header main footer nav section figure figcaption h1 h2 h3 h4 p"
    " ul li a b strong code span div table thead tbody tfoot tr th td details summary svg path text"
    " circle desc g".split()
)
ATTRIBUTES = frozenset(
    "lang charset http-equiv content name class id href aria-label aria-labelledby aria-hidden"
    " scope colspan data-label open viewBox role d x y r transform".split()
)


def parsed(page: str) -> tuple[Any, list[object]]:
    """The tree and the parser's complaints."""
    parser = HTMLParser(namespace_html_elements=False)
    return parser.parse(page), parser.errors


def elements(page: str) -> list[tuple[str, dict[str, str]]]:
    tree, errors = parsed(page)
    assert errors == []
    return tags(tree)


def tags(tree: Any) -> list[tuple[str, dict[str, str]]]:
    return [(e.tag.rpartition("}")[2], e.attrib) for e in tree.iter()]


def text_in(tree: Any) -> str:
    return " ".join("".join(tree.find("body").itertext()).split())


def lines_of(page: str) -> str:
    """What a reader sees, a line for each heading, paragraph, entry and row."""
    lines = [""]

    def walk(element: Any) -> None:
        if element.tag in BLOCKS:
            lines.append("")
        lines[-1] += f" {element.text or ''}"
        for child in element:
            walk(child)
            lines[-1] += f" {child.tail or ''}"
        if element.tag in BLOCKS:
            lines.append("")

    walk(parsed(page)[0].find("body"))
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def text_of(page: str) -> str:
    return text_in(parsed(page)[0])


@pytest.mark.parametrize(("language", "name"), SHOWN)
def test_what_stands_on_the_page(
    language: Language, name: str, words: Words, plans: ModuleType, snapshot: SnapshotAssertion
) -> None:
    assert lines_of(render_html(plans.PLANS[name], words(language))) == snapshot


def test_how_the_page_is_built(
    en: Catalogue, plans: ModuleType, snapshot: SnapshotAssertion
) -> None:
    _, body = re.split(r"</style>\n", render_html(plans.PLANS["dangerous"], en))
    assert re.sub(r"\n\s*\n+", "\n", body) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_it_is_good_html_that_runs_and_loads_nothing(
    name: str, language: Language, words: Words, plans: ModuleType
) -> None:
    built_well(render_html(plans.PLANS[name], words(language)), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_plans_beside_each_other_are_a_page_too(
    language: Language, words: Words, plans: ModuleType
) -> None:
    found = compared(plans.PLANS["new"], plans.PLANS["dangerous"])
    page = "".join(difference_html(found, words(language)))
    built_well(page, language)
    text = text_of(page)
    risks = view.risks(plans.PLANS["dangerous"], words(language))
    assert risks
    assert all(" ".join(risk.means.split()) in text for risk in risks)
    assert {found.digest_before, found.digest_after} <= set(text.split())
    assert all(each.customer in text for each in found.customers)


def built_well(page: str, language: Language) -> None:
    found = elements(page)
    assert {tag for tag, _ in found} <= TAGS
    assert {name for _, attributes in found for name in attributes} <= ATTRIBUTES
    anchors = {a["id"] for _, a in found if "id" in a}
    for tag, attributes in found:
        assert attributes.get("href", "#")[0] == "#", tag
        assert attributes.get("href", "")[1:] in {"", *anchors}
        for label in attributes.get("aria-labelledby", "").split():
            assert label in anchors
    assert len([a["id"] for _, a in found if "id" in a]) == len(anchors)
    assert "url(" not in page
    assert "@import" not in page
    assert found[0][1]["lang"] == language


def test_the_policy_lets_our_style_in_and_nothing_else(en: Catalogue, plans: ModuleType) -> None:
    page = render_html(plans.PLANS["new"], en)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    wanted = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = (a["content"] for _, a in elements(page) if "http-equiv" in a)
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{wanted}'; base-uri 'none'; form-action 'none'"
    )
    # the policy stands before anything that it governs
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_r18_verdict_dangers_and_questions_come_first(en: Catalogue, plans: ModuleType) -> None:
    plan = plans.plan(plans.new_customer(), plans.dangerous_customer(), plans.blocked_customer())
    page = render_html(plan, en)
    marks = ["<h1>", 'id="danger"', 'id="stopped"', 'id="open"', 'id="customers"', 'id="timeline"']
    order = [page.index(mark) for mark in [*marks, 'id="details"', "<footer>"]]
    assert order == sorted(order)
    assert page.index("CANNOT BE UNDONE") < page.index('id="open"')


def test_every_step_is_there_however_many(en: Catalogue, plans: ModuleType) -> None:
    text = text_of(render_html(plans.PLANS["new"], en))
    assert all(f"workplace werk{n:02d}" in text for n in range(1, 13))
    assert plans.PLANS["new"].digest in text
    assert "5 customers unchanged (not shown)." in text


def test_changed_fields_stand_side_by_side(en: Catalogue, plans: ModuleType) -> None:
    page = render_html(plans.PLANS["dangerous"], en)
    cells = r'<th scope="row">license</th><td class="before">phones\+apps</td>'
    assert re.search(cells + r'<td class="after"><span class="arrow">→ </span>phones</td>', page)


def test_only_dangerous_customers_are_open_at_first(en: Catalogue, plans: ModuleType) -> None:
    plan = plans.plan(plans.new_customer(), plans.dangerous_customer())
    found = [a for tag, a in elements(render_html(plan, en)) if a.get("class") == "customer"]
    assert [(a["id"], "open" in a) for a in found] == [("c1", True), ("c2", False)]


NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style></svg><iframe src=//evil.example>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt;&#x3c;",
    "<!-- ",
    "]]>",
    "\u202e\x1b[2J\x00\r\n\u2028",
    "`<b>`",
    "url(//evil.example)",
]
hostile = st.one_of(
    st.lists(st.sampled_from(NASTY), min_size=1, max_size=3).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
)


@settings(max_examples=15, deadline=None)
@given(value=hostile)
def test_a_hostile_value_is_text_in_page_and_drawing(value: str, plans: ModuleType) -> None:
    plan: Plan = poisoned(plans.PLANS["stopped"], value)
    drawn: Plan = poisoned(plans.plan(plans.new_customer()), value)
    for page in (render_html(plan, Catalogue("en")), render_html(drawn, Catalogue("en"))):
        check_text(page, value)


def check_text(page: str, value: str) -> None:
    tree, errors = parsed(page)
    assert errors == []
    found = tags(tree)
    assert {tag for tag, _ in found} <= TAGS
    assert {name for _, attributes in found for name in attributes} <= ATTRIBUTES
    assert all(a.get("href", "#")[0] == "#" for _, a in found)
    assert " ".join(visible(value).split()) in text_in(tree)
    head = page[: page.index("<style>")]
    assert head.count("<") == head.count(">")
    assert not [c for c in page if c not in "\n " and not c.isprintable()]


@given(hostile)
def test_prose_only_decorates(value: str) -> None:
    tree, _ = parsed(f"<!DOCTYPE html><title>x</title><p>{prose(value)}</p>")
    shown = "".join(tree.find("body").itertext())
    assert shown == re.sub(r"`([^`]{1,200})`", r"\1", visible(value))


# Colours


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """By WCAG 2: 4.5 is enough for text of any size."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


PAIRS = [
    *((text, ground) for text in ("text", "soft", "link", "remove") for ground in ("page", "card")),
    *((c, ground) for c in ("add", "change", "move") for ground in ("card", "page")),
    *((c, f"{c}-wash") for c in ("add", "change", "remove", "move")),
    ("text", "remove-wash"),
    ("text", "plain-wash"),
    ("soft", "plain-wash"),
    ("add", "remove-wash"),
    ("remove", "remove-wash"),
    ("card", "remove"),
    ("soft", "remove-wash"),
]


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_every_text_has_contrast_enough(scheme: str, en: Catalogue, plans: ModuleType) -> None:
    page = render_html(plans.PLANS["nothing"], en)
    blocks = re.findall(r":root \{(.*?)\}", page, re.DOTALL)
    assert len(blocks) == 3
    block = blocks[["light", "dark", "print"].index(scheme)]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    poor = {
        pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2)
        for pair in PAIRS
        if contrast(colours[pair[0]], colours[pair[1]]) < 4.5
    }
    assert poor == {}


# In a browser

PROBE = """<!DOCTYPE html><meta charset="utf-8"><body>{frames}<pre id="found"></pre><script>
addEventListener("load", () => {{
  const said = [];
  for (const frame of document.querySelectorAll("iframe")) {{
    const page = frame.contentDocument, root = page.documentElement;
    page.querySelectorAll("details").forEach(each => each.open = true);
    const wide = [...page.querySelectorAll("body *")].filter(each =>
      each.getBoundingClientRect().right > root.clientWidth + 1);
    const shown = [...page.querySelectorAll("svg.timeline")].filter(each =>
      each.getBoundingClientRect().width > 0).length;
    const styled = getComputedStyle(page.querySelector("header")).borderTopStyle;
    said.push([frame.id, root.scrollWidth, shown, styled,
      ...wide.slice(0, 3).map(each => each.outerHTML.slice(0, 80).replace(/\\s+/g, " "))
    ].join("\\t"));
  }}
  document.getElementById("found").textContent = said.join("\\n");
}});
</script>"""


def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("no chromium on this machine: the page's layout was not looked at")


def test_no_page_is_wider_than_its_screen(words: Words, plans: ModuleType, tmp_path: Path) -> None:
    program = chromium()
    long = plans.new_customer().model_copy(
        update={"customer": "x" * 63, "company": "Donaudampfschifffahrtsgesellschaft" * 3}
    )
    found: dict[str, Plan] = {"every": plans.everything(), "long": plans.plan(long)}
    pages = {name: render_html(plan, words("de")) for name, plan in found.items()}
    beside = compared(found["long"], found["every"])
    pages["against"] = "".join(difference_html(beside, words("de")))
    pages["work"] = "".join(render_work_page(work("x" * 40), words("de")))
    for name, text in pages.items():
        (tmp_path / f"{name}.html").write_text(text, "utf-8")
    frames = [
        f'<iframe id="{name}-{width}" src="{name}.html" width="{width}" height="900"'
        ' style="border:0"></iframe>'
        for name in pages
        for width in (360, 1280)
    ]
    probe = tmp_path / "probe.html"
    probe.write_text(PROBE.format(frames="".join(frames)), "utf-8")
    done = subprocess.run(
        [
            program,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--allow-file-access-from-files",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--virtual-time-budget=4000",
            "--dump-dom",
            probe.as_uri(),
        ],
        capture_output=True,
        check=False,
        timeout=300,
    )
    told = re.search(r'<pre id="found">(.*?)</pre>', done.stdout.decode(), re.DOTALL)
    assert told, done.stderr.decode()[-500:]
    lines = [line.split("\t") for line in told[1].splitlines()]
    assert [line[0] for line in lines] == [f"{n}-{w}" for n in pages for w in (360, 1280)]
    for name, scrolled, drawings, styled, *wide in lines:
        assert int(scrolled) <= int(name.rpartition("-")[2]), (name, wide)
        assert wide == [], name
        drawn = not name.startswith("against")
        assert int(drawings) == drawn, name  # one of the two drawings
        assert styled == "solid", name  # the policy let the style in
