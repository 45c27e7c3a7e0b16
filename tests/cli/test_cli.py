from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from click.testing import CliRunner, Result

from commlint import __version__
from commlint.catalogue import load_rules
from commlint.cli import main
from commlint.config import Config
from commlint.errors import CommlintError
from commlint.finding import Confidence, Finding, Location, Report, Severity, Summary

HEAVY = ("libcst", "networkx", "yaml", "commlint.report.sarif")

Run = Callable[..., Result]


class Analysis:
    """Stands in for the analysis: keeps what it was asked, and answers or fails as told."""

    def __init__(self) -> None:
        self.report = report()
        self.error: BaseException | None = None
        self.asked: Config | None = None

    def analyze(self, config: Config) -> Report:
        self.asked = config
        if self.error:
            raise self.error
        return self.report


def report(*severities: Severity, failures: tuple[str, ...] = ()) -> Report:
    findings = tuple(
        Finding("COMM402", Location("app.py", line, 1), f"message {line}", severity, Confidence.HIGH)
        for line, severity in enumerate(severities, 1)
    )
    return Report(findings, load_rules(), summary=Summary(services=1), failures=failures)


@pytest.fixture
def analysis(monkeypatch: pytest.MonkeyPatch) -> Analysis:
    stand_in = Analysis()
    module = ModuleType("commlint.api")
    vars(module)["analyze"] = stand_in.analyze
    monkeypatch.setitem(sys.modules, "commlint.api", module)
    return stand_in


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COMMLINT_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, **options: CliRunner().invoke(main, arguments, **options)


@pytest.mark.parametrize(
    ("found", "options", "status"),
    [
        ((), (), 0),
        ((Severity.NOTE,), (), 0),
        ((Severity.WARNING,), (), 1),
        ((Severity.ERROR,), (), 1),
        ((Severity.WARNING,), ("--fail-on", "error"), 0),
        ((Severity.ERROR, Severity.NOTE), ("--fail-on", "error"), 1),
        ((Severity.NOTE,), ("--fail-on", "note"), 1),
        ((Severity.ERROR,), ("--exit-zero",), 0),
    ],
)
def test_status(
    run: Run, analysis: Analysis, found: tuple[Severity, ...], options: tuple[str, ...], status: int
) -> None:
    analysis.report = report(*found)
    assert run("check", *options).exit_code == status


@pytest.mark.parametrize("options", [(), ("--exit-zero",)])
def test_a_failure_inside_is_status_2_and_the_rest_stands(
    run: Run, analysis: Analysis, options: tuple[str, ...]
) -> None:
    analysis.report = report(Severity.WARNING, failures=("missing-timeout failed on app.py: KeyError: 'x'",))
    result = run("check", *options)
    assert result.exit_code == 2
    assert "message 1" in result.stdout
    assert result.stderr == "commlint: error: missing-timeout failed on app.py: KeyError: 'x'\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "nowhere"), "nowhere: no such file or folder"),
        (("check", "--colour"), "No such option"),
        (("check", "--format", "xml"), "'xml' is not one of"),
        (("check", "--jobs", "0"), "not in the range"),
        (("check", "--output", "no/such/folder/x.txt"), "cannot write no/such/folder/x.txt: No such file or directory"),
        (("--frobnicate",), "No such option"),
        (("chekc",), "No such command"),
        (("explain", "COMM4O2"), "did you mean `COMM402`?"),
        (("explain",), "Missing argument"),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_status_2(
    run: Run, analysis: Analysis, arguments: tuple[str, ...], said: str
) -> None:
    analysis.report = report(Severity.WARNING)
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("commlint: error: ")
    assert result.stderr.count("\n") == 1
    assert said in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--select", "COMM402,mising-timeout"), "`mising-timeout`; did you mean `missing-timeout`?"),
        (("--ignore", "COMM9"), "`commlint rules` lists them"),
    ],
)
def test_a_rule_that_does_not_exist_is_an_error(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run("check", str(tmp_path), *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize("name", ["COMM402", "comm402", "missing-timeout"])
def test_a_rule_is_known_by_code_and_slug(run: Run, name: str) -> None:
    assert run("explain", name).stdout.startswith("COMM402 missing-timeout")


def test_an_error_of_the_analysis_is_one_line(run: Run, analysis: Analysis) -> None:
    analysis.error = CommlintError("commlint.toml: no key is called `selct`;\ndid you mean `select`?")
    result = run("check")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "commlint: error: commlint.toml: no key is called `selct`; did you mean `select`?\n"


def test_a_defect_is_one_line_and_a_traceback_on_request(
    run: Run, analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    analysis.error = RuntimeError("oops")
    result = run("check")
    assert result.exit_code == 2
    assert result.stderr.startswith("commlint: error: internal error: RuntimeError: oops")
    assert result.stderr.count("\n") == 1
    monkeypatch.setenv("COMMLINT_TRACEBACK", "1")
    assert "Traceback (most recent call last)" in run("check").stderr


def test_an_interrupt_is_status_130(run: Run, analysis: Analysis) -> None:
    analysis.error = KeyboardInterrupt()
    result = run("check")
    assert (result.exit_code, result.stdout) == (130, "")
    assert "Traceback" not in result.stderr


def test_options_reach_the_analysis(run: Run, analysis: Analysis, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    options = ["--select", "COMM4, n-plus-one-call", "--select=COMM001", "--ignore", "unguarded-call"]
    run("check", "a", "b", *options, "--min-confidence", "low", "--jobs", "3")
    assert analysis.asked == Config(
        root=tmp_path.resolve(),
        paths=("a", "b"),
        select=("COMM4", "n-plus-one-call", "COMM001"),
        ignore=("unguarded-call",),
        min_confidence=Confidence.LOW,
        jobs=3,
        cache=Path(os.environ["COMMLINT_CACHE_DIR"]),
    )


def test_the_current_folder_is_checked_by_default(run: Run, analysis: Analysis, tmp_path: Path) -> None:
    run("check")
    assert analysis.asked
    assert (analysis.asked.root, analysis.asked.paths) == (tmp_path.resolve(), (".",))
    assert analysis.asked.min_confidence == Confidence.MEDIUM


def test_formats(run: Run, analysis: Analysis) -> None:
    analysis.report = report(Severity.WARNING)
    assert "app.py:1:1 warning COMM402 missing-timeout  message 1" in run("check").stdout
    assert "app.py:1:1 COMM402 missing-timeout message 1" in run("check", "--format", "concise").stdout
    assert json.loads(run("check", "--format", "json").stdout)["findings"][0]["rule"] == "COMM402"
    assert json.loads(run("check", "--format", "sarif").stdout)["runs"][0]["results"][0]["ruleId"] == "COMM402"


@pytest.mark.parametrize("options", [("--notes",), ("--fail-on", "note")])
def test_notes_are_listed_when_asked_for_or_when_they_fail_the_run(
    run: Run, analysis: Analysis, options: tuple[str, ...]
) -> None:
    analysis.report = report(Severity.NOTE)
    assert "message 1" not in run("check").stdout
    assert "message 1" in run("check", *options).stdout


def test_output_to_a_file_instead_of_standard_output(run: Run, analysis: Analysis) -> None:
    analysis.report = report(Severity.WARNING)
    result = run("check", "--format", "json", "--output", "report.json")
    assert (result.exit_code, result.output) == (1, "")
    assert json.loads(Path("report.json").read_text("utf-8"))["findings"]


def test_output_in_other_formats_beside_standard_output(run: Run, analysis: Analysis) -> None:
    analysis.report = report(Severity.WARNING)
    result = run("check", "--output", "sarif=out.sarif", "--output", "json=out.json")
    assert "message 1" in result.stdout
    assert json.loads(Path("out.sarif").read_text("utf-8"))["version"] == "2.1.0"
    assert json.loads(Path("out.json").read_text("utf-8"))["version"] == 1
    assert sorted(path.name for path in Path().iterdir()) == ["out.json", "out.sarif"]


@pytest.mark.usefixtures("analysis")
def test_a_file_keeps_its_old_content_when_it_cannot_be_written_whole(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    Path("report.txt").write_text("old", "utf-8")
    monkeypatch.setattr(Path, "replace", full)
    result = run("check", "--output", "report.txt")
    assert result.exit_code == 2
    assert result.stderr == "commlint: error: cannot write report.txt: No space left on device\n"
    assert Path("report.txt").read_text("utf-8") == "old"
    assert [path.name for path in Path().iterdir()] == ["report.txt"]


@pytest.mark.usefixtures("analysis")
def test_an_output_that_is_a_link_or_a_device_stays_one(run: Run) -> None:
    Path("real.txt").touch()
    Path("link.txt").symlink_to("real.txt")
    run("check", "--output", "link.txt", "--output", os.devnull)
    assert Path("link.txt").is_symlink()
    assert "No findings" in Path("real.txt").read_text("utf-8")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.mark.parametrize(
    ("environment", "options", "colored"),
    [
        ({}, (), False),
        ({}, ("--color", "always"), True),
        ({"FORCE_COLOR": "1"}, (), True),
        ({"CLICOLOR_FORCE": "1"}, (), True),
        ({"FORCE_COLOR": ""}, (), False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
        ({"FORCE_COLOR": "1"}, ("--color", "never"), False),
        ({"NO_COLOR": "1"}, ("--color", "always"), True),
    ],
)
def test_colour(
    run: Run,
    analysis: Analysis,
    environment: dict[str, str],
    options: tuple[str, ...],
    colored: bool,  # noqa: FBT001
) -> None:
    analysis.report = report(Severity.WARNING)
    assert ("\033[" in run("check", *options, env=environment).stdout) == colored


def test_files_are_not_coloured_by_the_environment(run: Run, analysis: Analysis) -> None:
    analysis.report = report(Severity.WARNING)
    run("check", "--output", "report.txt", env={"FORCE_COLOR": "1"})
    assert "\033[" not in Path("report.txt").read_text("utf-8")


@pytest.mark.parametrize("name", ["COMM402", "missing-timeout"])
def test_explain(run: Run, name: str) -> None:
    result = run("explain", name)
    assert result.exit_code == 0
    assert result.stdout.startswith("COMM402 missing-timeout (warning): ")
    assert "WHY IS THIS BAD\n" in result.stdout
    assert "    import requests\n" in result.stdout
    assert "```" not in result.stdout


def test_rules(run: Run) -> None:
    lines = run("rules").stdout.splitlines()
    assert [line.split()[:3] for line in lines] == [
        [rule.code, rule.slug, rule.severity.word] for rule in load_rules().values()
    ]


def test_rules_as_json(run: Run) -> None:
    listed = {entry["code"]: entry for entry in json.loads(run("rules", "--format", "json").stdout)}
    rule = load_rules()["COMM402"]
    assert listed["COMM402"] == msgspec.structs.asdict(rule) | {"severity": "warning", "confidence": "high"}


def test_without_a_command_there_is_help_and_status_2(run: Run) -> None:
    result = run()
    assert (result.exit_code, result.stdout) == (2, "")
    assert "explain" in result.stderr


@pytest.mark.parametrize(
    "arguments", [("--version",), ("--help",), ("check", "--help"), ("explain", "COMM402"), ("rules",)]
)
def test_what_needs_no_analysis_loads_none_of_its_libraries(arguments: tuple[str, ...]) -> None:
    program = f"""
import atexit, sys
atexit.register(lambda: print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr))
sys.argv[1:] = {arguments!r}
import commlint.__main__
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stderr == "[]\n"
    assert result.stdout


def test_version() -> None:
    result = subprocess.run([sys.executable, "-m", "commlint", "--version"], capture_output=True, text=True, check=True)
    assert result.stdout == f"commlint {__version__}\n"


@pytest.mark.skipif(os.name == "nt", reason="pipes break in another way on Windows")
def test_a_reader_that_goes_away_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as gone:
        result = subprocess.run(
            [sys.executable, "-m", "commlint", "explain", "missing-timeout"],
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (result.returncode, result.stderr) == (0, "")
