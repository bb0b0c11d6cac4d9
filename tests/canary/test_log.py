"""The log of ``--log json``: all that a run did, and nothing by which anybody could be known."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from canary.aviary import (
    CHAINED,
    DAY,
    DESK,
    GENERATES,
    NO_ANSWER,
    PBX,
    Aviary,
    breaks,
    canaries,
)
from jsonschema import Draft7Validator, FormatChecker

WITH_KEY = "--identity operator.key"
LOGGED = (
    (f"apply --at {DAY} --auto-approve", GENERATES, 3),  # no key for the sealed password
    (f"apply --at {DAY} --auto-approve {WITH_KEY}", breaks(PBX, "put", NO_ANSWER), 0),
    ("reconcile --at 2026-12-01 --auto-approve", breaks(DESK, "read", CHAINED), 1),
    ("porting accept voliere/alt/9 --who R.Frei --why letter", GENERATES, 3),
    ("nonsense --log json", GENERATES, 64),
    ("secret seal voliere workplace drei.vol", GENERATES, 0),  # a place that no manifest has
)
"""Commands on a new customer, what breaks meanwhile, and how they end."""
CODES = [code for _, _, code in LOGGED]
NAMED = re.compile(
    r"eins\.vol|zwei\.vol|drei\.vol|voliere\.(?:support|admin)|5255512|Voliere Muster|R\.Frei"
)
"""Logins, numbers, the company and who did it: shown to people, and not in a log."""


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Every line of a log that nobody wrote anything else into."""
    aviary = Aviary.build(tmp_path_factory.mktemp("logged"))
    for line, site, _ in LOGGED:
        aviary.run(line, site=site, log="json", stdin="kein-Wort-von-jemandem\n")
    said = "".join(ran.err for ran in aviary.ran)
    assert not canaries(said)
    assert not NAMED.findall(said)
    assert [ran.code for ran in aviary.ran] == CODES
    return [orjson.loads(line) for line in said.splitlines()]


def test_each_line_of_the_log_is_as_its_schema_says(logged: list[dict[str, Any]]) -> None:
    schema = orjson.loads(Path("schemas/log.schema.json").read_bytes())
    valid = Draft7Validator(schema, format_checker=FormatChecker())
    for line in logged:
        valid.validate(line)
        assert line.keys() <= schema["properties"].keys()
    assert {line["what"] for line in logged} == {*schema["properties"]["what"]["enum"]}


def test_the_log_tells_of_a_whole_run(logged: list[dict[str, Any]]) -> None:
    runs = [line["run"] for line in logged if line.get("outcome") == "begun"]
    assert len({*runs}) == len(LOGGED)
    ends = [line for line in logged if line["what"] == "run" and line["outcome"] != "begun"]
    assert [line["exit_code"] for line in ends] == CODES
    mine = [line for line in logged if line["run"] == runs[1]]
    steps = [line for line in mine if line["what"] == "step"]
    assert [line["position"] for line in steps] == [*range(1, len(steps) + 1)]
    assert {line["outcome"] for line in steps} == {"done"}
    (customer,) = (line for line in mine if line["what"] == "customer")
    assert {line["journal"] for line in steps} == {customer["journal"]}
    calls = [line for line in mine if line["what"] == "call"]
    assert {line["call"] for line in calls} >= {"together", "intend", "put", "settle"}
    calls = [line for line in calls if line.get("step")]
    (unanswered,) = (line for line in calls if line["outcome"] == "unknown")
    assert (unanswered["system"], unanswered["call"], unanswered["codes"]) == (
        "pbx",
        "put",
        ["PV511"],
    )
    assert sum(line["duration_ms"] for line in steps) <= customer["duration_ms"]
    assert "PV905" not in str(mine)
