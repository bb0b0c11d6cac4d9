"""Several processes at one desk in a database: races, leases, and one that is killed."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from drivers.desks import open_desk

from provisioner.contract.process import is_dead, shown, this_holder
from provisioner.contract.resources import Kind
from provisioner.errors import Locked
from provisioner.telephony.numbers import DdiBlock
from provisioner.testing.values import (
    NOW,
    SMITHY,
    TODAY,
    key,
    provisional,
    raises,
    stock,
)


def test_holder_is_dead_only_if_that_is_certain():
    host, pid, start = this_holder().split(":")
    assert not is_dead(this_holder())
    assert is_dead(f"{host}:{pid}:{start}1")  # the id was used again by a later process
    assert not is_dead(f"elsewhere:{pid}:{start}1")
    assert not is_dead(f"{host}:{pid}:other-boot-1")
    assert not is_dead(f"{host}:{pid}:-")
    assert not is_dead("nonsense")
    assert shown(this_holder()) == f"{host}:{pid}"


HEAD = """
    import os, sys, time
    from datetime import timedelta
    from pathlib import Path
    from provisioner.errors import ProvisionError
    from provisioner.drivers.sql import SqlDesk
    from provisioner.contract.process import this_holder
    from provisioner.testing.values import *
    root, me = Path(sys.argv[1]), sys.argv[2]
    desk = SqlDesk.open({"timeout": "100"}, root, pools=POOLS, policy=POLICY, require_poa=False)
"""


def start(script, *args):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HEAD) + textwrap.dedent(script), *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def race(script, root, racers=4):
    """Output of processes that begin at the same moment; all live until each has said a word."""
    runners = [start(script, root, n) for n in range(racers)]
    for runner in runners:
        assert runner.stdout.readline() == "ready\n", runner.stderr.read()
    for runner in runners:
        runner.stdin.write("go\n")
        runner.stdin.flush()
    firsts = [runner.stdout.readline() for runner in runners]
    outputs = []
    for runner, first in zip(runners, firsts, strict=True):
        with runner:  # closes its input, and waits
            runner.stdin.close()
            output, errors = runner.stdout.read(), runner.stderr.read()
        assert runner.returncode == 0, errors
        outputs.append((first + output).split())
    return outputs


READY = """
    print("ready", flush=True)
    sys.stdin.readline()
"""


def test_r11_race_between_a_port_and_the_return_of_a_number(tmp_path):
    """Whoever is first: what one customer ports in comes back to no other, and both get on."""
    desk = open_desk(tmp_path)
    rested = []
    for n in range(8):
        rested.append(desk.put(stock(f"s{n}"), today=TODAY, key=key()).digits)
        desk.delete(stock(f"s{n}"), today=TODAY, key=key())
    found = race(
        f"    rested = {rested!r}"
        + READY
        + """
    for n, digits in enumerate(rested):
        if int(me) % 2:
            wanted = order(customer=CAFE, porting=f"p{n}", numbers=(digits,), blocks=())
        else:
            wanted = stock(f"s{n}")
        try:
            got = desk.put(wanted, today=TODAY, key=f"{int(me) % 2}-{n}")
            print("port" if int(me) % 2 else "stock", n, digits if int(me) % 2 else got.digits)
        except ProvisionError as error:
            print("refused", n, error.code)
    """,
        tmp_path,
        racers=2,
    )
    said = [tuple(words[i : i + 3]) for words in found for i in range(0, len(words), 3)]
    assert len(said) == 16
    ported = {digits for what, _, digits in said if what == "port"}
    given = {digits for what, _, digits in said if what == "stock"}
    assert not ported & given
    assert {digits for what, _, digits in said if what == "refused"} <= {"PV522"}
    assert len(given) == 8, "who wants a number of the stock always gets one"
    assert ported | given >= set(rested)


def test_r3_race_for_the_last_numbers(tmp_path):
    """Four processes, a hundred numbers, 120 wishes: each number once, the rest refused."""
    found = race(
        READY
        + """
    for i in range(30):
        try:
            print(desk.put(stock(f"p{me}-{i}"), today=TODAY, key=f"p{me}-{i}").digits, flush=True)
        except ProvisionError as error:
            print(error.code, flush=True)
    """,
        tmp_path,
    )
    every = [line for lines in found for line in lines]
    numbers = [line for line in every if not line.startswith("PV")]
    assert len(numbers) == len(set(numbers)) == 100
    assert [line for line in every if line.startswith("PV")] == ["PV521"] * 20


def test_race_for_a_lease_has_one_winner(tmp_path):
    found = race(
        READY
        + """
    try:
        desk.acquire_lease(SMITHY, holder=this_holder(), at=NOW, seconds=60)
        print("won", flush=True)
        sys.stdin.readline()  # alive while the others try
    except ProvisionError as error:
        print(error.code, flush=True)
    """,
        tmp_path,
    )
    assert sorted(line for lines in found for line in lines) == ["PV531"] * 3 + ["won"]


def test_race_with_one_key_is_one_call(tmp_path):
    found = race(
        READY
        + """
    for i in range(10):
        found = desk.put(order(porting=f"p{i}", numbers=(), blocks=()), today=TODAY, key=f"one-{i}")
        print(found.progress.remote_id, flush=True)
    """,
        tmp_path,
    )
    assert found[0] == found[1] == found[2] == found[3]
    assert len(set(found[0])) == 10
    desk = open_desk(tmp_path)
    assert all(o.progress.attempt == 1 for o in desk.read([SMITHY])[SMITHY].objects)
    desk.close()


def test_lease_of_a_killed_run_is_free_at_once(tmp_path):
    runner = start(
        """
    desk.acquire_lease(SMITHY, holder=this_holder(), at=NOW, seconds=3600)
    print("ready", flush=True)
    sys.stdin.readline()
    """,
        tmp_path,
        0,
    )
    assert runner.stdout.readline() == "ready\n"
    desk = open_desk(tmp_path)
    with raises(Locked, "PV531") as caught:
        desk.acquire_lease(SMITHY, holder=this_holder(), at=NOW, seconds=60)
    assert f":{runner.pid}" in caught.error.params["holder"]
    os.kill(runner.pid, signal.SIGKILL)
    os.waitid(os.P_PID, runner.pid, os.WEXITED | os.WNOWAIT)  # dead, and still a zombie
    desk.acquire_lease(SMITHY, holder=this_holder(), at=NOW, seconds=60)
    runner.communicate(timeout=300)
    desk.close()


def test_writer_killed_in_the_middle_leaves_whole_transactions(tmp_path):
    """What was answered is there; what was not is there as a whole or not at all."""
    for round_ in range(4):
        runner = start(
            """
    print("ready", flush=True)
    for i in range(1000):
        run = desk.begin(SMITHY, at=NOW, who="ci", manifest="", steps={"s": "d"})
        desk.intend(run, "s", at=NOW, key=f"{me}-{i}")
        wanted = order(porting=f"r{me}-{i}", numbers=(f"05255{int(me):02d}{i:03d}",), blocks=())
        desk.put(wanted, today=TODAY, key=f"{me}-{i}")
        print(wanted.key, flush=True)
    """,
            tmp_path,
            round_,
        )
        assert runner.stdout.readline() == "ready\n", runner.stderr.read()
        first = runner.stdout.readline()
        time.sleep(0.05 + round_ * 0.0371)
        os.kill(runner.pid, signal.SIGKILL)
        output = first + runner.stdout.read()
        runner.communicate(timeout=300)
        desk = open_desk(tmp_path, timeout="60")
        held = desk.read([SMITHY])[SMITHY].objects
        orders = {o.key: o for o in held if o.kind is Kind.ORDER}
        assert set(output.split()) <= set(orders)
        assert len({o.progress.remote_id for o in orders.values()}) == len(orders)
        assert len(desk.open_runs()) == 1
        for each in orders.values():
            assert set(desk.holders([DdiBlock(each.numbers[0][:7])]).values()) == {SMITHY}
        again = desk.put(provisional("0525551200"), today=TODAY, key=key())
        assert again.digits
        desk.close()
