"""How long until phones register, on a real Asterisk: `make bench-asterisk`.

First a customer with 20 workplaces, each with a desk phone that is configured by its MAC address, a
block and two ports, as a release does it: from the start of `provision apply` to the last REGISTER
that succeeds, with what the web host is told.  Then many workplaces in one apply, then all
read back, and a plan in which nothing changes, with HTTP calls per workplace.  Nothing here fails;
what a figure is worth depends on what else the machine does.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
import orjson  # noqa: E402

from provisioner.cli.group import main as provision  # noqa: E402
from provisioner.manifest.sealed import unseal_raw  # noqa: E402
from tests.asterisk.sip.sip import Phone, Sip  # noqa: E402
from tests.asterisk.sip.workspace import (  # noqa: E402
    Workspace,
    manifest,
    port,
    workplace,
)

SERVER = ROOT / "scripts" / "asterisk-server"
DAY = "2026-11-24"
CANNOT = 77


def release() -> dict[str, Any]:
    """20 workplaces with their phones, a block of the stock, a port of numbers and one of a
    block."""
    numbers = [f"05255512{n:02}" for n in range(5)]
    own = [workplace(f"port.{n}", number=number) for n, number in enumerate(numbers)]
    lines = [workplace(f"line.{n}", number=f"05255520{n:02}") for n in range(5)]
    ddi = [
        workplace(f"ddi.{n}", number={"stock": "ddi", "line": n}, extension=str(100 + n))
        for n in range(10)
    ]
    for number, place in enumerate([*own, *lines, *ddi]):
        place["phone"] = {"model": "snom-d785", "mac": f"000413A1{number:04X}"}
    return manifest(
        "Muster AG",
        numbers=[{"id": "ddi", "area": "052", "block": 100}],
        porting=[port("haupt", numbers), port("block", [], ["05255520"])],
        workplaces=[*own, *lines, *ddi],
    )


def fleet(count: int) -> dict[str, Any]:
    """One customer with ``count`` workplaces; a block's lines ring at the first hundred."""
    places = [
        workplace(
            f"desk.{n}",
            extension=str(1000 + n),
            **({"number": {"stock": "ddi", "line": n}} if n < 100 else {}),
        )
        for n in range(count)
    ]
    return manifest(
        "Gross AG", numbers=[{"id": "ddi", "area": "052", "block": 100}], workplaces=places
    )


@contextmanager
def server(folder: Path) -> Iterator[dict[str, str]]:
    """A private Asterisk; ends the program with one sentence where there can be none."""

    def script(action: str) -> None:
        environment = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
        command = [str(SERVER), action, str(folder)]
        ran = subprocess.run(
            command, env=environment, stderr=subprocess.PIPE, text=True, check=False
        )
        if ran.returncode == CANNOT:
            print(ran.stderr.strip().splitlines()[-1])
            sys.exit(CANNOT)
        ran.check_returncode()

    script("start")
    try:
        lines = shlex.split((folder / "env").read_text("utf-8"))  # as a shell reads it
        yield dict(line.split("=", 1) for line in lines)
    finally:
        script("stop")


class Calls:
    """Counts HTTP calls and the time that was spent waiting for them."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.waited = 0.0
        send = httpx.Client.request

        def counted(client: httpx.Client, method: str, url: str, **more: Any) -> httpx.Response:
            started = time.perf_counter()
            try:
                return send(client, method, url, **more)
            finally:
                self.waited += time.perf_counter() - started
                self.count[str(more.get("data", {}).get("Action", method))] += 1

        httpx.Client.request = counted  # type: ignore[method-assign]

    def during(self, what: str, count: int, work: Callable[[], object], pause: float = 0) -> None:
        """Runs ``work``, which waits ``pause`` seconds for astdb, and prints what it cost."""
        self.count, self.waited = Counter(), 0.0
        started, busy = time.perf_counter(), time.process_time()
        work()
        took, busy = time.perf_counter() - started, time.process_time() - busy
        made = self.count
        kinds = ", ".join(f"{n} {kind}" for kind, n in made.most_common())
        print(f"  {what}: {took:.2f} s")
        print(
            f"    {self.waited:.2f} s in HTTP calls (of all threads), {pause:.1f} s for astdb to"
            f" commit, {busy:.2f} s of processor in this process"
        )
        print(f"    {made.total()} calls, {made.total() / count:.2f} per workplace: {kinds}")


def here(workspace: Workspace, *arguments: str) -> None:
    """The command in this process, so that its calls can be counted."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    out = os.dup(1)
    os.dup2(quiet, 1)
    try:
        code = provision([arguments[0], "-C", str(workspace.root), *arguments[1:]])
    finally:
        sys.stdout.flush()
        os.dup2(out, 1)
        os.close(quiet)
        os.close(out)
    if code != 0:
        print(f"  provision {' '.join(arguments)} ended with {code}")


def first_release(env: dict[str, str], folder: Path) -> None:
    workspace = new_workspace(env, folder)
    web_host = with_web_host(workspace)
    workspace.customer("muster-ag", release())
    sip = Sip(env, folder)
    started = time.perf_counter()
    workspace.apply(DAY)
    applied = time.perf_counter() - started
    began = time.perf_counter()
    phones = told(workspace, web_host)
    with ThreadPoolExecutor(10) as pool:
        answers = Counter(pool.map(sip.register, phones))
    registered = time.perf_counter() - began
    print(
        "\n20 workplaces with phones, a block and two ports   (aim: under 5 s, under 1 s our own)"
    )
    print(f"  provision apply, as a process of its own            {applied:7.2f} s")
    print(f"  20 phones are told and register, by sipp, 10 at once{registered:7.2f} s")
    print(f"  from the start of apply to the last REGISTER        {applied + registered:7.2f} s")
    print(f"  answers to REGISTER: {dict(answers)}")


def with_web_host(workspace: Workspace) -> str:
    """The private key of a web host, to which the workspace seals what phones need."""
    key = workspace.root / "web-host.key"
    public = workspace.run("secret", "keygen", "--out", str(key)).splitlines()[-1].strip()
    url = "https://phones.muster.example/"
    phones = {"recipient": public, "registrar": "sip.muster.example", "url": url}
    workspace.configure(phones=phones)
    return key.read_text("utf-8")


def told(workspace: Workspace, identity: str) -> list[Phone]:
    """The phones, as the web host opens them."""
    lines = (workspace.root / "handover" / "phones.jsonl").read_bytes().splitlines()
    sealed = [found["sealed"] for line in lines if "sealed" in (found := orjson.loads(line))]
    entries = [orjson.loads(unseal_raw(each, [identity])) for each in sealed]
    return [Phone(entry["user"], entry["password"]) for entry in entries]


APPLY = ("apply", "--at", DAY, "--auto-approve")


def inside_release(env: dict[str, str], folder: Path, calls: Calls, commit: float) -> None:
    """The same once more in this process, to tell our own time from waiting."""
    workspace = new_workspace(env, folder)
    with_web_host(workspace)
    workspace.customer("muster-ag", release())
    what = "the same apply in a process that runs already"
    calls.during(what, 20, lambda: here(workspace, *APPLY), commit)


def many(env: dict[str, str], folder: Path, calls: Calls, commit: float, count: int) -> None:
    from provisioner.drivers.asterisk import AsteriskPbx
    from provisioner.telephony.identity import CustomerId

    workspace = new_workspace(env, folder)
    workspace.customer("gross-ag", fleet(count))
    print(f"\n{count} workplaces in one apply")
    calls.during("apply", count, lambda: here(workspace, *APPLY), commit)
    pbx = AsteriskPbx.open(driver(env), workspace.root)
    calls.during("read all of them back", count, lambda: pbx.read([CustomerId("gross-ag")]))
    pbx.close()
    plan = ("plan", "--at", DAY, "--detailed-exitcode")
    calls.during("a plan in which nothing changes", count, lambda: here(workspace, *plan))


def driver(env: dict[str, str]) -> dict[str, object]:
    return {
        "url": env["ASTERISK_URL"],
        "user": env["ASTERISK_USER"],
        "password_file": env["ASTERISK_PASSWORD_FILE"],
    }


def new_workspace(env: dict[str, str], folder: Path) -> Workspace:
    return Workspace(Path(tempfile.mkdtemp(dir=folder)), driver(env))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--workplaces", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    from provisioner.drivers.asterisk import AsteriskPbx

    commit = AsteriskPbx.COMMIT_SECONDS
    with tempfile.TemporaryDirectory(prefix="provision-bench-") as place:
        folder = Path(place)
        for number in range(given.rounds):
            with server(folder / f"pbx-{number}") as env:
                first_release(env, folder)
        calls = Calls()
        with server(folder / "pbx-inside") as env:
            inside_release(env, folder, calls, commit)
        with server(folder / "pbx-many") as env:
            many(env, folder, calls, commit, given.workplaces)


if __name__ == "__main__":
    main()
