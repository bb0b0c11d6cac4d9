"""Phones in a real browser: a headless Chromium, each of its tabs a phone made with JsSIP.

A tab asks over HTTP what to do and tells what happens; opening and closing tabs is HTTP too.  All
of it is on loopback, with a microphone that the browser plays itself.
"""

import json
import queue
import shutil
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx

HERE = Path(__file__).resolve().parent
SCRIPT = HERE.parents[2] / "scripts" / "browser-phone"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120
"""Seconds for what a busy machine does late; only a fault takes so long."""
CANNOT = 77
FLAGS = (
    *(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
    ),
    *("--disable-extensions", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-default-apps", "--no-default-browser-check", "--mute-audio"),
    *("--disable-background-timer-throttling", "--disable-renderer-backgrounding"),
    *("--no-proxy-server", "--remote-debugging-port=0"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
    "--allow-loopback-in-peer-connection",
)
PAGE = """<!doctype html><meta charset="utf-8"><title>phone</title>
<script src="/jssip.js"></script><script src="/phone.js"></script>
"""


class CannotBrowse(Exception):
    """Not on this machine; the message says why."""


class Surprise(AssertionError):
    """Something else happened, or nothing did."""


def jssip() -> Path:
    """JsSIP in one file.  Raises CannotBrowse."""
    ran = subprocess.run([str(SCRIPT), "install"], capture_output=True, text=True, check=False)
    if ran.returncode == CANNOT:
        raise CannotBrowse(ran.stderr.strip().splitlines()[-1].removeprefix("browser-phone: "))
    if ran.returncode != 0:
        raise Surprise(ran.stderr)
    return Path(ran.stdout.strip())


def program() -> str:
    """Raises CannotBrowse."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise CannotBrowse("there is no chromium")
    return found


class App:
    """One tab."""

    def __init__(self, browser: "Browser", name: str) -> None:
        self.name, self.events = name, list[dict[str, Any]]()
        self.deeds: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.news = threading.Condition()
        self.id = ""
        self.status = 0
        """Of the answer to the last REGISTER."""
        self._browser, self._seen = browser, 0

    def do(self, deed: str, **more: str) -> None:
        self.deeds.put({"deed": deed, **more})

    def wait(self, *events: str, patience: float = PATIENCE) -> dict[str, Any]:
        """The next of these; what comes before it is over.  Raises Surprise."""
        until = time.monotonic() + patience
        with self.news:
            while True:
                for at in range(self._seen, len(self.events)):
                    found = self.events[at]
                    if found["event"] == "broken":
                        raise Surprise(f"{self.name}: {found}")
                    if found["event"] in events:
                        self._seen = at + 1
                        return found
                if time.monotonic() > until:
                    raise Surprise(f"{self.name}: not one of {events}, but {self.events}")
                self.news.wait(0.1)

    def register(
        self, url: str, user: str, password: str, patience: float = PATIENCE
    ) -> dict[str, Any]:
        """What came of it: registered, refused or disconnected.  Raises Surprise."""
        self.do("register", url=url, user=user, password=password)
        return self.wait("registered", "refused", "disconnected", patience=patience)

    def stay(self, url: str, user: str, password: str, patience: float) -> None:
        """Registers; if the connection is lost, JsSIP makes another.  Raises Surprise."""
        until = time.monotonic() + patience
        told = self.register(url, user, password, patience)
        while not told.get("status"):
            left = until - time.monotonic()
            told = self.wait("registered", "refused", "disconnected", patience=left)
        self.status = told["status"]
        if told["event"] != "registered":
            raise Surprise(f"{self.name}: {told}")

    def talk(self, packets: int = 25) -> dict[str, Any]:
        """Once so many packets went each way: what getStats tells.  Raises Surprise."""
        until = time.monotonic() + PATIENCE
        while True:
            self.do("count")
            found = self.wait("count")
            if found["dtls"] == "connected" and min(found["sent"], found["received"]) >= packets:
                return found
            if time.monotonic() > until:
                raise Surprise(f"{self.name}: {found}")
            time.sleep(0.1)

    def heard(self, event: str) -> bool:
        """Whether that has ever happened."""
        with self.news:
            return any(each["event"] == event for each in self.events)

    def close(self) -> None:
        """As somebody closes the tab: the page is not asked."""
        self._browser.close_tab(self)


class Browser:
    """``exceptions``: certificates that it lets pass, as hashes of their keys (SPKI)."""

    def __init__(self, exceptions: tuple[str, ...], folder: Path) -> None:
        self.apps: dict[str, App] = {}
        chromium = program()
        self._web = _Web(self, jssip())
        self._folder = folder
        excepted = [f"--ignore-certificate-errors-spki-list={','.join(exceptions)}"]
        command = [chromium, *FLAGS, *(excepted if exceptions else ())]
        with (folder / "chromium.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, f"--user-data-dir={folder}", "about:blank"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self._http = httpx.Client(trust_env=False, timeout=PATIENCE, base_url=self._address())

    def _address(self) -> str:
        file, until = self._folder / "DevToolsActivePort", time.monotonic() + PATIENCE
        while not (file.exists() and "\n" in file.read_text("utf-8")):
            if self._process.poll() is not None or time.monotonic() > until:
                log = (self._folder / "chromium.log").read_text("utf-8", "replace")
                raise Surprise(f"chromium does not start: {log[-500:]}")
            time.sleep(0.02)
        return f"http://127.0.0.1:{file.read_text('utf-8').splitlines()[0]}"

    def open_tab(self, name: str) -> App:
        app = self.apps[name] = App(self, name)
        page = f"{self._web.url}/?name={quote(name)}"
        answer = self._http.put(f"/json/new?{quote(page, safe='')}")
        answer.raise_for_status()
        app.id = answer.json()["id"]
        app.wait("open")
        return app

    def open_app(self, name: str, url: str, user: str, password: str) -> App:
        """A tab with an app that is registered.

        A browser that has just started has lost its first connection, or left it hanging, on a busy
        machine: what is lost is made again, and instead of what hangs another tab is opened.
        Raises Surprise.
        """
        app = self.open_tab(name)
        try:
            app.stay(url, user, password, PATIENCE / 3)
        except Surprise:
            app.close()
            app = self.open_tab(f"{name} again")
            app.stay(url, user, password, PATIENCE)
        return app

    def close_tab(self, app: App) -> None:
        self._http.get(f"/json/close/{app.id}").raise_for_status()
        del self.apps[app.name]

    def close(self) -> None:
        self._http.close()
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        finally:
            if self._process.poll() is None:
                self._process.kill()
        self._web.close()


@contextmanager
def browsing(*exceptions: str) -> Iterator[Browser]:
    """Raises CannotBrowse."""
    with TemporaryDirectory(prefix="browser.", ignore_cleanup_errors=True) as folder:
        browser = Browser(exceptions, Path(folder))
        try:
            yield browser
        finally:
            browser.close()


class _Web:
    """What the tabs load, ask and tell."""

    def __init__(self, browser: Browser, library: Path) -> None:
        files = {
            "/": (PAGE.encode(), "text/html"),
            "/jssip.js": (library.read_bytes(), "text/javascript"),
            "/phone.js": ((HERE / "phone.js").read_bytes(), "text/javascript"),
        }

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked = urlsplit(self.path)
                if asked.path == "/next":
                    self._next(parse_qs(asked.query)["name"][0])
                elif asked.path in files:
                    self._answer(200, *files[asked.path])
                else:
                    self._answer(404)

            def do_POST(self) -> None:
                told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                app = browser.apps.get(told.pop("name"))
                if app is not None:
                    with app.news:
                        app.events.append(told)
                        app.news.notify_all()
                self._answer(200)

            def _next(self, name: str) -> None:
                app = browser.apps.get(name)
                if app is None:
                    self._answer(404)
                    return
                try:
                    deed = app.deeds.get(timeout=5)
                except queue.Empty:
                    self._answer(204)
                else:
                    self._answer(200, json.dumps(deed).encode(), "application/json")

            def _answer(self, status: int, body: bytes = b"", kind: str = "text/plain") -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A tab that is closed while it asks is no fault."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def spki(certificate: Path) -> str:
    """The hash by which a browser is told to let a certificate pass, whoever signed it."""
    read = ["openssl", "x509", "-in", str(certificate), "-pubkey", "-noout"]
    public = subprocess.run(read, check=True, capture_output=True).stdout
    write = ["openssl", "pkey", "-pubin", "-outform", "der"]
    der = subprocess.run(write, input=public, check=True, capture_output=True).stdout
    return b64encode(sha256(der).digest()).decode()
