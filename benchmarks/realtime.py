"""What a fleet's database costs, with two real Asterisks: `make bench-realtime`.

A fleet is written as the driver writes it and planned, proven and read back; one more customer is
set up, a node is started and phones register.  What a figure is worth depends on what else the
machine does.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import applied  # noqa: E402
import fleet  # noqa: E402
import fleets  # noqa: E402
import psycopg  # noqa: E402
from applied_realtime import CopiedFleet  # noqa: E402

from provisioner.contract.resources import NumberRef, Route, Tenant, Workplace  # noqa: E402
from provisioner.drivers.asterisk.realtime import RealtimePbx  # noqa: E402
from provisioner.telephony.identity import CustomerId  # noqa: E402
from provisioner.telephony.licenses import License  # noqa: E402
from provisioner.telephony.numbers import E164  # noqa: E402
from tests.asterisk.sip.sip import Phone, Sip  # noqa: E402
from tests.asterisk.sip.workspace import Workspace, manifest, workplace  # noqa: E402

SERVER = ROOT / "scripts" / "asterisk-server"
CANNOT, DAY, PLACES = 77, "2026-11-24", 20
T = TypeVar("T")


def script(*arguments: str) -> None:
    """Ends the program with one sentence where there can be no fleet."""
    environment = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [str(SERVER), *arguments], env=environment, stderr=subprocess.PIPE, text=True, check=False
    )
    if ran.returncode == CANNOT:
        print(ran.stderr.strip().splitlines()[-1])
        sys.exit(CANNOT)
    ran.check_returncode()


def env_of(folder: Path) -> dict[str, str]:
    lines = (folder / "env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def timed(what: str, call: Callable[[], T], note: Callable[[T, float], str] | None = None) -> T:
    started, busy = time.perf_counter(), time.process_time()
    found = call()
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    more = f"  {note(found, seconds)}" if note else ""
    print(f"{what:<52}{seconds:9.3f} s {busy:9.3f} s of processor here{more}", flush=True)
    return found


def customer(name: str) -> list[Tenant | Workplace | Route]:
    found: list[Tenant | Workplace | Route] = []
    mine = CustomerId(name)
    found.append(Tenant(customer=mine, name=f"Firma {name}"))
    first = int(name[1:]) * PLACES
    for n in range(PLACES):
        digits = f"044{first + n:07}"
        found.append(
            Workplace(
                customer=mine,
                login=f"w.{n}",
                license=License.PHONES,
                name=f"Anna {n}",
                extension=str(20 + n),
                credential="generated:1",
            )
        )
        found.append(Route(customer=mine, number=NumberRef.literal(digits), target=f"w.{n}"))
    return found


def put(pbx: RealtimePbx, name: str) -> None:
    pbx.begin(CustomerId(name))
    for each in customer(name):
        pbx.put(each, secret="a-long-password", key="bench")  # noqa: S106 - invented
    pbx.flush()


def measure(folder: Path, count: int) -> None:
    script("fleet", str(folder))
    node = env_of(folder / "a")
    server = env_of(folder / "postgres")
    options = {
        "url": env_of(folder)["FLEET_URL"],
        "password_file": env_of(folder)["FLEET_PASSWORD_FILE"],
        "sip": node["ASTERISK_SIP"],
    }
    os.environ["PGPASSFILE"] = server["PGPASSFILE"]
    owner = f"host=127.0.0.1 port={server['PGPORT']} user=owner dbname=asterisk"
    pbx = RealtimePbx.open(options, folder)
    root = folder / "fleet"
    root.mkdir()
    paths = fleet.write(root, count)
    everyone = [CustomerId(path.stem) for path in paths]
    config = root / "provision.yaml"
    here = json.dumps({"driver": "asterisk-realtime", **options})
    lines = [x for x in config.read_text("utf-8").splitlines() if not x.startswith("pbx:")]
    config.write_text("\n".join([*lines, f"pbx: {here}", ""]), "utf-8")

    def each(_: object, seconds: float) -> str:
        return f"{seconds / (2 * PLACES + 1) * 1000:.1f} ms a call, one transaction each"

    timed(
        "all rows copied in, and the desk's", lambda: applied.fill(root, paths, CopiedFleet(owner))
    )
    with psycopg.connect(owner, autocommit=True) as db:
        query = b"SELECT pg_database_size(current_database())"
        size = int(db.execute(query).fetchone()[0])  # type: ignore[index]
    print(f"{'the database':<52}{size / count / PLACES / 1000:9.2f} kB a workplace")
    states = timed("all customers read back", lambda: pbx.read(everyone))
    print(f"{'objects that were read':<52}{sum(len(s.objects) for s in states.values()):9,}")
    del states
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'memory at the most':<52}{peak:9.0f} MB")
    timed("how many objects are ours", pbx.size, lambda n, _: f"{n:,}")
    timed("one customer read", lambda: pbx.read(everyone[-1:]))
    timed("12 numbers looked up", lambda: pbx.holders([E164(f"044{n:07}") for n in range(12)]))
    timed("another customer, through the driver", lambda: put(pbx, f"c{count:06}"), each)
    pbx.close()
    fleets.commands(root, paths)
    office = Workspace(folder / "workspace-of-one", {"driver": "asterisk-realtime", **options})
    places = [workplace(f"p.{n}", extension=str(20 + n)) for n in range(PLACES)]
    office.customer("muster-ag", manifest("Muster AG", workplaces=places))
    new = ("--acknowledge", "desk-empty")
    timed("provision apply of one more, 20 workplaces", lambda: office.apply(DAY, *new))
    timed("provision plan of it, nothing to do", lambda: office.plan(DAY))
    script("stop", str(folder / "a"))
    timed("a node starts", lambda: script("fleet", str(folder)))
    pid = (folder / "a" / "pid").read_text("ascii").strip()
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    print(f"{'its memory':<52}{int(resident.split()[1]) / 1024:9.0f} MB")
    sip = Sip(node, folder)
    phones = [office.phone("muster-ag", f"p.{n}") for n in range(PLACES)]

    def register() -> None:
        for phone in phones:
            if sip.register(Phone(phone.user, phone.password)) != 200:
                sys.exit("a phone does not register")

    timed("20 phones register, a process of sipp for each", register)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=10_000)
    count = parser.parse_args().customers
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o755)
        try:
            measure(folder, count)
        finally:
            script("stop-fleet", str(folder))


if __name__ == "__main__":
    main()
