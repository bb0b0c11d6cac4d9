"""A small client of the Language Server Protocol, over standard input and output."""

import json
import os
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

LIMIT = 300
"""Seconds for one answer; a busy machine starts node slowly."""

SETTINGS = {
    "yaml": {
        "validate": True,
        "hover": True,
        "completion": True,
        "schemaStore": {"enable": False},  # nothing from a network
        "yamlVersion": "1.2",
    },
    "http": {"proxy": "http://127.0.0.1:9"},
}


class Server:
    """yaml-language-server with one open folder. Positions count from 0, as the protocol does."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            ["node", str(program), "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        )
        self._next = 0
        self._opened = 0
        self._answers: dict[int, queue.Queue[dict[str, Any]]] = {}
        self._found: dict[str, queue.Queue[list[dict[str, Any]]]] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()
        markdown = ["markdown", "plaintext"]
        abilities = {
            "workspace": {"configuration": True},
            "textDocument": {
                "hover": {"contentFormat": markdown},
                "completion": {
                    "completionItem": {"snippetSupport": True, "documentationFormat": markdown}
                },
                "publishDiagnostics": {},
            },
        }
        self.ask(
            "initialize",
            processId=os.getpid(),
            rootUri=folder.as_uri(),
            capabilities=abilities,
            workspaceFolders=[{"uri": folder.as_uri(), "name": "workspace"}],
        )
        self._tell("initialized")
        self._tell("workspace/didChangeConfiguration", settings=SETTINGS)

    def open(self, text: str, folder: str = "customers/limmat-it") -> str:
        """Shows ``text`` as a new file in ``folder`` and answers with its address."""
        self._opened += 1
        address = (self.folder / folder / f"file-{self._opened}.yaml").as_uri()
        self._found[address] = queue.Queue()
        document = {"uri": address, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", textDocument=document)
        return address

    def diagnostics(self, address: str) -> list[dict[str, Any]]:
        """What the server finds wrong with a document that was just opened."""
        return self._found[address].get(timeout=LIMIT)

    def hover(self, address: str, line: int, column: int) -> str:
        found = self._at("textDocument/hover", address, line, column)
        return str(found["contents"]["value"]) if found else ""

    def completions(self, address: str, line: int, column: int) -> dict[str, dict[str, Any]]:
        """Proposals by label."""
        found = self._at("textDocument/completion", address, line, column)
        return {item["label"]: item for item in found["items"]}

    def _at(self, method: str, address: str, line: int, column: int) -> Any:
        position = {"line": line, "character": column}
        return self.ask(method, textDocument={"uri": address}, position=position)

    def ask(self, method: str, **params: Any) -> Any:
        with self._lock:
            self._next += 1
            mine = self._next
            self._answers[mine] = queue.Queue()
        self._send({"id": mine, "method": method, "params": params})
        answer = self._answers[mine].get(timeout=LIMIT)
        assert "error" not in answer, answer
        return answer["result"]

    def close(self) -> None:
        try:
            self.ask("shutdown")
            self._tell("exit")
            self._process.wait(LIMIT)
        finally:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream:
                    stream.close()

    def _tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = self._process.stdin
        assert stream
        with self._lock:
            stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
            stream.flush()

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream
        while line := stream.readline():
            size = 0
            while line.strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    size = int(value)
                line = stream.readline()
            self._take(json.loads(stream.read(size)))

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            self._answers[message["id"]].put(message)
        elif "id" in message:
            result: Any = None
            if message["method"] == "workspace/configuration":
                items = message["params"]["items"]
                result = [SETTINGS.get(item.get("section", "")) for item in items]
            self._send({"id": message["id"], "result": result})
        elif message["method"] == "textDocument/publishDiagnostics":
            found = self._found.get(message["params"]["uri"])
            if found:
                found.put(message["params"]["diagnostics"])
