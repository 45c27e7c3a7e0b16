"""Baselines: what was accepted stays out of the report, whatever else moves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commlint.baseline import Entry, read_baseline
from commlint.cli import main
from commlint.errors import CommlintError

SHOP = Path(__file__).parents[1] / "examples/shop"
NEW = '\n\n@app.get("/new/<int:number>")\ndef new(number):\n    return requests.get(f"http://elsewhere/{number}").json()\n'


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shop"
    shutil.copytree(SHOP, folder)
    # Keeps the root where it is, whatever path is checked.
    (folder / "commlint.toml").touch()
    monkeypatch.chdir(folder)
    assert run("baseline", ".").exit_code == 0
    return folder


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def check(*options: str) -> Result:
    return run("check", ".", "--baseline", "commlint-baseline.txt", "--notes", *options)


def count(result: Result) -> str:
    return result.stdout.splitlines()[-1].partition(" in ")[0]


class TestCheck:
    @pytest.mark.usefixtures("shop")
    def test_says_nothing_of_what_is_accepted(self) -> None:
        assert run("check", ".").exit_code == 1
        assert check().exit_code == 0
        assert count(check()) == "No findings"

    def test_lines_may_move(self, shop: Path) -> None:
        for file in shop.rglob("*.py"):
            file.write_text(f"# one\n\n# two\n{file.read_text()}")
        assert (check().exit_code, count(check())) == (0, "No findings")

    def test_what_is_new_is_reported(self, shop: Path) -> None:
        service = shop / "fragile/orders/app.py"
        before = len((shop / "commlint-baseline.txt").read_text().splitlines())
        service.write_text(f"import requests\n{service.read_text()}{NEW}")
        result = check("--format", "concise")
        assert result.exit_code == 1
        assert {line.split(":")[0] for line in result.stdout.splitlines() if " COMM" in line} == {
            "fragile/orders/app.py"
        }
        assert len((shop / "commlint-baseline.txt").read_text().splitlines()) == before

    def test_a_second_of_the_kind_is_new(self, shop: Path) -> None:
        service = shop / "extra.py"
        service.write_text('import requests\n\n\nrequests.get("http://a/1")\n')
        run("baseline", ".")
        service.write_text('import requests\n\n\nrequests.get("http://a/1")\nrequests.get("http://a/1")\n')
        result = check("--format", "concise", "--select", "COMM402")
        assert [line.split(" ")[0] for line in result.stdout.splitlines()[:-1]] == ["extra.py:5:10"]

    def test_a_renamed_file_is_noticed(self, shop: Path) -> None:
        (shop / "fragile/orders/clients.py").rename(shop / "fragile/orders/remote.py")
        app = shop / "fragile/orders/app.py"
        app.write_text(app.read_text().replace("clients", "remote"))
        result = check("--select", "COMM4")
        assert "fragile/orders/clients.py is now fragile/orders/remote.py" in result.stderr
        assert count(result) == "No findings"

    def test_what_is_fixed_is_said(self, shop: Path) -> None:
        shutil.rmtree(shop / "fragile")
        assert "no longer there" in check().stderr
        run("baseline", ".")
        assert check().stderr == ""

    @pytest.mark.usefixtures("shop")
    def test_rules_and_paths_that_are_not_asked_for_are_not_missed(self) -> None:
        assert check("--select", "COMM101").stderr == ""
        assert run("check", "repaired", "--baseline", "commlint-baseline.txt").stderr == ""

    def test_a_file_that_is_none_is_an_error(self, shop: Path) -> None:
        assert run("check", ".", "--baseline", "gone.txt").exit_code == 2
        (shop / "bad.txt").write_text("<<<<<<< ours\n")
        result = run("check", ".", "--baseline", "bad.txt")
        assert (result.exit_code, "bad.txt:1" in result.stderr) == (2, True)


class TestFile:
    def test_has_one_sorted_line_for_each(self, shop: Path) -> None:
        header, *lines = (shop / "commlint-baseline.txt").read_text().splitlines()
        assert header.startswith("#")
        assert lines == sorted(lines)
        assert all(line.startswith("COMM") for line in lines)

    def test_names_may_hold_anything(self) -> None:
        assert read_baseline("COMM402 a%20b%25/%0A.py 123abc x = 1\n", "f") == {
            Entry("COMM402", "a b%/\n.py", "123abc")
        }

    def test_a_line_that_is_no_entry_is_said(self) -> None:
        with pytest.raises(CommlintError, match="f:2"):
            read_baseline("# fine\nCOMM402 a.py\n", "f")
