"""`commlint server` as an editor meets it: a process on standard input and output."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from editor import PATIENCE, Editor, applied

pytest.importorskip("pygls", reason="the language server needs the extra `lsp`")

# A small system: `--- path`, then the file.
SHOP = (Path(__file__).parent / "shop.txt").read_text("utf-8")
GATEWAY, ORDERS, CLIENTS, SHIPPING = "gateway/app.py", "orders/app.py", "orders/clients.py", "shipping/app.py"
ALL_SHOWN = {GATEWAY, ORDERS, CLIENTS, SHIPPING}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    for part in SHOP.removeprefix("--- ").split("\n--- "):
        name, _, text = part.partition("\n")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{text.rstrip()}\n", "utf-8")
    return folder


@pytest.fixture
def editor(shop: Path) -> Iterator[Editor]:
    with Editor(shop) as one:
        one.wait(lambda: all(one.found(path) for path in ALL_SHOWN))
        yield one


def actions(editor: Editor, path: str, code: str, text: str) -> dict[str, dict[str, Any]]:
    """What is offered at the first place of a code in a file, by title, with the text that comes of it."""
    stretch = next(d["range"] for d in editor.shown[editor.uri(path)] if d["code"] == code)
    found = editor.ask(
        "textDocument/codeAction",
        {"textDocument": {"uri": editor.uri(path)}, "range": stretch, "context": {"diagnostics": []}},
    )
    return {one["title"]: {**one, "text": applied(text, one["edit"]["changes"][editor.uri(path)])} for one in found}


class TestDiagnostics:
    def test_are_shown_in_all_files_of_the_folder(self, editor: Editor) -> None:
        assert editor.found(GATEWAY) == ["COMM101", "COMM403"]
        assert editor.found(CLIENTS) == ["COMM402", "COMM401", "COMM403"]
        assert editor.found(SHIPPING) == ["COMM401", "COMM402"]
        assert set(editor.shown) == {editor.uri(path) for path in ALL_SHOWN}

    def test_tell_what_an_editor_can_show(self, editor: Editor) -> None:
        found = next(d for d in editor.shown[editor.uri(SHIPPING)] if d["code"] == "COMM402")
        assert found["source"] == "commlint"
        assert found["codeDescription"]["href"].endswith("/rules/missing-timeout.md")
        assert found["message"].startswith("remote call without a time limit\n")
        line = editor.text(SHIPPING).splitlines()[found["range"]["start"]["line"]]
        assert line[found["range"]["start"]["character"] : found["range"]["end"]["character"]] == "get"

    def test_have_a_level_for_each_severity(self, editor: Editor) -> None:
        levels = {d["code"]: d["severity"] for found in editor.shown.values() for d in found}
        assert (levels["COMM402"], levels["COMM102"]) == (1, 3)
        assert 2 in levels.values()

    def test_lead_to_other_services(self, editor: Editor) -> None:
        chain = next(d for d in editor.shown[editor.uri(GATEWAY)] if d["code"] == "COMM403")
        places = {one["location"]["uri"] for one in chain["relatedInformation"]}
        assert editor.uri(CLIENTS) in places or editor.uri(ORDERS) in places

    def test_go_in_all_files_when_an_edit_mends_them(self, editor: Editor) -> None:
        editor.open(ORDERS)
        text = editor.text(ORDERS)
        editor.change(ORDERS, text.replace("buyer = users.get_user(order.user_id)", "buyer = None"))
        # The chain begins in the gateway: it waits for orders, which no longer waits for users.
        editor.wait(lambda: editor.found(GATEWAY) == ["COMM101"] and editor.found(ORDERS) == ["COMM102"])
        editor.change(ORDERS, text)
        editor.wait(lambda: editor.found(GATEWAY) == ["COMM101", "COMM403"] and "COMM101" in editor.found(ORDERS))

    def test_follow_the_text(self, editor: Editor) -> None:
        editor.open(SHIPPING)
        before = [d["range"]["start"]["line"] for d in editor.shown[editor.uri(SHIPPING)]]
        editor.change(SHIPPING, f"# One more line.\n{editor.text(SHIPPING)}")
        moved = [line + 1 for line in before]
        editor.wait(lambda: [d["range"]["start"]["line"] for d in editor.shown[editor.uri(SHIPPING)]] == moved)

    def test_stay_while_the_text_is_no_python(self, editor: Editor) -> None:
        editor.open(ORDERS)
        editor.change(ORDERS, f"{editor.text(ORDERS)}\ndef half(:\n")
        editor.wait(lambda: "COMM001" in editor.found(ORDERS))
        assert "COMM101" in editor.found(ORDERS)
        assert editor.found(GATEWAY) == ["COMM101", "COMM403"]
        editor.change(ORDERS, editor.text(ORDERS))
        editor.wait(lambda: "COMM001" not in editor.found(ORDERS))
        assert "COMM101" in editor.found(ORDERS)

    def test_are_those_of_the_disk_after_closing(self, editor: Editor) -> None:
        editor.open(SHIPPING)
        editor.change(SHIPPING, "")
        editor.wait(lambda: not editor.found(SHIPPING))
        editor.tell("textDocument/didClose", {"textDocument": {"uri": editor.uri(SHIPPING)}})
        editor.wait(lambda: editor.found(SHIPPING) == ["COMM401", "COMM402"])

    def test_know_a_new_file_when_it_is_saved(self, editor: Editor, shop: Path) -> None:
        (shop / "orders" / "more.py").write_text("import httpx\n\nhttpx.get('http://users/users/1', timeout=None)\n")
        editor.open("orders/more.py")
        editor.tell("textDocument/didSave", {"textDocument": {"uri": editor.uri("orders/more.py")}})
        editor.wait(lambda: "COMM402" in editor.found("orders/more.py"))

    def test_mark_a_comment_that_ignores_nothing(self, editor: Editor) -> None:
        editor.open(SHIPPING)
        editor.change(SHIPPING, f"{editor.text(SHIPPING)}\nNAME = 1  # commlint: ignore[missing-timeout]\n")
        editor.wait(lambda: "COMM002" in editor.found(SHIPPING))
        found = next(d for d in editor.shown[editor.uri(SHIPPING)] if d["code"] == "COMM002")
        assert found["tags"] == [1]

    @pytest.mark.parametrize(("encoding", "width"), [("utf-16", 2), ("utf-8", 4), ("utf-32", 1)])
    def test_count_columns_as_agreed(self, shop: Path, encoding: str, width: int) -> None:
        text = (shop / SHIPPING).read_text("utf-8")
        line = next(line for line in text.splitlines() if "requests.get(" in line)
        plain = line.lstrip()
        indent = line.removesuffix(plain)
        (shop / SHIPPING).write_text(text.replace(line, f'{indent}"\U0001f600"; {plain}'), "utf-8")
        where = len(f'{indent}""; ') + width + plain.index("get(")
        with Editor(shop, encodings=[encoding]) as one:
            assert one.capabilities["positionEncoding"] == encoding
            one.wait(lambda: bool(one.found(SHIPPING)))
            found = next(d for d in one.shown[one.uri(SHIPPING)] if d["code"] == "COMM402")
            assert found["range"]["start"]["character"] == where


class TestQuestions:
    def test_hover_explains(self, editor: Editor) -> None:
        stretch = next(d["range"] for d in editor.shown[editor.uri(SHIPPING)] if d["code"] == "COMM402")
        asked = {"textDocument": {"uri": editor.uri(SHIPPING)}, "position": stretch["start"]}
        said = editor.ask("textDocument/hover", asked)["contents"]["value"]
        assert "remote call without a time limit" in said
        assert "rules/missing-timeout.md" in said
        assert "To do:" in said

    def test_hover_says_nothing_elsewhere(self, editor: Editor) -> None:
        asked = {"textDocument": {"uri": editor.uri(SHIPPING)}, "position": {"line": 0, "character": 0}}
        assert editor.ask("textDocument/hover", asked) is None

    def test_definition_is_the_route_of_the_other_service(self, editor: Editor) -> None:
        found = editor.ask("textDocument/definition", editor.at(GATEWAY, '"/orders")\n        response'))
        assert [one["uri"] for one in found] == [editor.uri(ORDERS)]
        assert editor.text(ORDERS).splitlines()[found[0]["range"]["start"]["line"]] == "def list_orders():"

    def test_definition_is_nothing_where_nobody_is_called(self, editor: Editor) -> None:
        assert editor.ask("textDocument/definition", editor.at(GATEWAY, "import asyncio")) == []

    def test_endpoints_say_what_they_ask(self, editor: Editor) -> None:
        found = editor.ask("textDocument/codeLens", {"textDocument": {"uri": editor.uri(ORDERS)}})
        assert [one["command"]["title"] for one in found] == ["POST /orders: 2 calls per request, 2 deep"]


class TestActions:
    def test_a_fix_gives_clean_text(self, editor: Editor) -> None:
        editor.open(SHIPPING)
        offered = actions(editor, SHIPPING, "COMM402", editor.text(SHIPPING))
        fix = next(one for one in offered.values() if "imeout" in one["title"] and "Ignore" not in one["title"])
        assert fix["kind"] == "quickfix"
        editor.change(SHIPPING, fix["text"])
        editor.wait(lambda: editor.found(SHIPPING) == ["COMM401"])

    def test_ignoring_gives_clean_text(self, editor: Editor) -> None:
        editor.open(SHIPPING)
        text = actions(editor, SHIPPING, "COMM402", editor.text(SHIPPING))["Ignore missing-timeout here"]["text"]
        assert "# commlint: ignore[missing-timeout]" in text
        editor.change(SHIPPING, text)
        editor.wait(lambda: editor.found(SHIPPING) == ["COMM401"])
        text = actions(editor, SHIPPING, "COMM401", text)["Ignore unguarded-call here"]["text"]
        assert "# commlint: ignore[missing-timeout, unguarded-call]" in text
        editor.change(SHIPPING, text)
        editor.wait(lambda: editor.found(SHIPPING) == [])

    def test_only_what_is_asked_for_is_offered(self, editor: Editor) -> None:
        stretch = editor.shown[editor.uri(SHIPPING)][0]["range"]
        asked = {"textDocument": {"uri": editor.uri(SHIPPING)}, "range": stretch}
        context = {"diagnostics": [], "only": ["refactor"]}
        assert editor.ask("textDocument/codeAction", {**asked, "context": context}) == []


class TestTheProcess:
    def test_ends_as_the_protocol_says(self, editor: Editor) -> None:
        editor.ask("shutdown", None)
        editor.tell("exit", None)
        assert editor.process.wait(PATIENCE) == 0

    def test_tells_an_end_without_notice(self, editor: Editor) -> None:
        editor.tell("exit", None)
        assert editor.process.wait(PATIENCE) == 1

    def test_ends_in_the_midst_of_work(self, shop: Path) -> None:
        with Editor(shop) as one:
            one.ask("shutdown", None)
            one.tell("exit", None)
            assert one.process.wait(PATIENCE) == 0

    def test_ends_with_its_editor(self, editor: Editor) -> None:
        assert editor.process.stdin is not None
        editor.process.stdin.close()
        assert editor.process.wait(PATIENCE) == 1

    def test_outlives_garbage(self, editor: Editor) -> None:
        editor.send(b"what is this?\r\n")
        editor.send(b"Content-Length: 9\r\n\r\nnot json!")
        editor.send(b"Content-Length: 2\r\n\r\n[]")
        editor.tell("textDocument/didOpen", {"textDocument": 1})
        editor.tell("commlint/unheardOf", {})
        editor.open(SHIPPING)
        editor.change(SHIPPING, "\ud800")
        editor.wait(lambda: editor.found(SHIPPING)[:1] == ["COMM001"])
        editor.change(SHIPPING, editor.text(SHIPPING))
        editor.wait(lambda: editor.found(SHIPPING) == ["COMM401", "COMM402"])

    def test_says_what_is_wrong_with_the_configuration(self, shop: Path) -> None:
        (shop / "commlint.toml").write_text("max-sync-dept = 2\n")
        with Editor(shop) as one:
            one.wait(lambda: bool(one.said))
            assert "max-sync-depth" in one.said[0]
            (shop / "commlint.toml").write_text("max-sync-depth = 2\n")
            change = {"changes": [{"uri": one.uri("commlint.toml"), "type": 2}]}
            one.tell("workspace/didChangeWatchedFiles", change)
            one.wait(lambda: one.found(GATEWAY) == ["COMM101"])

    def test_serves_a_file_without_a_folder(self, shop: Path) -> None:
        with Editor(None) as one:
            one.folder = shop
            one.open(SHIPPING)
            one.wait(lambda: bool(one.found(SHIPPING)))

    def test_needs_the_extra(self, tmp_path: Path) -> None:
        hide = "import sys; sys.modules['pygls'] = None; sys.argv[1:] = ['server']; import commlint.cli as c; c.main()"
        done = subprocess.run(
            [sys.executable, "-c", hide],
            cwd=tmp_path,
            env=os.environ,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
        assert (done.returncode, done.stdout) == (2, b"")
        assert b"pip install 'commlint[lsp]'" in done.stderr
        assert done.stderr.count(b"\n") == 1
