"""An editor as a language server sees it: a process on the other end of two pipes."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

Json = dict[str, Any]
# In seconds; a busy machine takes its time.
PATIENCE = 60


class Editor:
    """Starts a server, opens a folder, and keeps what the server shows.

    Attributes:
        shown: The diagnostics of each file, by its address.
        said: Messages for the user.
    """

    def __init__(self, folder: Path | None, *, encodings: list[str] | None = None) -> None:
        self.folder = folder
        self.shown: dict[str, list[Json]] = {}
        self.said: list[str] = []
        self._messages: queue.Queue[Json] = queue.Queue()
        self._number = 0
        self._versions: dict[str, int] = {}
        self._answers: dict[int, Json] = {}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "commlint", "server", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        folders = None if folder is None else [{"uri": folder.as_uri(), "name": folder.name}]
        wishes = {"general": {"positionEncodings": encodings}} if encodings else {}
        self.capabilities = self.ask(
            "initialize",
            {"processId": os.getpid(), "capabilities": wishes, "workspaceFolders": folders, "rootUri": None},
        )["capabilities"]
        self.tell("initialized", {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    # --- documents ----------------------------------------------------------------------------------------------------

    def uri(self, path: str) -> str:
        """The address of a file of the folder."""
        assert self.folder is not None
        return (self.folder / path).as_uri()

    def text(self, path: str) -> str:
        """A file as it is on the disk."""
        assert self.folder is not None
        return (self.folder / path).read_text("utf-8")

    def open(self, path: str) -> None:
        """Opens a file."""
        document = {"uri": self.uri(path), "languageId": "python", "version": 1, "text": self.text(path)}
        self._versions[path] = 1
        self.tell("textDocument/didOpen", {"textDocument": document})

    def change(self, path: str, text: str) -> None:
        """Types until a file says something else."""
        self._versions[path] += 1
        document = {"uri": self.uri(path), "version": self._versions[path]}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def found(self, path: str) -> list[str]:
        """The codes that are shown in a file, in order."""
        return [diagnostic["code"] for diagnostic in self.shown.get(self.uri(path), [])]

    def wait(self, until: Callable[[], bool]) -> None:
        """Waits until something is so."""
        end = time.monotonic() + PATIENCE
        while not until():
            self._take(end)

    def at(self, path: str, text: str) -> Json:
        """The parameters of a question about the first place where a text stands."""
        before, found, _ = self.text(path).partition(text)
        assert found
        position = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
        return {"textDocument": {"uri": self.uri(path)}, "position": position}

    # --- messages -----------------------------------------------------------------------------------------------------

    def ask(self, method: str, params: Json | None) -> Any:
        """Asks for something; gives the answer."""
        self._number += 1
        number = self._number
        self._write({"id": number, "method": method, "params": params})
        end = time.monotonic() + PATIENCE
        while number not in self._answers:
            self._take(end)
        answer = self._answers.pop(number)
        assert "error" not in answer, answer
        return answer["result"]

    def tell(self, method: str, params: Json | None) -> None:
        """Says something."""
        self._write({"method": method, "params": params})

    def send(self, data: bytes) -> None:
        """Sends bytes, whatever they are."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def _write(self, message: Json) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.send(b"Content-Length: %d\r\n\r\n" % len(data) + data)

    def _take(self, end: float) -> None:
        message = self._messages.get(timeout=max(0.01, end - time.monotonic()))
        if "method" not in message:
            self._answers[message["id"]] = message
        elif message["method"] == "textDocument/publishDiagnostics":
            self.shown[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif message["method"] == "window/showMessage":
            self.said.append(message["params"]["message"])
        elif "id" in message:
            self._write({"id": message["id"], "result": None})

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            length = int(header.partition(b":")[2])
            while stream.readline().strip():
                pass
            self._messages.put(json.loads(stream.read(length)))


def applied(text: str, edits: list[Json]) -> str:
    """A text with edits made, columns counted as UTF-16."""
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]

    def place(position: Json) -> int:
        line = lines[position["line"]].encode("utf-16-le")[: position["character"] * 2]
        return starts[position["line"]] + len(line.decode("utf-16-le"))

    for edit in sorted(edits, key=lambda one: place(one["range"]["start"]), reverse=True):
        start, end = place(edit["range"]["start"]), place(edit["range"]["end"])
        text = text[:start] + edit["newText"] + text[end:]
    return text
