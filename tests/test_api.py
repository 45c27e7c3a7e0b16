"""The analysis as a whole: the same whatever should not matter, narrowed by what was asked for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from commlint import api, checks
from commlint.catalogue import load_rules
from commlint.config import Config, settle
from commlint.errors import CommlintError
from commlint.extract import _WORTH_A_PROCESS
from commlint.finding import Confidence, Finding
from commlint.program import Program
from commlint.report import FORMATS, Options, formatter

HERE = Path(__file__).parent
SHOP = HERE.parent / "examples" / "shop"
SYSTEMS = (
    SHOP,
    HERE / "fixtures" / "n-plus-one-call" / "helper-two-away",
    HERE / "fixtures" / "missing-timeout" / "grpc-deadline",
)


@pytest.fixture(params=SYSTEMS, ids=lambda path: path.name)
def system(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A system in a folder of its own, so that no checkout is around it."""
    copy = tmp_path / "system"
    shutil.copytree(request.param, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def written(system: Path, *paths: str, cwd: Path | None = None, seed: str = "0", jobs: str = "1") -> dict[str, bytes]:
    """What a process of its own writes, by format."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "commlint", "check", *paths, "--exit-zero", "--jobs", jobs),
            *("--format", "json", "--output", f"sarif={system.parent / 'report.sarif'}"),
        ],
        cwd=cwd or system,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == b""
    return {"json": done.stdout, "sarif": (system.parent / "report.sarif").read_bytes()}


class TestTheSameBytes:
    def test_for_any_hash_seed(self, system: Path) -> None:
        first = written(system, seed="0")
        assert b"COMM" in first["sarif"]
        assert b"COMM" in first["json"]
        assert written(system, seed="1") == first
        assert written(system, seed="4711") == first

    def test_for_any_number_of_processes(self, system: Path) -> None:
        # Enough of a comment that a second process is worth it.
        with min(system.rglob("*.py")).open("a", encoding="utf-8") as text:
            text.write(f"# {'nothing ' * (_WORTH_A_PROCESS // 8)}\n")
        assert written(system, jobs="2", seed="2") == written(system, jobs="1", seed="1")

    def test_for_any_spelling_of_the_path(self, system: Path) -> None:
        (system.parent / "link").symlink_to(system)
        (system.parent / "elsewhere").mkdir()
        first = written(system)
        assert written(system, ".") == first
        assert written(system, str(system)) == first
        assert written(system, f"{system}/../system/") == first
        assert written(system, "system", cwd=system.parent) == first
        assert written(system, "../link", cwd=system.parent / "elsewhere") == first
        assert written(system, ".", "./", str(system)) == first

    def test_for_any_order_of_paths(self, system: Path) -> None:
        parts = sorted(str(path) for path in system.iterdir() if path.is_dir())
        assert written(system, *parts, ".") == written(system, ".", *reversed(parts))

    def test_in_one_process_after_another(self, system: Path) -> None:
        reports = [api.analyze(Config(root=system)) for _ in range(2)]
        for style in FORMATS:
            one, other = (formatter(style)(report, Options()) for report in reports)
            assert one == other


# --- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("select", "ignore", "on"),
    [
        ((), (), True),
        (("COMM402",), (), True),
        (("missing-timeout",), (), True),
        (("COMM4",), (), True),
        (("COMM",), (), True),
        (("comm402",), (), True),
        (("comm4",), (), True),
        (("COMM101",), (), False),
        (("COMM1", "COMM4"), (), True),
        ((), ("COMM402",), False),
        ((), ("missing-timeout",), False),
        ((), ("COMM4",), False),
        ((), ("COMM1",), True),
        (("COMM402",), ("COMM4",), True),
        (("COMM4",), ("COMM402",), False),
        (("COMM4",), ("COMM4",), False),
        (("COMM402",), ("COMM402",), False),
        (("COMM402",), ("COMM",), True),
        (("COMM", "COMM402"), ("COMM4",), True),
        (("COMM",), ("COMM4", "COMM402"), False),
        (("missing-timeout",), ("COMM402",), True),
        # A slug names one rule and no others.
        (("missing",), (), False),
    ],
)
def test_the_longest_selector_decides(select: tuple[str, ...], ignore: tuple[str, ...], *, on: bool) -> None:
    config = Config(root=Path(), select=select, ignore=ignore)
    assert config.selects("COMM402", "missing-timeout") is on


@pytest.mark.parametrize(
    ("select", "ignore", "codes"),
    [
        (("COMM402",), (), {"COMM402"}),
        (("n-plus-one-call", "COMM402"), (), {"COMM101", "COMM402"}),
        (("COMM4",), (), {"COMM401", "COMM402", "COMM403", "COMM404", "COMM405"}),
        (("COMM1", "COMM4"), ("COMM4",), {"COMM101", "COMM102", "COMM103"}),
        (("COMM402",), ("COMM4",), {"COMM402"}),
        (("COMM0",), (), set()),
    ],
)
def test_only_rules_that_are_on_report(select: tuple[str, ...], ignore: tuple[str, ...], codes: set[str]) -> None:
    report = api.analyze(Config(root=SHOP, select=select, ignore=ignore))
    assert {finding.rule for finding in report.findings} == codes
    assert codes <= set(report.rules)
    assert report.rules == {
        code: rule
        for code, rule in load_rules().items()
        if Config(root=SHOP, select=select, ignore=ignore).selects(code, rule.slug)
    }


def test_a_check_that_is_off_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "CHECKS", (Failing("COMM402", "missing-timeout"),))
    assert api.analyze(Config(root=SHOP, ignore=("COMM402",))).failures == ()


@pytest.mark.parametrize(
    ("selector", "hint"),
    [
        ("mising-timeout", "did you mean `missing-timeout`?"),
        ("COMM4O2", "did you mean `COMM402`?"),
        ("zzz", "`commlint rules` lists them"),
        ("OMM402", "did you mean `COMM402`?"),
    ],
)
@pytest.mark.parametrize("option", ["select", "ignore"])
def test_a_rule_that_does_not_exist(option: str, selector: str, hint: str) -> None:
    config = settle([str(SHOP)], **{option: (selector,)})  # type: ignore[arg-type]
    with pytest.raises(CommlintError) as raised:
        api.analyze(config)
    assert str(raised.value).startswith(f"no rule is called `{selector}`; ")
    assert hint in str(raised.value)


# --- paths ------------------------------------------------------------------------------------------------------------


CLIENT = "import requests\n\n\ndef fetch(user):\n    return requests.get(f'http://users/{user}', timeout=1)\n"
APP = """\
from flask import Flask
from shared.client import fetch

app = Flask(__name__)


@app.get("/")
def home():
    return [fetch(user) for user in load()]
"""


@pytest.fixture
def two_folders(tmp_path: Path) -> Path:
    for name, text in {
        "shared/__init__.py": "",
        "shared/client.py": CLIENT,
        "web/app.py": APP,
        "webby/app.py": APP,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def places(root: Path, *paths: str) -> list[tuple[str, str, int]]:
    report = api.analyze(Config(root=root, paths=paths, min_confidence=Confidence.LOW))
    return [(finding.rule, finding.location.file, finding.location.line) for finding in report.findings]


class TestPaths:
    def test_say_what_is_reported_of_what_is_analysed(self, two_folders: Path) -> None:
        everything = places(two_folders, ".")
        assert ("COMM101", "web/app.py", 9) in everything
        assert {file for _, file, _ in everything} == {"shared/client.py", "web/app.py", "webby/app.py"}
        # The remote call is in a file that is not named.
        assert places(two_folders, "web") == [place for place in everything if place[1] == "web/app.py"] != []
        assert places(two_folders, "web/app.py") == places(two_folders, "web")
        # And so is the way to it.
        assert places(two_folders, "shared") == [place for place in everything if place[1] == "shared/client.py"] != []

    def test_several_and_those_without_findings(self, two_folders: Path) -> None:
        assert places(two_folders, "web", "webby") == places(two_folders, "web") + places(two_folders, "webby")
        assert places(two_folders, "shared/__init__.py") == []

    def test_from_a_folder_of_a_checkout_all_of_it_is_analysed(self, two_folders: Path) -> None:
        (two_folders / ".git").mkdir()
        config = settle([str(two_folders / "web")])
        assert (config.root, config.paths) == (two_folders, ("web",))
        found = [(f.rule, f.location.file) for f in api.analyze(config).findings]
        assert ("COMM101", "web/app.py") in found

    def test_without_a_checkout_the_common_folder_is_analysed(self, two_folders: Path) -> None:
        # Nothing is known of `shared` then.
        assert api.analyze(settle([str(two_folders / "web")])).findings == ()
        both = settle([str(two_folders / "web"), str(two_folders / "shared" / "client.py")])
        assert (both.root, both.paths) == (two_folders, ("shared/client.py", "web"))

    def test_one_that_does_not_exist(self) -> None:
        with pytest.raises(CommlintError, match=r"^no/such: no such file or folder$"):
            settle(["no/such"])


# --- what goes wrong --------------------------------------------------------------------------------------------------


class Failing:
    def __init__(self, code: str, slug: str) -> None:
        self.code = code
        self.slug = slug

    def check(self, program: Program) -> Iterator[Finding]:
        yield from checks.CHECKS[-1].check(program)
        raise KeyError("oh")


def test_a_check_that_fails_does_not_take_the_others_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = api.analyze(Config(root=SHOP))
    assert whole.failures == ()
    first, second, *others = checks.CHECKS
    failing = Failing(second.code, second.slug)
    monkeypatch.setattr(checks, "CHECKS", (first, failing, *others))
    report = api.analyze(Config(root=SHOP))
    assert report.failures == (f"{second.code} {second.slug}: KeyError: 'oh'",)
    assert report.findings == tuple(finding for finding in whole.findings if finding.rule != second.code)
    assert report.summary == whole.summary


def test_calls_whose_target_is_not_known_say_why(tmp_path: Path) -> None:
    code = (
        "import os\nimport requests\n\n\ndef ask(where):\n    requests.get(f'http://{where}/users')\n"
        "    requests.get(os.environ['USERS_URL'] + '/users')\n    requests.get('/users')\n"
        "    requests.get('https://example.com/users')\n    requests.request(**where)\n"
    )
    (tmp_path / "app.py").write_text(code)
    report = api.analyze(Config(root=tmp_path))
    assert [(step.location.line, *step.text.split("; ")) for step in report.unresolved] == [
        (
            6,
            "GET http://{where}/users: what `where` stands for is not known",
            '`[services.NAME] settings = ["where"]` says it',
        ),
        (
            7,
            "GET {USERS_URL}/users: what `USERS_URL` stands for is not known",
            "`[services.users] external = true` says it, or a summary of users",
        ),
        (8, "GET /users: its address names no host"),
        (10, "(requests.request): nothing is known of its address"),
    ]
    assert report.summary.unresolved == 4
    text = formatter("concise")(report, Options(unresolved=True))
    assert "app.py:8:14 GET /users: its address names no host\n" in text
    assert "--show-unresolved" not in text


def test_an_endpoint_behind_decorators_of_the_program_keeps_its_name_and_place(tmp_path: Path) -> None:
    code = (
        "import functools\nimport requests\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n"
        "def endpoint(path):\n    def decorate(view):\n        @app.post(path)\n        @functools.wraps(view)\n"
        "        def wrapper():\n            return view()\n\n        return wrapper\n\n    return decorate\n\n\n"
        "@endpoint('/orders')\ndef order():\n    return requests.get('http://users/1', timeout=1).json()\n"
    )
    (tmp_path / "app.py").write_text(code)
    [finding] = api.analyze(Config(root=tmp_path)).findings
    assert finding.rule == "COMM401"
    assert (finding.path[0].location.line, finding.path[0].text) == (21, "POST /orders")


def test_a_file_that_cannot_be_read_is_a_finding_and_the_rest_stands(two_folders: Path) -> None:
    before = places(two_folders, ".")
    (two_folders / "web" / "old.py").write_text("import os\nprint 'hello'\n")
    report = api.analyze(Config(root=two_folders))
    [unreadable] = [finding for finding in report.findings if finding.rule == "COMM001"]
    assert (unreadable.location.file, unreadable.location.line) == ("web/old.py", 2)
    assert unreadable.message.startswith("cannot be read: Missing parentheses in call to 'print'")
    assert report.failures == ()
    assert [place for place in places(two_folders, ".") if place[0] != "COMM001"] == before
    assert not api.analyze(Config(root=two_folders, paths=("shared",), select=("COMM001",))).findings


def test_an_extractor_that_fails_on_a_file_is_our_fault_and_the_rest_stands(
    two_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from libcst import Module  # noqa: PLC0415

    from commlint.extract import lower  # noqa: PLC0415 - loads libcst

    real = lower.lower

    def fails_on_webby(module: Module) -> object:
        if "webby" in module.code:
            raise KeyError("two\nlines")
        return real(module)

    (two_folders / "webby/app.py").write_text(APP + "# webby\n")
    before = places(two_folders, "web", "shared")
    monkeypatch.setattr(lower, "lower", fails_on_webby)
    report = api.analyze(Config(root=two_folders))
    assert report.failures == ("webby/app.py: KeyError: 'two\\nlines'",)
    [ours] = [finding for finding in report.findings if finding.rule == "COMM003"]
    assert ours.location.file == "webby/app.py"
    assert places(two_folders, "web") == [place for place in before if place[1] == "web/app.py"]


def test_nothing_to_read(tmp_path: Path) -> None:
    report = api.analyze(Config(root=tmp_path))
    assert (report.findings, report.services, report.failures, report.summary.files) == ((), (), (), 0)


# --- the report -------------------------------------------------------------------------------------------------------


def test_findings_are_sorted(system: Path) -> None:
    findings = api.analyze(Config(root=system)).findings
    assert len(findings) >= 1
    keys = [(f.location.file, f.location.line, f.location.column, f.rule) for f in findings]
    assert keys == sorted(keys)
    assert len(set(findings)) == len(findings)


def test_places_are_in_the_text_of_the_report() -> None:
    report = api.analyze(Config(root=SHOP))
    for finding in report.findings:
        location = finding.location
        line = report.line(location)
        name = line[location.column - 1 : location.column - 1 + location.length]
        # Of manifests the line is known, and no more; of a key its quotes are part.
        manifest = name == "" and location.file.endswith(".yml")
        assert manifest or name.strip("\"'").isidentifier(), (finding, line)
        for step in (*finding.path, *finding.related):
            lines = (SHOP / step.location.file).read_text().split("\n")
            assert 1 <= step.location.line <= len(lines)
            assert 1 <= step.location.column <= len(lines[step.location.line - 1]) + 1


def test_low_confidence_only_on_demand() -> None:
    by_level = {level: api.analyze(Config(root=SHOP, min_confidence=level)).findings for level in Confidence}
    for level, findings in by_level.items():
        assert findings == tuple(f for f in by_level[Confidence.LOW] if f.confidence >= level)


class TestTheExample:
    def test_reports_only_what_is_fragile(self) -> None:
        findings = api.analyze(Config(root=SHOP, min_confidence=Confidence.LOW)).findings
        assert findings
        assert all(finding.location.file.startswith("fragile/") for finding in findings)

    @pytest.mark.parametrize("half", ["fragile", "repaired"])
    def test_each_half_alone_is_as_in_the_whole(self, half: str) -> None:
        alone = api.analyze(Config(root=SHOP / half)).findings
        whole = api.analyze(Config(root=SHOP, paths=(half,))).findings
        assert [(f.rule, f"{half}/{f.location.file}", f.location.line) for f in alone] == [
            (f.rule, f.location.file, f.location.line) for f in whole
        ]
        assert bool(alone) == (half == "fragile")

    def test_its_readme_names_each_rule_that_finds_something(self) -> None:
        text = (SHOP / "README.md").read_text("utf-8")
        assert {f.rule for f in api.analyze(Config(root=SHOP)).findings} == set(re.findall(r"COMM\d+", text))

    def test_the_places_that_its_readme_names(self) -> None:
        assert {
            (f.location.file.removeprefix("fragile/"), f.rule) for f in api.analyze(Config(root=SHOP)).findings
        } == {
            ("catalog/app.py", "COMM201"),
            ("docker-compose.yml", "COMM203"),
            ("gateway/app.py", "COMM101"),
            ("gateway/app.py", "COMM102"),
            ("gateway/app.py", "COMM103"),
            ("gateway/app.py", "COMM401"),
            ("gateway/app.py", "COMM403"),
            ("gateway/app.py", "COMM601"),
            ("gateway/app.py", "COMM602"),
            ("mails/consumer.py", "COMM401"),
            ("mails/consumer.py", "COMM503"),
            ("mails/consumer.py", "COMM505"),
            ("orders/app.py", "COMM101"),
            ("orders/app.py", "COMM102"),
            ("orders/app.py", "COMM502"),
            ("orders/app.py", "COMM504"),
            ("orders/app.py", "COMM505"),
            ("orders/clients.py", "COMM301"),
            ("orders/clients.py", "COMM401"),
            ("orders/clients.py", "COMM402"),
            ("orders/clients.py", "COMM403"),
            ("orders/clients.py", "COMM404"),
            ("orders/clients.py", "COMM405"),
            ("shipping/app.py", "COMM302"),
            ("shipping/app.py", "COMM401"),
            ("shipping/app.py", "COMM402"),
            ("users/app.py", "COMM401"),
            ("users/app.py", "COMM403"),
        }
