"""Files that cannot be read, and many processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commlint import facts
from commlint.extract import _WORTH_A_PROCESS, _read_lot, extract

GOOD = "import a\n"


def write(root: Path, name: str, data: bytes | str) -> tuple[str, int]:
    raw = data.encode() if isinstance(data, str) else data
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(raw)
    return name, len(raw)


def between(root: Path, bad: tuple[str, int]) -> facts.Extracted:
    """Reads a file between two good ones."""
    return extract(root, [write(root, "before.py", GOOD), bad, write(root, "zafter.py", GOOD)])


def refused(root: Path, bad: tuple[str, int]) -> facts.Unreadable:
    """What is said of a bad file; the good ones around it are read all the same."""
    extracted = between(root, bad)
    assert extracted.failed == ()
    assert [module.path for module in extracted.modules] == ["before.py", "zafter.py"]
    [unreadable] = extracted.unreadable
    assert unreadable.path == bad[0]
    assert unreadable.reason
    assert unreadable.reason == " ".join(unreadable.reason.split())
    assert len(unreadable.reason) <= 120
    return unreadable


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        ("x = 1\nprint 'hello'\n", 2, "print(...)"),
        ("x = 1\n\ny = (\n    2,\n", 3, "never closed"),
        ("if a:\nf()\n", 2, "expected an indented block"),
        ("x = 1\ndef f():\n    return (1 2)\n", 3, "invalid syntax"),
        ("x = 1\r\nprint 'hello'\r\n", 2, "print(...)"),
        ("x = 1\nif x:\n    pass\n  y = 1\n", 4, "unindent"),
        ("x = 1\ny = '''\n\n", 2, "unterminated"),
        ("x = 1\ny = 'a\n", 2, "unterminated"),
        ("x = 1\ny = $\n", 2, "invalid syntax"),
        ("x = 1\n<<<<<<< HEAD\n", 2, "invalid syntax"),
        (b"x = 1\ny = 1\0\n", 2, "null byte"),
        (b"x = 1\ny = '\0'\n", None, "null"),
        (b"# -*- coding: klingon -*-\nx = 1\n", 1, "klingon"),
        (b"\xef\xbb\xbf# -*- coding: latin-1 -*-\nx = 1\n", 1, "encoding"),
        (b"x = 1\ny = '\xe9'\n", 2, "is not valid utf-8"),
        (b"# coding: ascii\n\nx = '\xc3\xa9'\n", 3, "is not valid ascii"),
        (b"\xff\xfex\0 \0=\0 \x001\0\n\0", 1, "encoding"),
        (b"x = 'a' b'b'\n", 1, "Cannot concatenate"),
    ],
    ids=[
        "python 2 print",
        "open bracket",
        "no block",
        "two values",
        "python 2 print for windows",
        "dedent",
        "open long string",
        "open string",
        "no token",
        "merge conflict",
        "null byte",
        "null byte in a string",
        "unknown encoding",
        "byte order mark against declaration",
        "latin-1 without declaration",
        "utf-8 declared as ascii",
        "utf-16",
        "text and bytes",
    ],
)
def test_no_python(tmp_path: Path, data: str | bytes, line: int | None, said: str) -> None:
    unreadable = refused(tmp_path, write(tmp_path, "bad.py", data))
    assert said in unreadable.reason
    assert unreadable.column >= 1
    if line is not None:
        assert unreadable.line == line


def test_a_number_too_long_for_python_is_no_reason_to_refuse(tmp_path: Path) -> None:
    bad = write(tmp_path, "bad.py", "x = " + "9" * 5_000 + "\n")
    assert [module.path for module in between(tmp_path, bad).modules] == ["before.py", "bad.py", "zafter.py"]


def test_a_long_reason_is_cut(tmp_path: Path) -> None:
    encoding = "x" * 200
    reason = refused(tmp_path, write(tmp_path, "bad.py", f"# coding: {encoding}\n")).reason
    assert reason.endswith(" ...")
    assert len(reason) <= 120


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", 0),
        (b"\n\n", 2),
        (b" \t\n", 1),
        (b"# only a comment", 1),
        (b"\xef\xbb\xbfx = '\xc3\xa9'\n", 1),
        (b"\xef\xbb\xbf", 0),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", 2),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n", 3),
        (b"# coding: utf8\r\nx = 1\r\n", 2),
        (b"x = 1\n\x0c\ny = 2\n", 3),
        (b"\xef\xbb\xbf# coding: utf-8\nx = 1\n", 2),
    ],
    ids=[
        "empty",
        "blank lines",
        "white space",
        "comment",
        "byte order mark",
        "nothing but a byte order mark",
        "latin-1",
        "cp1252 for vim",
        "windows",
        "form feed",
        "mark and declaration agree",
    ],
)
def test_python_if_odd(tmp_path: Path, data: bytes, lines: int) -> None:
    extracted = between(tmp_path, write(tmp_path, "odd.py", data))
    assert (extracted.unreadable, extracted.failed) == ((), ())
    assert [(module.path, module.lines) for module in extracted.modules][1] == ("odd.py", lines)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "é"),
        (b"# coding: cp1252\nx = '\x80'\n", "€"),
        (b"\xef\xbb\xbfx = '\xe2\x82\xac'\n", "€"),
    ],
)
def test_the_encoding_is_heeded(tmp_path: Path, data: bytes, value: str) -> None:
    [module] = extract(tmp_path, [write(tmp_path, "x.py", data)]).modules
    [statement] = module.body
    assert isinstance(statement, facts.Assign)
    assert isinstance(statement.value, facts.Const)
    assert statement.value.value == value


def test_a_folder_called_like_a_file(tmp_path: Path) -> None:
    (tmp_path / "x.py").mkdir()
    unreadable = refused(tmp_path, ("x.py", 1))
    assert unreadable.reason == "Is a directory"
    assert (unreadable.line, unreadable.column) == (1, 1)


def test_a_file_that_has_vanished(tmp_path: Path) -> None:
    assert refused(tmp_path, ("gone.py", 7)).reason == "No such file or directory"


def test_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "x.py").symlink_to("x.py")
    assert refused(tmp_path, ("x.py", 1)).reason == "Too many levels of symbolic links"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    bad = write(tmp_path, "x.py", GOOD)
    (tmp_path / "x.py").chmod(0)
    assert refused(tmp_path, bad).reason == "Permission denied"


# What is nested this deeply needs more stack than a parser in C or Rust may have: read by a process of its own.
DEEP = {
    "brackets": "x = " + "[" * 3_000 + "1" + "]" * 3_000,
    "parentheses": "x = " + "(" * 5_000 + "1" + ")" * 5_000,
    "arguments": "x = " + "f(" * 2_000 + "1" + ")" * 2_000,
    "nots": "x = " + "not " * 20_000 + "1",
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_nesting_stops_nothing(tmp_path: Path, name: str) -> None:
    files = [write(tmp_path, "deep.py", f"{DEEP[name]}\n"), write(tmp_path, "good.py", GOOD)]
    program = (
        "import sys, pathlib\nfrom commlint.extract import extract\n"
        f"done = extract(pathlib.Path(sys.argv[1]), {files!r})\n"
        "print(len(done.failed), len(done.modules) + len(done.unreadable), done.modules[-1].path)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "0 2 good.py\n"), done.stderr[-300:]


# Between spaces: what code is made of, whole or torn.
FRAGMENTS = (
    b'def f ( ) : \n \n\t \' """ \\ \r \x0c \0 f\'{ } [ ] = := * async await yield lambda for in \xff \xc3\xa9 1 '
    b"match case _ try except @ class coding: x"
).split(b" ")


@settings(derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14))
def test_any_bytes_are_facts_or_one_line_about_them(
    tmp_path_factory: pytest.TempPathFactory, fragments: Sequence[bytes]
) -> None:
    root = tmp_path_factory.getbasetemp()
    data = b"".join(fragments)
    extracted = extract(root, [write(root, "any.py", data)])
    assert extracted.failed == ()
    assert len(extracted.modules) + len(extracted.unreadable) == 1
    for unreadable in extracted.unreadable:
        assert unreadable.reason == " ".join(unreadable.reason.split()) != ""
        assert 1 <= unreadable.line <= len(data.splitlines()) + 1
        assert unreadable.column >= 1


# --- many processes ---------------------------------------------------------------------------------------------------


def tree(root: Path) -> list[tuple[str, int]]:
    """Enough files of several sizes, some of them bad, for a second process to be worth it."""
    line = "client.get(f'http://users/{user}', timeout=settings.timeout)  # ask\n"
    files = [
        write(root, f"service{index % 3}/module{index}.py", f"x = {index}\n" + line * (index * 37 % 400))
        for index in range(40)
    ]
    files += [write(root, f"bad{index}.py", "x = 1\n" * index + "print 'hello'\n") for index in range(5)]
    files.append(("gone.py", 100))
    assert sum(size for _, size in files) > _WORTH_A_PROCESS
    return files


class ElsewhereOnly:
    """Reads files, but not in one process."""

    def __init__(self, here: int) -> None:
        self.here = here

    def __call__(self, root: Path, paths: Sequence[str]) -> object:
        assert os.getpid() != self.here
        return _read_lot(root, paths)


def test_any_number_of_processes_gives_the_same_in_the_order_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tree(tmp_path)[::-1]
    alone = extract(tmp_path, files, jobs=1)
    assert [module.path for module in alone.modules] == [path for path, _ in files if path.startswith("service")]
    assert len(alone.unreadable) == 6

    monkeypatch.setattr("commlint.extract._read_lot", ElsewhereOnly(os.getpid()))
    for jobs in (2, 3):
        assert facts.encode(extract(tmp_path, files, jobs)) == facts.encode(alone)


def test_code_that_is_deep_stops_no_pool(tmp_path: Path) -> None:
    files = [*tree(tmp_path), write(tmp_path, "deep.py", "x = " + " + ".join(["a"] * 2_000) + "\n")]
    extracted = extract(tmp_path, files, jobs=2)
    assert len(extracted.modules) + len(extracted.unreadable) == len(files)


def test_little_is_read_without_a_pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commlint.extract.ProcessPoolExecutor", None)
    assert len(extract(tmp_path, [write(tmp_path, "x.py", GOOD)], jobs=8).modules) == 1
