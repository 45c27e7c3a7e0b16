"""Ignore comments: what each speaks of, and that none is silent in vain."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Protocol

import pytest

from commlint.api import analyze
from commlint.catalogue import load_rules
from commlint.config import settle
from commlint.finding import Confidence, Edit, Finding, Location, Severity
from commlint.suppress import find_suppressions, ignoring


def spans(code: str, path: str = "x.py") -> list[tuple[tuple[str, ...], int, int | None]]:
    return [(s.rules, s.first, s.last) for s in find_suppressions(path, dedent(code).encode())]


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("a()\nb()  # commlint: ignore[x]\nc()\n", 2, 2),
        ("a()\n# commlint: ignore[x] because\nb()\nc()\n", 3, 3),
        ("a()\n# commlint: ignore[x]\n\n# other\nb(\n    1\n)\nc()\n", 5, 7),
        ("b(\n    1,  # commlint: ignore[x]\n    2\n)\n", 1, 4),
        ("b(\n    # commlint: ignore[x]\n    2\n)\n", 1, 4),
        ("def f(  # commlint: ignore[x]\n    a,\n):\n    b()\n", 1, 3),
        ("# commlint: ignore[x]\ndef f():\n    b()\n\n    c()\nd()\n", 2, 5),
        ("if a:\n    b()  # commlint: ignore[x]\nelse:\n    c()\n", 2, 2),
        ("for a in b:\n    # commlint: ignore[x]\n    for c in d:\n        e()\n    f()\n", 3, 4),
        ("a()\n# commlint: ignore[x]\n", 2, 2),
        ('a = """\n# commlint: ignore[no]\n"""  # commlint: ignore[x]\n', 1, 3),
    ],
)
def test_a_comment_speaks_of_a_statement(code: str, first: int, last: int) -> None:
    assert spans(code) == [(("x",), first, last)]


def test_a_decorated_function_is_one_statement_with_its_decorators() -> None:
    assert spans("# commlint: ignore[x]\n@d\n@e(1)\ndef f():\n    b()\nc()\n") == [(("x",), 2, 5)]


@pytest.mark.parametrize(
    ("comment", "rules"),
    [
        ("# commlint: ignore", ()),
        ("#commlint:ignore[COMM402]", ("COMM402",)),
        ("# commlint: ignore[a, b] we know", ("a", "b")),
        ("# noqa  # commlint: ignore[a]", ("a",)),
    ],
)
def test_says_which_rules(comment: str, rules: tuple[str, ...]) -> None:
    assert spans(f"x = 1  {comment}\n") == [(rules, 1, 1)]


def test_a_file_is_ignored_as_a_whole() -> None:
    assert spans("a()\n# commlint: ignore-file[x]\n") == [(("x",), 1, None)]


@pytest.mark.parametrize(("path", "sign"), [("compose.yaml", "#"), ("queries.sql", "--"), ("broken.py", "#")])
def test_other_files_are_read_line_by_line(path: str, sign: str) -> None:
    code = f"(a\nb {sign} commlint: ignore[x]\n{sign} commlint: ignore[y]\nc\n"
    assert spans(code, path) == [(("x",), 2, 2), (("y",), 4, 4)]


def test_text_is_no_comment() -> None:
    assert spans('a = "# commlint: ignore[x]"\n') == []


CALL = 'requests.get("http://users/users")'


class Found(Protocol):
    """What is found in a piece of code, as `COMM402:4`."""

    def __call__(self, code: str, ignore: tuple[str, ...] = ()) -> list[str]: ...


@pytest.fixture
def found(tmp_path: Path) -> Found:
    def found(code: str, ignore: tuple[str, ...] = ()) -> list[str]:
        (tmp_path / "app.py").write_text(f"import requests\n\n\n{dedent(code)}")
        report = analyze(settle([str(tmp_path)], jobs=1, ignore=ignore))
        return [f"{finding.rule}:{finding.location.line}" for finding in report.findings]

    return found


class TestFindings:
    def test_are_ignored_by_code_or_slug(self, found: Found) -> None:
        assert found(f"{CALL}\n") == ["COMM401:4", "COMM402:4"]
        assert found(f"{CALL}  # commlint: ignore[COMM401]\n") == ["COMM402:4"]
        assert found(f"{CALL}  # commlint: ignore[missing-timeout, unguarded-call] known\n") == []
        assert found(f"{CALL}  # commlint: ignore\n") == []

    def test_by_block_and_file(self, found: Found) -> None:
        function = f"# commlint: ignore[missing-timeout]\ndef users():\n    return {CALL}.json()\n\n\nusers()\n"
        assert found(function) == ["COMM401:6"]
        assert found(f"# commlint: ignore-file[unguarded-call]\n{CALL}\n") == ["COMM402:5"]

    def test_comments_that_ignore_nothing_are_reported(self, found: Found) -> None:
        assert found(f"{CALL}  # commlint: ignore\nx = 1  # commlint: ignore[missing-timeout]\n") == ["COMM002:5"]
        assert found(f"{CALL}  # commlint: ignore[mising-timeout, COMM401]\n") == ["COMM402:4"]
        assert found("x = 1  # commlint: ignore[mising-timeout]\n") == ["COMM002:4"]

    def test_unless_the_rule_was_not_looked_for(self, found: Found) -> None:
        code = f"{CALL}  # commlint: ignore[missing-timeout]\n"
        assert found(code, ignore=("COMM402",)) == ["COMM401:4"]


class TestIgnoring:
    """The comment that an editor writes."""

    @pytest.mark.parametrize(
        ("file", "text", "line", "ignored"),
        [
            ("a.py", "get(1)\n", 1, "get(1)  # commlint: ignore[missing-timeout]\n"),
            ("a.py", "get(1)  # noqa\r\n", 1, "get(1)  # noqa  # commlint: ignore[missing-timeout]\r\n"),
            ("a.py", "get(\n    1,\n)\n", 2, "get(\n    1,  # commlint: ignore[missing-timeout]\n)\n"),
            ("a.py", "get()  # commlint: ignore[a] b\n", 1, "get()  # commlint: ignore[a, missing-timeout] b\n"),
            ("a.sql", "SELECT 1\n", 1, "SELECT 1  -- commlint: ignore[missing-timeout]\n"),
        ],
    )
    def test_stands_at_the_end_of_the_line(self, file: str, text: str, line: int, ignored: str) -> None:
        edit = written(file, text, line)
        assert edit is not None
        lines = text.splitlines(keepends=True)
        old = lines[edit.line - 1]
        lines[edit.line - 1] = old[: edit.column - 1] + edit.text + old[edit.column - 1 :]
        assert "".join(lines) == ignored

    @pytest.mark.parametrize(
        ("file", "text", "line"),
        [
            ("a.py", 'TEXT = """\nget()\n"""\n', 2),
            ("a.py", "get \\\n    ()\n", 1),
            ("a.json", "{}\n", 1),
            ("a.py", "get()\n", 7),
        ],
    )
    def test_is_not_written_where_none_can_stand(self, file: str, text: str, line: int) -> None:
        assert written(file, text, line) is None


def written(file: str, text: str, line: int) -> Edit | None:
    rule = load_rules()["COMM402"]
    found = Finding(rule.code, Location(file, line), "slow", Severity.ERROR, Confidence.HIGH)
    return ignoring(text.encode(), found, rule)
