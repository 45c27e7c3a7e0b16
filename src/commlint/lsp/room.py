"""One folder of an editor: what is open in it, and what is known of the tree around it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import io
import os
import tokenize
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Thread
from typing import TypeVar

import msgspec

from commlint.config import settle
from commlint.errors import CommlintError
from commlint.finding import Report
from commlint.servicemap import Edge, Load
from commlint.session import Session, begin

_Result = TypeVar("_Result")


class State(msgspec.Struct, frozen=True):
    """What is known of a tree at one moment.

    Attributes:
        session: The tree.
        report: What is fragile in it.
        edges: The calls between its services.
        loads: What its endpoints ask of others.
        texts: The open files, as they were looked at.
    """

    session: Session
    report: Report
    edges: tuple[Edge, ...]
    loads: tuple[Load, ...]
    texts: dict[str, str]


class Room:
    """Keeps what is known of a tree up to what is in the editor: one piece of work at a time, the newest wish only.

    Attributes:
        folder: The folder that is open, as the editor spells it.
        root: The root of the analysis around it.
        open: The open files and what they say, by path relative to the root.
        state: What is known; `None` until the tree has been read.

    Args:
        folder: The folder.
        turn: Whoever holds it may work: rooms take turns.
        show: Takes a new state.
        fail: Takes what went wrong.
    """

    def __init__(
        self, folder: str, turn: asyncio.Lock, show: Callable[[Room], None], fail: Callable[[Exception], None]
    ) -> None:
        self.folder = folder
        self.open: dict[str, str] = {}
        self.state: State | None = None
        self._turn = turn
        self._show = show
        self._fail = fail
        self._session: Session | None = None
        self._wanted = 0
        self._reread = True
        self._due = 0.0
        self._task: asyncio.Task[None] | None = None
        try:
            self.root = settle([folder]).root
        except CommlintError:
            # It is said when the tree is read.
            self.root = Path(os.path.realpath(folder))

    def inner(self, path: str) -> str | None:
        """A file relative to the root; `None` where it lies outside."""
        absolute = Path(os.path.realpath(path))
        return absolute.relative_to(self.root).as_posix() if absolute.is_relative_to(self.root) else None

    def outer(self, path: str) -> str:
        """A path relative to the root as the editor would spell it."""
        absolute, folder = self.root / path, Path(os.path.realpath(self.folder))
        below = absolute.relative_to(folder) if absolute.is_relative_to(folder) else None
        return str(absolute if below is None else Path(self.folder) / below)

    def text(self, path: str) -> str:
        """What a file says: as it is open, else as it was when it was looked at."""
        if path in self.open:
            return self.open[path]
        return "" if self._session is None else self._session.text(path).decode("utf-8-sig", "replace")

    def is_current(self, path: str) -> bool:
        """Whether what is known of a file is known of what is in the editor."""
        if self.state is None:
            return False
        return path not in self.open or self.state.session.text(path) == encoded(self.open[path])

    def touch(self, delay: float, *, reread: bool) -> None:
        """Has the state brought up to what is in the editor.

        Args:
            delay: How long to wait for more to come, in seconds.
            reread: Whether anything but the open files may be another than it was.
        """
        self._wanted += 1
        self._reread |= reread
        self._due = asyncio.get_running_loop().time() + delay
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        done = 0
        while done != self._wanted:
            while (wait := self._due - asyncio.get_running_loop().time()) > 0:  # noqa: ASYNC110 - more may come meanwhile
                await asyncio.sleep(wait)
            async with self._turn:
                done, texts = self._wanted, dict(self.open)
                try:
                    state = await _aside(lambda wish=done, given=texts: self._judge(wish, given))  # type: ignore[misc]
                except Exception as error:  # noqa: BLE001 - whatever it is, the next wish may fare better
                    self._fail(error)
                    continue
                if state is not None and done == self._wanted:
                    self.state = state
                    self._show(self)
                    await _aside(_tidy)

    def _judge(self, wish: int, texts: dict[str, str]) -> State | None:
        """The state with open files as given; `None` as soon as there is a newer wish."""
        if self._reread or self._session is None:
            self._reread = False
            # In this process alone: one that has threads is not to be copied.
            self._session = begin(settle([self.folder], jobs=1))
            self.root = self._session.config.root
        if wish != self._wanted:
            return None
        session = self._session
        wanted = {path: encoded(text) for path, text in texts.items()}
        wanted |= {path: self._saved(path) for path in session.texts if path not in texts}
        self._session = session = session.with_texts(
            {path: data for path, data in wanted.items() if session.texts.get(path) != data}
        )
        if wish != self._wanted:
            return None
        return State(session, session.report(), session.service_map().edges, session.loads(), texts)

    def _saved(self, path: str) -> bytes:
        """A file as it is on the disk; nothing where it is no longer there."""
        try:
            return (self.root / path).read_bytes()
        except OSError:
            return b""


def _tidy() -> None:
    """Lets go of programs that are no longer needed, which `building` keeps the collector from looking at."""
    gc.unfreeze()
    gc.collect()


async def _aside(work: Callable[[], _Result]) -> _Result:
    """Does work in a thread that does not keep the process from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_Result] = loop.create_future()

    def settle_with(result: _Result | None, error: Exception | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except Exception as raised:  # noqa: BLE001 - it is raised where the work is waited for
            error = raised
        with contextlib.suppress(RuntimeError):
            # The loop is closed when the server ends.
            loop.call_soon_threadsafe(settle_with, result, error)

    Thread(target=run, daemon=True).start()
    waiting: Awaitable[_Result] = future
    return await waiting


def encoded(text: str) -> bytes:
    """What an editor shows as the bytes that it would save, by the encoding that the text itself declares."""
    plain = text.encode("utf-8", "surrogatepass")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(plain).readline)
        return plain if encoding.startswith("utf-8") else text.encode(encoding)
    except (SyntaxError, UnicodeError):
        return plain
