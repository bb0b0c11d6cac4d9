"""A real nginx with our server block, on loopback, and certificates as makers give their phones."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

PATIENCE = 60
_NGINX = """\
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/block.conf;
}}
"""


def needed() -> None:
    """Skips where there is no nginx or no openssl."""
    program()
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")


def program() -> str:
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip("nginx is not installed")
    return found


class Makers:
    """CAs and what they sign, made with openssl as it comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("makers", "somebody"):
            self._openssl(name, "-x509", "-days", "30", "-subj", f"/O={name}/CN=CA of {name}")
        more = ("-addext", "subjectAltName=IP:127.0.0.1", "-days", "30", "-subj", "/CN=web")
        self._openssl("web", "-x509", *more)

    def certificate(self, subject: str, ca: str = "makers", days: int = 30) -> tuple[str, str]:
        """Of a phone: certificate and key."""
        name = re.sub(r"\W", "_", f"{ca} {days} {subject}")
        certificate, key = (self.folder / f"{name}.{kind}" for kind in ("pem", "key"))
        if not certificate.exists():
            self._openssl(name, "-subj", subject, suffix="csr")
            self._ran(
                *("x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key"),
                *("-CAcreateserial", "-days", str(days), "-out", certificate.name),
            )
        return str(certificate), str(key)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def _openssl(self, name: str, *more: str, suffix: str = "pem") -> None:
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self._ran("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.{suffix}", *more)

    def _ran(self, *arguments: str) -> None:
        ran = subprocess.run(
            ["openssl", *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr


class Web:
    """What a phone sees."""

    def __init__(self, port: int, makers: Makers, log: Path) -> None:
        self.base, self._makers, self._log = f"https://127.0.0.1:{port}", makers, log

    def logged(self, path: str) -> str:
        """The line of the access log about this request; nginx writes it after the answer."""
        until = time.monotonic() + PATIENCE
        while True:
            for line in self._log.read_text("utf-8").splitlines():
                if f"/{path} " in line:
                    return line
            assert time.monotonic() < until
            time.sleep(0.02)

    def get(
        self, path: str, pair: tuple[str, str] | None = None, method: str = "GET"
    ) -> httpx.Response:
        trusted = ssl.create_default_context(cafile=self._makers.path("web.pem"))
        if pair:
            trusted.load_cert_chain(*pair)
        with httpx.Client(verify=trusted, trust_env=False, timeout=PATIENCE) as client:
            return client.request(method, f"{self.base}/{path}")


@contextmanager
def serving(folder: Path, block: str, makers: Makers) -> Iterator[Web]:
    """nginx with this server block, which listens on a free port of 127.0.0.1 alone."""
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    block = re.sub(r"^ *listen \[::\]:.*\n", "", block, flags=re.MULTILINE)
    block, count = re.subn(r"listen \d+ ssl;", f"listen 127.0.0.1:{port} ssl;", block)
    assert count == 1
    log = folder / "phones.log"
    block, count = re.subn(r"access_log \S+ (\w+);", rf"access_log {log} \1;", block)
    assert count == 1
    (folder / "block.conf").write_text(block, "utf-8")
    user = "user root;" if os.getuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, user=user), "utf-8")
    command = [program(), "-c", str(config), "-e", str(folder / "error.log")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            _wait(server, port)
            yield Web(port, makers, log)
        finally:
            server.terminate()
            server.wait(PATIENCE)


def _wait(server: "subprocess.Popen[str]", port: int) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        assert server.poll() is None, server.stderr and server.stderr.read()
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        except ConnectionRefusedError:
            assert time.monotonic() < until
            time.sleep(0.02)
        else:
            return


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
