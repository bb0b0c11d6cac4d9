"""One manifest, written in as many ways as YAML has: styles, orders, quotes, comments everywhere.

Every comment is a word of its own, so a test can tell which one got lost, and says by itself what
it stands at: ``above:KEY:N`` or ``behind:VALUE:N``.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

import yaml


@dataclass
class Layout:
    """Writes data; ``random`` decides about everything that has no meaning."""

    random: Random
    comments: list[str] = field(default_factory=list)
    out: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, seed: int) -> "Layout":
        return cls(Random(seed))  # noqa: S311 - a seed tells the failing case

    def text(self, data: Any) -> str:
        for _ in range(self.random.randrange(3)):
            self.out.append(self.comment("top"))
        if self.out and self.some(2):
            self.out.append("")
        if self.some(6):
            self.out.append("---" + self.behind("start"))
        self.mapping(data, 0, "")
        for _ in range(self.random.randrange(2)):
            self.out.append(self.comment("end"))
        return "\n".join(self.out) + "\n" * self.random.randrange(3)

    def some(self, one_in: int) -> bool:
        return self.random.randrange(one_in) == 0

    def comment(self, what: str, *begins: str) -> str:
        said = f"{what}:{len(self.comments)}"
        if self.some(5):
            said += self.random.choice([" - x: [", " 'it''s", ' "', " # more", " {", " ünter", ""])
        made = self.random.choice(begins or ["#", "# ", "#  "]) + said
        self.comments.append(made.rstrip())
        return made + self.random.choice(["", "", " "])

    def beside(self, what: str) -> str:
        """Behind a text a comment has a blank after its sign; without, it may be a part of it."""
        return self.comment(what, "# ", "#  ")

    def behind(self, what: str) -> str:
        return self.random.choice([" ", "  "]) + self.beside(what) if self.some(4) else ""

    def above(self, indent: int, what: str) -> None:
        while self.some(4):
            if self.some(2):
                self.out.append(self.random.choice(["", "  "]))
            else:
                self.out.append(" " * indent + self.comment(what))

    def mapping(self, data: dict[str, Any], indent: int, opening: str) -> None:
        names = list(data)
        if self.some(2):
            self.random.shuffle(names)
        for at, name in enumerate(names):
            start = opening if at == 0 and opening else " " * indent
            if start.strip() == "":
                self.above(indent, f"above:{name}")
            key = self.random.choice([name, name, name, f'"{name}"', f"'{name}'"])
            self.value(data[name], indent, f"{start}{key}:", name)
        if self.some(5) and indent:
            self.out.append(" " * indent + self.comment("below"))

    def value(self, data: Any, indent: int, start: str, name: str) -> None:
        gap = self.random.choice([" ", " ", "   "])
        if isinstance(data, dict | list) and data and self.some(2):
            deeper = indent + self.random.choice([1, 2, 3, 4])
            if isinstance(data, list):
                deeper = indent + self.random.choice([0, 2, 3]) if start.strip() != "-" else deeper
            hyphen = start.endswith("-")
            if hyphen and isinstance(data, dict) and self.some(2):
                width = self.random.choice([1, 2, 3])
                self.mapping(data, len(start) + width, start + " " * width)
                return
            self.out.append(start + self.behind(f"head:{name}"))
            if hyphen:
                deeper = len(start) + 1
            if isinstance(data, dict):
                self.mapping(data, deeper, "")
            else:
                self.items(data, deeper, name)
            return
        if isinstance(data, dict | list):
            lines = self.flow(data, indent + 2)
            self.out += (start + gap + lines).split("\n")
            self.out[-1] += self.behind(f"behind:{name}")
            return
        if self.some(12):
            self.out.append(start + self.behind(f"before:{name}"))
            self.above(indent + 2, f"before:{name}")
            start, gap = " " * (indent + 2), ""
        self.out.append(start + gap + self.scalar(data, flow=False) + self.behind(f"v:{data}"))

    def items(self, data: list[Any], indent: int, name: str) -> None:
        for item in data:
            self.above(indent, f"item:{name}")
            self.value(item, indent, " " * indent + "-", name)

    def flow(self, data: Any, indent: int) -> str:
        """On one line, or with line ends and comments where YAML lets them be."""
        if not isinstance(data, dict | list):
            return self.scalar(data, flow=True)
        opening, closing = "{}" if isinstance(data, dict) else "[]"
        pairs = list(data.items()) if isinstance(data, dict) else [(None, v) for v in data]
        loose = self.some(4)
        made = opening
        for at, (name, value) in enumerate(pairs):
            made += self.turn(indent, loose)
            made += (f"{name}: " if name else "") + self.flow(value, indent + 1)
            if at < len(pairs) - 1 or self.some(6):
                made += self.random.choice(["", "", " "]) + ", "
        return made + self.turn(indent, loose) + closing

    def turn(self, indent: int, loose: bool) -> str:
        if not loose or self.some(2):
            return self.random.choice(["", " "])
        made = (" " + self.beside("flow")) if self.some(2) else ""
        return made + "\n" + " " * (indent + 2)

    def scalar(self, text: str, *, flow: bool) -> str:
        styles = ['"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"']
        if "'" not in text:
            styles.append(f"'{text}'")
        if is_plain(text, flow=flow):
            styles += [text] * 4
        return self.random.choice(styles)


def is_plain(text: str, *, flow: bool) -> bool:
    """Asks a YAML reader that is not ours."""
    probe = f"[{text}, b]" if flow else f"a: {text}"
    try:
        found = yaml.load(probe, Loader=yaml.BaseLoader)  # noqa: S506 - builds no types
    except yaml.YAMLError:
        return False
    return bool(found == ([text, "b"] if flow else {"a": text}))
