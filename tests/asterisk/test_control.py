"""What steers Asterisk is out of reach of phones, and ``provision doctor`` sees where it is not."""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from tests.asterisk.conftest import ROOT, SCRIPT
from tests.asterisk.namespace import Namespace
from tests.asterisk.server import Server
from tests.told import told

PHONES, TLS = "192.0.2.10", 8089
PAGES = ("ari/asterisk/ping", "rawman", "mxml", "manager", "arawman", "amxml", "amanager")
RESTRICTIONS = r"\n\[/.*\Z"
OPEN = ("http.conf", r"^bindaddr = .*", "bindaddr = 0.0.0.0")
OPEN_TLS = ("http.conf", r"^tlsbindaddr = .*", f"tlsbindaddr = 0.0.0.0:{TLS}")
Edit = tuple[str, str, str]


@pytest.fixture
def from_elsewhere() -> Iterator[httpx.Client]:
    transport = httpx.HTTPTransport(local_address="127.0.0.5")
    with httpx.Client(transport=transport, trust_env=False, timeout=10) as client:
        yield client


def spellings(page: str) -> list[str]:
    return [page, page.upper(), page.capitalize(), page[0] + page[1:].upper()]


def test_only_apps_are_served_from_elsewhere(
    server: Server,
    misconfigured: Callable[[str, str, str], None],
    from_elsewhere: httpx.Client,
) -> None:
    misconfigured(*OPEN)
    user = (server.env["ASTERISK_USER"], server.password)
    url = server.env["ASTERISK_URL"]
    for page in PAGES:
        for spelled in spellings(page):
            answer = from_elsewhere.get(f"{url}/{spelled}", auth=user)
            assert answer.status_code == 403, spelled
    assert from_elsewhere.get(f"{url}/ws").status_code == 426
    assert server.http.get(f"/{PAGES[0]}").status_code == 200


def test_the_control_user_is_let_in_from_this_machine_alone(
    server: Server,
    misconfigured: Callable[[str, str, str], None],
    from_elsewhere: httpx.Client,
) -> None:
    """Where somebody opened the pages, the user's own list still holds."""
    misconfigured(
        "http.conf", r"(?s)^bindaddr = [0-9.]+\n(.*?)\n\[/.*\Z", r"bindaddr = 0.0.0.0\n\1"
    )
    name, password = server.env["ASTERISK_USER"], server.password
    url = server.env["ASTERISK_URL"]
    assert from_elsewhere.get(f"{url}/{PAGES[0]}", auth=(name, password)).status_code == 403
    login = {"Action": "Login", "Username": name, "Secret": password}
    assert "Authentication failed" in from_elsewhere.post(f"{url}/rawman", data=login).text


class Pbx:
    """An Asterisk in a network of its own, with an address where phones are."""

    def __init__(self, network: Namespace, folder: Path) -> None:
        self._network, self._folder = network, folder
        network.run("ip", "address", "add", f"{PHONES}/24", "dev", "lo")
        self.start()
        self._etc = (folder / "server/etc").resolve()
        self._files = {n: (self._etc / n).read_text("utf-8") for n in ("http.conf", "manager.conf")}

    def start(self) -> None:
        self._script("start")
        self.env = told(self._folder / "env")

    def close(self) -> None:
        self._script("stop")
        shutil.rmtree((self._folder / "server").resolve())

    def _script(self, verb: str) -> None:
        python = {"PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
        ran = self._network.run(str(SCRIPT), verb, str(self._folder), code=(0, 77), **python)
        if verb == "start" and not (self._folder / "pid").exists():
            pytest.skip(ran.strip() or "no Asterisk can run here")

    def edited(self, edits: list[Edit]) -> None:
        texts = dict(self._files)
        for name, pattern, replacement in edits:
            texts[name], count = re.subn(
                pattern, replacement, texts[name], count=1, flags=re.MULTILINE
            )
            assert count, (name, pattern)
        self._script("stop")
        for name, text in texts.items():
            (self._etc / name).write_text(text, "utf-8")
        self.start()

    def serves(self, page: str) -> int:
        """The answer to whoever asks where phones are."""
        asked = (
            "import http.client, ssl; context = ssl._create_unverified_context();"
            f"to = http.client.HTTPSConnection('{PHONES}', {TLS}, timeout=10, context=context);"
            f"to.request('GET', '/{page}'); print(to.getresponse().status)"
        )
        return int(self._network.run(sys.executable, "-c", asked))

    def doctor(self, root: Path, **options: str) -> dict[str, str]:
        """Message by check, of the PBX's checks that fail."""
        given = {
            "driver": "asterisk",
            "url": self.env["ASTERISK_URL"],
            "password_file": self.env["ASTERISK_PASSWORD_FILE"],
            "sip": f"{PHONES}:5060",
            **options,
        }
        text = f"version: 1\npbx: {json.dumps(given)}\ndesk: {{driver: sql}}\n"
        (root / "provision.yaml").write_text(text, "utf-8")
        (root / "customers").mkdir(exist_ok=True)
        command = (sys.executable, "-m", "provisioner", "doctor", "--format", "json")
        said = self._network.run(
            *command, code=(0, 1), cwd=root, PYTHONPATH=str(ROOT), PROVISION_LANG="en"
        )
        found: list[Mapping[str, object]] = json.loads(said)["checks"]
        assert any(c["check"] == "control" for c in found)
        return {
            str(c["check"]): json.dumps(c) for c in found if c["group"] == "pbx" and not c["ok"]
        }


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pbx]:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate")
    with Namespace() as network:
        pbx = Pbx(network, tmp_path_factory.mktemp("apart"))
        yield pbx
        pbx.close()


@pytest.mark.parametrize("sip", [f"{PHONES}:5060", "127.0.1.1:5060", "localhost:5060"])
def test_doctor_is_content_with_what_was_written(apart: Pbx, tmp_path: Path, sip: str) -> None:
    """Also with an address open for apps, and where the machine knows itself as loopback."""
    apart.edited([])
    assert apart.doctor(tmp_path, sip=sip) == {}
    apart.edited([OPEN, OPEN_TLS])
    assert (apart.serves("ws"), apart.serves("rawman")) == (426, 403)
    assert apart.doctor(tmp_path, sip=sip) == {}


SMALL = "".join(
    f"\n[/{p.partition('/')[0]}]\ntype = restriction\ndeny = 0.0.0.0/0\npermit = 127.0.0.1\n"
    for p in PAGES
)


@pytest.mark.parametrize(
    ("edits", "options", "where"),
    [
        ([OPEN, ("http.conf", f"(?s){RESTRICTIONS}", "")], {}, "/ari/asterisk/ping"),
        ([OPEN, ("http.conf", f"(?s){RESTRICTIONS}", SMALL)], {}, "/ARI/ASTERISK/PING"),
        ([OPEN_TLS, ("http.conf", f"(?s){RESTRICTIONS}", "")], {}, f"{PHONES}:{TLS}"),
        (
            [
                OPEN_TLS,
                ("http.conf", f"(?s){RESTRICTIONS}", ""),
                ("http.conf", f":{TLS}$", ":8443"),
            ],
            {"wss": f"{PHONES}:8443"},
            f"{PHONES}:8443",
        ),
        (
            [("manager.conf", r"(?s)^bindaddr = .*?\nport = \d+", "bindaddr = ::\nport = 5038")],
            {"sip": "localhost:5060"},
            f"AMI of the PBX answers at {PHONES}:5038",
        ),
    ],
    ids=["plain", "small letters", "TLS", "TLS elsewhere", "AMI"],
)
def test_doctor_tells_what_is_open(
    apart: Pbx, tmp_path: Path, edits: list[Edit | str], options: dict[str, str], where: str
) -> None:
    apart.edited(edits)
    found = apart.doctor(tmp_path, **options)
    found.pop("tls_name", None)  # of an address that no certificate names
    assert set(found) == {"control"}
    assert "PV610" in found["control"]
    assert where in found["control"]


def test_doctor_finds_https_without_being_told(apart: Pbx, tmp_path: Path) -> None:
    bound = ("http.conf", r"^tlsbindaddr = .*", "tlsbindaddr = 0.0.0.0:8444")
    apart.edited([bound])
    assert apart.doctor(tmp_path) == {}
    apart.edited([bound, ("http.conf", f"(?s){RESTRICTIONS}", "")])
    found = apart.doctor(tmp_path)
    assert set(found) == {"control"}
    assert f"{PHONES}:8444" in found["control"]
