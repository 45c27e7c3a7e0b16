"""`commlint config` and `commlint init`, and what a configuration does to `commlint check`."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli
from click.testing import CliRunner, Result

from commlint import api, judging
from commlint.cli import main
from commlint.config import settle

SHOP = Path(__file__).parents[2] / "examples/shop/fragile"
SERVICES = {folder.name for folder in SHOP.iterdir() if folder.is_dir() and not folder.name.startswith(".")}

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, arguments)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHOP, tmp_path / "shop", ignore=shutil.ignore_patterns(".commlint_cache")))


class TestConfig:
    def test_what_holds_and_where_from(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "team").mkdir()
        (tmp_path / "commlint.toml").write_text(
            'ignore = ["COMM103"]\nbaseline = "known.txt"\n[services.users]\navailability = 99.5\n'
            'hosts = ["a"]\n[[client]]\nfunctions = ["base.get"]\n'
        )
        (tmp_path / "team/commlint.toml").write_text(
            'extend = "../commlint.toml"\nmax-sync-depth = 2\n[services.users]\nhosts = ["b"]\n'
            '[services."x.org"]\nexternal = true\n[[client]]\nfunctions = ["team.get"]\n'
        )
        result = run("config", "team")
        assert result.exit_code == 0
        lines = {re.sub(" +", " ", line) for line in result.stdout.splitlines()}
        assert {
            "# root: team",
            'ignore = ["COMM103"] # commlint.toml',
            'baseline = "known.txt" # commlint.toml',
            "max-sync-depth = 2 # team/commlint.toml",
            "max-calls-per-request = 1 # default",
            "[services.users]",
            'hosts = ["b"] # team/commlint.toml',
            "availability = 99.5 # commlint.toml",
            '[services."x.org"]',
            "external = true # team/commlint.toml",
            "# [[client]]: 2 library models # team/commlint.toml, commlint.toml",
        } <= lines
        assert not any("latency" in line for line in lines)

    def test_what_it_prints_is_a_configuration(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "commlint.toml").write_text(
            'select = ["COMM4"]\nexclude = ["a\\tb\\"c"]\n[per-path-ignores]\n"scripts/**" = ["COMM4"]\n'
        )
        before = settle([str(tmp_path)])
        printed = run("config").stdout
        tomli.loads(printed)
        (tmp_path / "commlint.toml").write_text(printed)
        assert settle([str(tmp_path)]) == before

    def test_without_a_file_all_goes_without_saying(self, run: Run) -> None:
        lines = run("config").stdout.splitlines()
        assert lines[0] == "# root: ."
        assert all(line.endswith("# default") for line in lines[1:])

    def test_an_error_is_one_line(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "commlint.toml").write_text("selct = []")
        result = run("config")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == "commlint: error: commlint.toml: unknown key `selct`; did you mean `select`?\n"

    def test_the_schema_is_json(self, run: Run) -> None:
        assert json.loads(run("config", "--schema").stdout)["$ref"] == "#/$defs/ConfigFile"


class TestInit:
    def test_what_it_writes_changes_nothing(self, run: Run, shop: Path) -> None:
        before = api.analyze(settle([str(shop)], jobs=1)).findings
        result = run("init", "shop", "--jobs", "1")
        assert (result.exit_code, result.stderr) == (0, f"shop/commlint.toml: written, with {len(SERVICES)} services\n")
        config = settle([str(shop)], jobs=1)
        assert config.file == shop.resolve() / "commlint.toml"
        assert api.analyze(config).findings == before

    def test_every_comment_is_a_setting_once_it_is_none(self, run: Run, shop: Path) -> None:
        before = api.analyze(settle([str(shop)], jobs=1)).findings
        run("init", "shop", "--jobs", "1")
        file = shop / "commlint.toml"
        file.write_text(re.sub(r"^#(?=[\[\w\"])", "", file.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
        said = tomli.loads(file.read_text("utf-8"))
        assert set(said["services"]) == SERVICES
        assert {"select", "per-path-ignores", "severities", "max-sync-depth", "required-version"} <= set(said)
        after = api.analyze(settle([str(shop)], jobs=1)).findings
        assert [(f.rule, f.location) for f in after] == [(f.rule, f.location) for f in before]

    def test_addresses_that_nothing_settles_are_there_to_be_settled(self, run: Run, tmp_path: Path) -> None:
        code = (
            "import os\nimport sys\nimport requests\n\n\ndef report(who):\n"
            "    base = os.environ['USERS_BEHIND']\n    url = sys.argv[1]\n"
            "    requests.get(f'{base}/users/{who}', timeout=1)\n    requests.get(url, timeout=1)\n"
            "    requests.get('http://stock-keeper/items', timeout=1)\n\n\nreport('me')\n"
        )
        for path, text in {
            "users/Dockerfile": "",
            "users/app.py": "",
            "web/Dockerfile": "",
            "web/app.py": code,
        }.items():
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text(text)
        run("init", "--jobs", "1")
        text = (tmp_path / "commlint.toml").read_text("utf-8")
        users = text[text.index("#[services.users]") : text.index("#[services.web]")]
        assert '# USERS_BEHIND: web/app.py:9\n#settings = ["USERS_BEHIND"]\n' in users
        assert "#   url: web/app.py:10\n" in text
        assert "# web/app.py:11\n#[services.stock-keeper]\n#external = true\n" in text

    @pytest.mark.parametrize(
        ("name", "text"), [("commlint.toml", "# mine\n"), ("pyproject.toml", "[tool.commlint]\npreview = true\n")]
    )
    def test_what_is_there_stays(self, run: Run, shop: Path, name: str, text: str) -> None:
        (shop / name).write_text(text)
        result = run("init", "shop")
        assert result.exit_code == 2
        assert result.stderr.startswith(f"commlint: error: shop/{name} is there already;")
        assert (shop / name).read_text() == text
        assert sorted(file.name for file in shop.glob("*.toml")) == [name]

    def test_one_further_up_goes_on_to_hold(self, run: Run, shop: Path, tmp_path: Path) -> None:
        (tmp_path / "commlint.toml").write_text("max-sync-depth = 7\n")
        run("init", "shop", "--jobs", "1")
        assert settle([str(shop)]).root == shop.resolve()
        assert settle([str(shop)]).limits.sync_depth == 7

    @pytest.mark.parametrize("path", ["gone", "shop/orders/app.py"])
    def test_only_into_folders(self, run: Run, shop: Path, path: str) -> None:
        result = run("init", path)
        assert result.exit_code == 2
        assert result.stderr.startswith(f"commlint: error: {path}: ")
        assert not list(shop.rglob("commlint.toml"))


class TestCheck:
    def test_what_fails_a_run_is_configured(self, run: Run, shop: Path) -> None:
        (shop / "commlint.toml").write_text("select = ['COMM102']\n")
        assert run("check", "shop").exit_code == 0
        (shop / "commlint.toml").write_text("select = ['COMM102']\nfail-on = 'note'\n")
        result = run("check", "shop", "--format", "concise")
        assert (result.exit_code, "COMM102" in result.stdout) == (1, True)
        assert run("check", "shop", "--fail-on", "error").exit_code == 0

    def test_so_is_the_baseline(self, run: Run, shop: Path) -> None:
        (shop / "commlint.toml").write_text("baseline = 'accepted/today.txt'\n")
        (shop / "accepted").mkdir()
        assert run("baseline", "shop").exit_code == 0
        assert (shop / "accepted/today.txt").is_file()
        result = run("check", "shop")
        assert (result.exit_code, result.stdout.startswith("No findings")) == (0, True)
        (shop / "none.txt").write_text("")
        assert run("check", "shop", "--baseline", "shop/none.txt").exit_code == 1

    def test_one_that_is_not_there_is_an_error(self, run: Run, shop: Path) -> None:
        (shop / "commlint.toml").write_text("baseline = 'gone.txt'\n")
        result = run("check", "shop")
        assert result.exit_code == 2
        assert result.stderr.startswith("commlint: error: cannot read the baseline shop/gone.txt: No such file")

    def test_statistics(self, run: Run, shop: Path) -> None:
        (shop / "commlint.toml").write_text("select = ['COMM101']\n")
        result = run("check", "shop", "--statistics")
        assert result.exit_code == 1
        assert [" ".join(line.split()) for line in result.stdout.splitlines()[:3]] == [
            "2 COMM101 n-plus-one-call",
            "gateway 1",
            "orders 1",
        ]
        assert run("check", "shop", "--statistics", "--format", "json").exit_code == 2


def test_a_rule_in_preview_is_off_unless_asked_for(run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from commlint.catalogue import load_rules, read_rule  # noqa: PLC0415

    page = (Path(__file__).parents[2] / "rules/missing-timeout.md").read_text("utf-8")
    tried = read_rule(page.replace('code = "COMM402"\n', 'code = "COMM402"\npreview = true\n'), "missing-timeout.md")
    rules = {**load_rules(), "COMM402": tried}
    monkeypatch.setattr(judging, "load_rules", lambda: rules)

    def reported(*options: str) -> bool:
        return "COMM402" in run("check", str(shop), "--format", "concise", *options).stdout

    assert tried.preview
    assert not reported()
    assert not reported("--select", "COMM4")
    assert reported("--preview")
    assert reported("--extend-select", "missing-timeout")
    (shop / "commlint.toml").write_text("preview = true\n")
    assert reported()
    assert not reported("--no-preview")
