"""Nearly valid documents: what a person wrote, with something wrong in it."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(ROOT.glob("customers/*/*.yaml"))

PROFILE = settings(
    max_examples=1_200,
    deadline=None,  # CPU time is what the judge measures
    database=None,  # a run depends on its seed alone
    suppress_health_check=list(HealthCheck),
)


def parsed(path: Path) -> Any:
    """Untyped, as the reader sees it."""
    return yaml.load(path.read_bytes(), Loader=yaml.CBaseLoader)  # noqa: S506 - builds no types


_WORDS = st.sampled_from(
    "version contact company street person email phone subscription billing_from ends_on numbers id"
    " area block porting provider scope schedule when date time signature authority signatories"
    " blocks workplaces login name license use number stock line password generate generation age"
    " support_login admin poa sha256 signed_on stored_at [key] <stock> <number> << __class__ $ref"
    " pbx desk driver path url resellers recipients prices monthly once removals what why"
    " until".split()
)
_NUMBERS = st.sampled_from(
    "0 1 -1 00 01 10 11 100 999 1000 1001 65536 999999999 1000000000 2147483648 0x1f 0o17 1e3 1e999"
    " .inf"
    " .nan 1_000 0.5 9.5 9.50 9999999.99 12345678.00 044 0441234567 0044441234567 +41441234567"
    " 04450012 04450012xx 0445001 0445001xxx 04450012X 044500123x ٠٤٤١٢٣٤٥٦٧ 0445001234567890"
    " 000".split()
)
_DAYS = st.sampled_from(
    "2026-02-29 2028-02-29 2000-01-01 2099-12-31 1999-12-31 2100-01-01 0000-00-00 9999-12-31"
    " 2027-13-01 2027-00-10 2027-1-1 20270101 01.01.2027 2027-01-01T00:00:00Z 24:00 08:00 17:00"
    " 07:59 17:01 9:00 09:00:00 12:30:45".split()
)
_TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(st.characters(categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn"]), max_size=4),
    st.sampled_from(
        [
            *("", " ", "~", "null", "no", "Yes", "ja", "true", "TRUE", "*a", "&a b", "!t b", "- x"),
            *(
                "a: b",
                "# x",
                "'",
                '"',
                "|",
                ">",
                "%",
                "@",
                "`",
                "\t",
                "\u2028",
                "\u202e",
                "\x1b[31m",
            ),
            *(
                "é",
                "e\u0301",
                "Мüller AG",
                "ß",
                "ﬁ",
                "İ",
                "x" * 81,
                "x" * 300,
                "{found}",
                "{{",
                "{0}",
            ),
            *(
                "phones+app",
                "petra huber",
                "petra.huber",
                "PETRA.HUBER",
                "müller",
                "..",
                "a.b.",
                "-",
            ),
            *(
                "CHE-123.456.788",
                "CHE-123.456.789",
                "CHE123456788",
                "a@b",
                "a@b.example",
                "unknown",
            ),
        ]
    ),
)
SCALARS = st.one_of(_NUMBERS, _DAYS, _TEXTS, _WORDS)
"""What may stand where one value is expected."""

VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS | _TEXTS, inner, max_size=4),
    max_leaves=8,
)
"""Anything at all."""


def _places(data: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [way] if way else []
    items = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    for key, value in items:
        found += _places(value, (*way, key))
    return found


def _around(data: Any, way: tuple[Any, ...]) -> Any:
    for step in way[:-1]:
        data = data[step]
    return data


def _edit(draw: Callable[[Any], Any], data: Any) -> None:
    """One thing that goes wrong; what has grown large is left alone, others test size."""
    places = _places(data)
    if not 0 < len(places) < 2_000:
        return
    way = draw(st.sampled_from(places))
    around, last = _around(data, way), way[-1]
    match draw(
        st.sampled_from("scalar value wrap drop extra rename repeat many deep swap".split())
    ):
        case "scalar":
            around[last] = draw(SCALARS)
        case "value":
            around[last] = draw(VALUES)
        case "wrap":
            around[last] = draw(st.sampled_from([[around[last]], {"x": around[last]}, [[], {}]]))
        case "drop":
            del around[last]
        case "extra" if isinstance(around, dict):
            around[draw(_WORDS | _TEXTS)] = draw(VALUES)
        case "rename" if isinstance(around, dict):
            around[draw(_WORDS | _TEXTS)] = around.pop(last)
        case "repeat" if isinstance(around, list):
            around.append(deepcopy(around[last]))
        case "many" if isinstance(around, list):
            around[last:] = [around[last]] * draw(st.sampled_from([11, 30]))
        case "deep":
            inner: Any = around[last]
            for _ in range(draw(st.integers(2, 14))):
                inner = {"x": inner} if draw(st.booleans()) else [inner]
            around[last] = inner
        case "swap":
            other = draw(st.sampled_from(places))
            around[last] = deepcopy(_around(data, other)[other[-1]])
        case _:
            around[last] = draw(SCALARS)


@st.composite
def nearly(draw: Callable[[Any], Any], documents: list[Any]) -> Any:
    """One of ``documents`` with one to five things wrong."""
    data = deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 5))):
        _edit(draw, data)
    return data


@st.composite
def written(draw: Callable[[Any], Any], data: st.SearchStrategy[Any]) -> bytes:
    """``data`` as YAML: block or flow, plain or quoted; a lone surrogate becomes broken UTF-8."""
    text = yaml.dump(
        draw(data),
        Dumper=_NoAliases,
        default_flow_style=draw(st.sampled_from([None, True, False])),
        default_style=draw(st.sampled_from([None, None, '"', "'"])),
        allow_unicode=draw(st.booleans()),
        width=draw(st.sampled_from([20, 80, 10_000])),
    )
    return text.encode("utf-8", "surrogatepass")


class _NoAliases(yaml.CSafeDumper):
    def ignore_aliases(self, _data: Any) -> bool:  # type: ignore[override]
        return True
