"""``make faults``: every fault at every call of each scenario, on each pair of systems.

    python -m tests.badday [--every N] [--pair PBX+DESK] [--scenario NAME]

``--every 50`` takes about each fiftieth case: all of them take hours.
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from provisioner.drivers.sql import opened
from tests.badday import pairs
from tests.badday.double import serving
from tests.badday.matrix import SCENARIOS, Tally
from tests.postgres.private import private_postgres

PAIRS = [f"{pbx}+{desk}" for pbx in pairs.PBXES for desk in pairs.DESKS]


def main() -> int:
    asked = argparse.ArgumentParser(prog="make faults")
    asked.add_argument("--every", type=int, default=1)
    asked.add_argument("--pair", choices=PAIRS, action="append")
    asked.add_argument("--scenario", choices=SCENARIOS, action="append")
    given = asked.parse_args()
    opened._GRACE = 0
    total = Tally()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        double = stack.enter_context(serving())
        chosen = [pair.split("+") for pair in given.pair or PAIRS]
        server = None
        if any(desk == "postgresql" for _, desk in chosen):
            server = stack.enter_context(private_postgres(folder / "postgres"))
        for pbx, desk in chosen:
            for scenario in given.scenario or SCENARIOS:
                place = folder / pbx / desk / scenario
                place.mkdir(parents=True)
                systems = (
                    double if pbx == "asterisk" else None,
                    server if desk != "sqlite" else None,
                )
                with pairs.bench(place, scenario, *systems) as bench:
                    tally, begun, every = Tally(), time.monotonic(), bench.cases()
                    for case in bench.sample(given.every):
                        bench.play(case, tally)
                seconds = round(time.monotonic() - begun)
                tell(f"{pbx} × {desk}, {scenario}: {len(every)} in all, {seconds} s")
                tell("\n".join(f"  {line}" for line in (tally.line(), *tally.wrong)))
                total.add(tally)
    tell(f"All: {total.line()}")
    return 1 if total.wrong else 0


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
