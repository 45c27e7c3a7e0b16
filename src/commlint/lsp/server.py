"""The language server: what the editor says goes to the rooms, what they know goes to the editor."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from commlint import __version__
from commlint.errors import CommlintError
from commlint.finding import Finding
from commlint.lsp import showing
from commlint.lsp.actions import actions
from commlint.lsp.places import Places
from commlint.lsp.room import Room, State

_log = logging.getLogger(__name__)

# How long to wait for the next keystroke, in seconds.
_PAUSE = 0.15
# Files that say something of a system besides its Python code.
_WATCHED = "**/*.{py,toml,yml,yaml,json,env,conf,sql,proto,ini,cfg,txt,tpl}"


class Server(LanguageServer):
    """A language server with a room for each folder that is open.

    Attributes:
        asked_to_stop: The editor has said that it is about to end.
    """

    def __init__(self) -> None:
        super().__init__("commlint", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Incremental)
        self.asked_to_stop = False
        self._rooms: list[Room] = []
        self._turn = asyncio.Lock()
        # What was shown last, by the address of the file; and the address by which an open file is known.
        self._shown: dict[str, list[types.Diagnostic]] = {}
        self._uris: dict[tuple[Path, str], str] = {}

    # --- rooms --------------------------------------------------------------------------------------------------------

    def enter(self, folder: str) -> Room:
        """The room of a folder."""
        room = Room(folder, self._turn, self.show, self.fail)
        known = next((other for other in self._rooms if other.root == room.root and other.folder == folder), None)
        if known is None:
            self._rooms.append(room)
        return known or room

    def room_of(self, uri: str) -> tuple[Room, str] | None:
        """The room that a file is in, and its path there; `None` for what is no file, or lies in no room."""
        path = to_fs_path(uri)
        if path is None:
            return None
        rooms = [(room, inner) for room in self._rooms if (inner := room.inner(path)) is not None]
        if not rooms and not self._rooms:
            # A single file was opened without a folder around it.
            room = self.enter(os.path.dirname(path))  # noqa: PTH120 - the editor's spelling is kept
            rooms = [(room, inner)] if (inner := room.inner(path)) is not None else []
        return max(rooms, key=lambda found: len(found[0].root.parts), default=None)

    def open(self, uri: str) -> None:
        """Takes in what the editor shows of a file."""
        if (found := self.room_of(uri)) is not None:
            room, path = found
            self._uris[room.root, path] = uri
            room.open[path] = self.workspace.get_text_document(uri).source
            room.touch(_PAUSE, reread=False)

    def close(self, uri: str) -> None:
        """Takes a file as it is on the disk again."""
        if (found := self.room_of(uri)) is not None:
            room, path = found
            room.open.pop(path, None)
            self._uris.pop((room.root, path), None)
            room.touch(_PAUSE, reread=False)

    def reread(self, uris: Sequence[str]) -> None:
        """Looks at the trees again in which files are another than they were."""
        for room in dict.fromkeys(found[0] for uri in uris if (found := self.room_of(uri)) is not None):
            room.touch(_PAUSE, reread=True)

    # --- what is shown ------------------------------------------------------------------------------------------------

    def places(self, room: Room) -> Places:
        """How places in a room are counted."""
        return Places(self.workspace.position_codec, room.text)

    def address(self, room: Room, path: str) -> str | None:
        """The address of a file of a room."""
        if "://" in path:
            return None
        return self._uris.get((room.root, path)) or from_fs_path(room.outer(path))

    def show(self, room: Room) -> None:
        """Shows what is known now."""
        if room.state is None:
            return
        found = showing.diagnostics(room.state.report, self.places(room), lambda path: self.address(room, path))
        new = {uri: shown for path, shown in found.items() if (uri := self.address(room, path)) is not None}
        gone = {uri for uri in self._shown if (place := self.room_of(uri)) is not None and place[0] is room} - set(new)
        opened = {uri: path for path in room.open if (uri := self.address(room, path)) is not None}
        for uri in sorted({*new, *gone, *opened}):
            shown = new.get(uri, [])
            if uri in opened or shown != self._shown.get(uri):
                version = self.workspace.get_text_document(uri).version if uri in opened else None
                self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, shown, version))
            self._shown[uri] = shown
        for failure in room.state.report.failures:
            self.window_log_message(types.LogMessageParams(types.MessageType.Error, failure))
        known = self.client_capabilities.workspace
        if known is not None and known.code_lens is not None and known.code_lens.refresh_support:
            self.workspace_code_lens_refresh(None)

    def fail(self, error: Exception) -> None:
        """Says what went wrong: the user's to mend, or ours."""
        text = str(error)
        if not isinstance(error, CommlintError):
            _log.error("the analysis failed", exc_info=error)
            text = f"internal error: {type(error).__name__}: {error}"
        self.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"commlint: {text}"))

    def known(self, uri: str) -> tuple[Room, str, State] | None:
        """What is known of a file; `None` before its tree has been read."""
        found = self.room_of(uri)
        return None if found is None or found[0].state is None else (*found, found[0].state)

    def findings(self, known: tuple[Room, str, State], stretch: types.Range) -> list[Finding]:
        """What is found at a stretch of a file."""
        room, path, state = known
        places = self.places(room)
        own = [finding for finding in state.report.findings if finding.location.file == path]
        return [finding for finding in own if _touch(places.of(finding.location), stretch)]


def _touch(one: types.Range, other: types.Range) -> bool:
    return one.start <= other.end and other.start <= one.end


def build() -> Server:
    """A server with all that it can do."""
    server = Server()

    @server.feature(types.INITIALIZED)
    async def initialized(ls: Server, _params: types.InitializedParams) -> None:
        folders = [path for folder in ls.workspace.folders.values() if (path := to_fs_path(folder.uri)) is not None]
        for folder in folders or ([ls.workspace.root_path] if ls.workspace.root_path else []):
            ls.enter(folder).touch(0, reread=True)
        files = ls.client_capabilities.workspace and ls.client_capabilities.workspace.did_change_watched_files
        if files and files.dynamic_registration:
            watched = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(_WATCHED)])
            wish = types.Registration("commlint-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, watched)
            await ls.client_register_capability_async(types.RegistrationParams([wish]))

    @server.feature(types.SHUTDOWN)
    def shutdown(ls: Server, _params: None) -> None:
        ls.asked_to_stop = True

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
        ls.open(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
        ls.open(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
        ls.close(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
        ls.reread([params.text_document.uri])

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_files(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
        ls.reread([change.uri for change in params.changes])

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
        if (known := ls.known(params.text_document.uri)) is None:
            return None
        found = ls.findings(known, types.Range(params.position, params.position))
        return showing.hover(found, known[2].report, ls.places(known[0]))

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    )
    def code_action(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
        only = params.context.only
        known = ls.known(params.text_document.uri)
        if known is None or (only is not None and types.CodeActionKind.QuickFix not in only):
            return []
        room, _, state = known
        found = ls.findings(known, params.range)
        return list(actions(room, state, found, ls.places(room), lambda path: ls.address(room, path)))

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def code_lens(ls: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
        if (known := ls.known(params.text_document.uri)) is None:
            return []
        room, path, state = known
        return showing.lenses(state.loads, path, ls.places(room))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(ls: Server, params: types.DefinitionParams) -> list[types.Location]:
        if (known := ls.known(params.text_document.uri)) is None:
            return []
        room, path, state = known
        return showing.targets(state.edges, path, params.position, ls.places(room), lambda path: ls.address(room, path))

    return server


def serve() -> int:
    """Serves an editor over standard input and output until it has enough.

    Returns:
        The exit status that the protocol asks for: 0 where the editor said before that it would end.
    """
    server = build()
    server.start_io()
    return 0 if server.asked_to_stop else 1
