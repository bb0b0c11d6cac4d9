"""``make faults``: every fault at every call of each scenario, on each pair of systems.

    python -m tests.badday [--every N] [--pair PBX+DESK] [--scenario NAME] [--jobs N]

``--every 50`` takes about each fiftieth case: all of them take hours.
"""

import argparse
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.badday import pairs
from tests.badday.matrix import SCENARIOS, Tally

PAIRS = [f"{pbx}+{desk}" for pbx in pairs.PBXES for desk in pairs.DESKS]


def main() -> int:
    asked = argparse.ArgumentParser(prog="make faults")
    asked.add_argument("--every", type=int, default=1)
    asked.add_argument("--pair", choices=PAIRS, action="append")
    asked.add_argument("--scenario", choices=SCENARIOS, action="append")
    asked.add_argument("--jobs", type=int, default=os.cpu_count(), help="default: as processors")
    given = asked.parse_args()
    total, every = Tally(), 0
    # a process each, since all of them write to one and the same place otherwise
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(given.jobs, fresh, max_tasks_per_child=1) as pool:
        parts = [
            pool.submit(pairs.part, *pair.split("+"), scenario, given.every)
            for pair in given.pair or PAIRS
            for scenario in given.scenario or SCENARIOS
        ]
        for done in as_completed(parts):
            where, there, seconds, tally = done.result()
            pairs.tell(f"{where}: {there} in all, {seconds} s")
            pairs.tell("\n".join(f"  {line}" for line in (tally.line(), *tally.wrong)))
            total.add(tally)
            every += there
    pairs.tell(f"All, of {every}: {total.line()}")
    return 1 if total.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
