"""The store: what is kept, what is lost, and what that changes, which is nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from commlint import store as stores
from commlint.api import analyze
from commlint.cli import main
from commlint.config import Config, settle
from commlint.finding import Report
from commlint.store import Store, digest_of

SHOP = Path(__file__).parents[1] / "examples/shop"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    shutil.copytree(SHOP, folder)
    return folder


def config(root: Path, cache: Path | None) -> Config:
    return msgspec.structs.replace(settle([str(root)], jobs=1), cache=cache)


def plain(report: Report) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(report, notices=()), order="deterministic")


class TestStore:
    def test_gives_back_what_it_was_given(self, tmp_path: Path) -> None:
        entries = {digest_of(b"%d" % n): b"data %d" % n for n in range(1200)}
        with Store(tmp_path) as store:
            store.put(entries)
        with Store(tmp_path) as store:
            assert store.get([*entries, b"none"]) == entries

    def test_keeps_nothing_without_a_folder(self) -> None:
        with Store(None) as store:
            store.put({b"key": b"data"})
            assert store.get([b"key"]) == {}

    def test_stays_within_its_limit_and_keeps_what_is_of_use(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        day = 86_401
        for age in range(5):
            monkeypatch.setattr(stores, "time", lambda age=age: age * day)
            with Store(tmp_path, limit=1000) as store:
                # The first one is of use each time.
                store.get([b"key 0"])
                store.put({b"key %d" % age: bytes(300)})
        with Store(tmp_path, limit=1000) as store:
            assert store.size()[1] <= 1000
            assert sorted(store.get(b"key %d" % age for age in range(5))) == [b"key 0", b"key 3", b"key 4"]

    def test_an_entry_that_was_changed_is_none(self, tmp_path: Path) -> None:
        with Store(tmp_path) as store:
            store.put({b"key": b"some data that is long enough to be found"})
        file = next(tmp_path.glob("*.sqlite"))
        file.write_bytes(file.read_bytes().replace(b"long enough", b"LONG enough"))
        with Store(tmp_path) as store:
            assert store.get([b"key"]) == {}

    @pytest.mark.parametrize("damage", [b"no database at all" * 100, b"", b"SQLite format 3\0" + bytes(5000)])
    def test_a_damaged_file_is_made_anew(self, tmp_path: Path, damage: bytes) -> None:
        with Store(tmp_path) as store:
            store.put({b"key": b"data"})
        next(tmp_path.glob("*.sqlite")).write_bytes(damage)
        with Store(tmp_path) as store:
            assert store.get([b"key"]) == {}
            store.put({b"key": b"data"})
        with Store(tmp_path) as store:
            assert store.get([b"key"]) == {b"key": b"data"}
            assert store.notice == ""

    def test_that_it_was_damaged_is_said(self, tmp_path: Path) -> None:
        with Store(tmp_path) as store:
            store.put({b"key": b"data"})
        next(tmp_path.glob("*.sqlite")).write_bytes(b"no database at all" * 100)
        with Store(tmp_path) as store:
            assert "damaged" in store.notice

    def test_where_nothing_can_be_written_nothing_is_kept(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with Store(tmp_path / "file") as store:
            store.put({b"key": b"data"})
            assert store.get([b"key"]) == {}

    def test_is_not_put_under_version_control(self, tmp_path: Path) -> None:
        Store(tmp_path).close()
        assert "*" in (tmp_path / ".gitignore").read_text().splitlines()

    def test_many_processes_write_at_once(self, tmp_path: Path) -> None:
        code = (
            "import sys; from pathlib import Path; from commlint.store import Store\n"
            "for n in range(20):\n"
            "    with Store(Path(sys.argv[1])) as store: store.put({f'{sys.argv[2]} {n}'.encode(): b'data' * 100})\n"
        )
        writers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(n)]) for n in range(6)]
        assert [writer.wait(60) for writer in writers] == [0] * 6
        with Store(tmp_path) as store:
            assert store.size()[0] == 120

    @pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
    def test_one_that_is_killed_leaves_no_damage(self, tmp_path: Path) -> None:
        code = (
            "import sys; from pathlib import Path; from commlint.store import Store\n"
            "for n in range(10**6):\n"
            "    with Store(Path(sys.argv[1])) as store:\n"
            "        store.put({f'{n % 50} {k}'.encode(): bytes(10_000) for k in range(20)})\n"
        )
        for wait in (0.15, 0.2, 0.25, 0.3):
            writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
            time.sleep(wait)
            os.kill(writer.pid, signal.SIGKILL)
            writer.wait()
            with Store(tmp_path) as store:
                store.put({b"key": b"data"})
                assert store.get([b"key"]) == {b"key": b"data"}
                assert store.notice == ""
                count, _ = store.size()
                assert (count - 1) % 20 == 0


class TestReports:
    def test_are_the_same_with_and_without(self, shop: Path, tmp_path: Path) -> None:
        without = plain(analyze(config(shop, None)))
        assert plain(analyze(config(shop, tmp_path / "cache"))) == without
        assert plain(analyze(config(shop, tmp_path / "cache"))) == without

    def test_a_tree_that_did_not_change_is_not_read_again(
        self, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = plain(analyze(config(shop, tmp_path / "cache")))
        monkeypatch.setattr("commlint.program.link", None)
        assert plain(analyze(config(shop, tmp_path / "cache"))) == known

    def test_nor_is_one_that_was_moved_with_its_cache(
        self, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = plain(analyze(config(shop, shop / ".commlint_cache")))
        there = tmp_path / "elsewhere/shop"
        # A copy has new times.
        shutil.copytree(shop, there, copy_function=shutil.copyfile)
        monkeypatch.setattr("commlint.program.link", None)
        assert plain(analyze(config(there, there / ".commlint_cache"))) == known

    def test_only_a_changed_file_is_read(self, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        analyze(config(shop, tmp_path / "cache"))
        changed = min(shop.rglob("*.py"))
        changed.write_text(changed.read_text() + "\nADDED = 1\n")
        read: list[bytes] = []
        from commlint import extract  # noqa: PLC0415

        understand = extract._understand

        def watched(data: bytes) -> object:
            read.append(data)
            return understand(data)

        monkeypatch.setattr(extract, "_understand", watched)
        report = analyze(config(shop, tmp_path / "cache"))
        assert read == [changed.read_bytes()]
        assert plain(report) == plain(analyze(config(shop, None)))

    def test_every_kind_of_file_counts(self, shop: Path, tmp_path: Path) -> None:
        cache = tmp_path / "cache"
        analyze(config(shop, cache))
        kinds = {file.name: file for file in sorted(shop.rglob("*")) if file.is_file()}
        for file in kinds.values():
            kept = file.read_bytes()
            file.unlink()
            assert plain(analyze(config(shop, cache))) == plain(analyze(config(shop, None))), file
            file.write_bytes(kept)

    def test_so_do_options(self, shop: Path, tmp_path: Path) -> None:
        cache = tmp_path / "cache"
        analyze(config(shop, cache))
        one = msgspec.structs.replace(config(shop, cache), select=("COMM402",))
        assert {finding.rule for finding in analyze(one).findings} == {"COMM402"}

    def test_the_parser_is_not_loaded_for_it(self, shop: Path) -> None:
        code = (
            "import sys; from commlint.cli import main\n"
            "main(['check', '--exit-zero', '--output', sys.argv[2], sys.argv[1]], standalone_mode=False)\n"
            "print(*sorted({'libcst', 'networkx', 'sqlglot', 'commlint.program'} & set(sys.modules)))\n"
        )
        command = [sys.executable, "-c", code, str(shop), os.devnull]
        environment = {**os.environ, "COMMLINT_CACHE_DIR": str(shop.parent / "cache")}
        first, second = (
            subprocess.run(command, capture_output=True, text=True, env=environment, check=True).stdout.split()
            for _ in range(2)
        )
        assert "libcst" in first
        assert second == []


class TestCommand:
    def test_says_what_is_kept_and_drops_it(self, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COMMLINT_CACHE_DIR", str(tmp_path / "cache"))
        run = CliRunner().invoke
        run(main, ["check", "--exit-zero", str(shop)])
        said = run(main, ["cache", "info", str(shop)]).output
        assert str(tmp_path / "cache") in said
        assert ": 0 entries" not in said
        assert run(main, ["cache", "clean", str(shop)]).exit_code == 0
        assert ": 0 entries" in run(main, ["cache", "info", str(shop)]).output

    def test_nothing_is_kept_when_told_so(self, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COMMLINT_CACHE_DIR", str(tmp_path / "cache"))
        CliRunner().invoke(main, ["check", "--no-cache", "--exit-zero", str(shop)])
        assert not (tmp_path / "cache").exists()
