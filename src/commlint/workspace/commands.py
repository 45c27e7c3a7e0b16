"""What a command line runs: which Python program, on which port, and what for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

Purpose = Literal["web", "worker", "test", "program", "other"]

_SERVERS = frozenset({"uvicorn", "gunicorn", "hypercorn", "daphne", "granian", "waitress-serve", "uwsgi", "unicorn"})
_WORKERS = frozenset(
    {"celery", "rq", "rqworker", "dramatiq", "arq", "faust", "taskiq", "huey_consumer", "procrastinate"}
)
_TESTS = frozenset(
    {"pytest", "py.test", "tox", "nox", "unittest", "nose2", "nosetests", "behave", "coverage", "robot", "cypress"}
    | {"flake8", "mypy", "pylint", "ruff", "black", "isort", "bandit", "pre-commit"}
)
# Commands that may mention a program without running it.
_MENTION = frozenset(
    {"echo", "printf", "pip", "pip3", "apt", "apt-get", "apk", "curl", "wget", "cd", "mkdir", "chown", "chmod", "cp"}
    | {"mv", "rm", "kill", "pkill", "grep", "which", "command", "export", "npm", "yarn", "docker", "touch", "ln", "cat"}
)
_PYTHON = re.compile(r"python[\d.]*")
_FILE = re.compile(r"\w[\w.-]*\.py")
_OBJECT = re.compile(r"([A-Za-z_][\w.]*):[A-Za-z_][\w.]*(?:\(.*\))?")
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
_PORT = re.compile(r"(?:--port|--http-port|-p|--bind|-b|--http|--listen|runserver)[=\s]*(?:\S{0,60}:)?(\d{2,5})\b")
_SHELL = re.compile(r"(?:^|[\s/\"'])([\w.-]+\.(?:sh|bash))\b")
_STEPS = re.compile(r"&&|\|\||;|\n|(?<!\|)\|(?!\|)")


# Longer than anybody writes a command.
_MAX_LENGTH = 2_000


class Program(msgspec.Struct, frozen=True):
    """A Python program that a command line runs.

    Attributes:
        module: Its module, as `shop.main`, or the path of its file.
        purpose: Whether it serves requests, works tasks off, tests, or what is not known.
        port: The port that it is told to listen on; 0 where it is not.
    """

    module: str
    purpose: Purpose
    port: int = 0

    @property
    def is_file(self) -> bool:
        """Whether `module` is a path."""
        return self.module.endswith(".py")


def read(command: str) -> Program | None:
    """The program that a command line runs at last; `None` where it is none of Python's that is known.

    Args:
        command: As written, `&&` and `sh -c` included.
    """
    return next(iter(all_programs(command)), None)


def all_programs(command: str) -> Iterator[Program]:
    """Every program that a command line or script runs, the last one first."""
    for step in reversed(_STEPS.split(command.replace("\\\n", " "))):
        program = _step(step) if len(step) <= _MAX_LENGTH else None
        if program is not None:
            yield program


def scripts(command: str) -> tuple[str, ...]:
    """The names of the shell scripts that a command line starts."""
    return tuple(dict.fromkeys(match[1] for match in _SHELL.finditer(command)))


def _step(text: str) -> Program | None:
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        # The quotes began or end in another step.
        words = re.sub(r"[\"']", " ", text).split()
    port = _PORT.search(text)
    found = _words(words)
    return None if found is None else Program(found[0], found[1], int(port[1]) if port else 0)


def _words(words: Sequence[str]) -> tuple[str, Purpose] | None:
    """Module or file, and purpose, of one command; what goes before it, as `poetry run`, is passed over."""
    if not words or words[0] in _MENTION:
        return None
    for index, word in enumerate(words):
        known = _known(word.rpartition("/")[2], words[index:])
        if known is not None:
            return known
    return None


def _known(name: str, words: Sequence[str]) -> tuple[str, Purpose] | None:
    """What a command runs whose first word is the name of a program that runs Python's."""
    if name in ("sh", "bash", "ash") and "-c" in words[:4]:
        inner = read(" ".join(words[words.index("-c") + 1 :]))
        return None if inner is None else (inner.module, inner.purpose)
    if name in _TESTS:
        return name, "test"
    if name in _SERVERS:
        return _served(words[1:])
    if name in _WORKERS:
        return _worked(words)
    if name == "flask":
        return _after(words, "--app", "-A").partition(":")[0].removesuffix(".py").replace("/", "."), "web"
    if name in ("fastapi", "streamlit", "chainlit", "litestar", "sanic"):
        return _launched(words)
    if name == "nameko" and "run" in words:
        return next(((w, "program") for w in reversed(words) if _OBJECT.fullmatch(w) or _MODULE.fullmatch(w)), None)
    if _PYTHON.fullmatch(name):
        return _python(words[1:])
    return _script(words) if _FILE.fullmatch(name) else None


def _python(words: Sequence[str]) -> tuple[str, Purpose] | None:
    for index, word in enumerate(words):
        if word == "-m" and index + 1 < len(words):
            rest = words[index + 1 :]
            known = _words(rest)
            return known if known is not None else (rest[0], "program")
        if word == "-c":
            return None
        if word.endswith(".py"):
            return _script(words[index:])
        if not word.startswith("-"):
            return None
    return None


def _script(words: Sequence[str]) -> tuple[str, Purpose]:
    path = words[0].removeprefix("./")
    if path.rpartition("/")[2] != "manage.py":
        return path, "program"
    if len(words) > 1 and words[1].startswith(("runserver", "run_gunicorn", "runserver_plus")):
        return path, "web"
    return path, "test" if words[1:2] == ["test"] else "worker"


def _served(words: Sequence[str]) -> tuple[str, Purpose] | None:
    for word in words:
        if (match := _OBJECT.fullmatch(word)) is not None:
            return match[1], "web"
    for flag in ("-w", "--module", "--wsgi-file"):
        if value := _after(words, flag):
            return value.partition(":")[0], "web"
    # gunicorn takes a bare module at the end.
    last = words[-1] if words else ""
    return (last, "web") if _MODULE.fullmatch(last) and words[-2:-1] != ["-k"] else ("", "web")


def _worked(words: Sequence[str]) -> tuple[str, Purpose]:
    named = _after(words, "-A", "--app")
    if not named:
        rest = [word for word in words[1:] if _OBJECT.fullmatch(word) or ("." in word and _MODULE.fullmatch(word))]
        named = rest[0] if rest else ""
    return named.partition(":")[0], "worker"


def _launched(words: Sequence[str]) -> tuple[str, Purpose]:
    for word in words[1:]:
        if word.endswith(".py"):
            return word.removeprefix("./"), "web"
        if (match := _OBJECT.fullmatch(word)) is not None:
            return match[1], "web"
    return _after(words, "--app").partition(":")[0], "web"


def _after(words: Sequence[str], *flags: str) -> str:
    """The value of an option, as `-A x` or `--app=x`."""
    for index, word in enumerate(words):
        for flag in flags:
            if word == flag and index + 1 < len(words):
                return words[index + 1]
            if word.startswith(f"{flag}="):
                return word[len(flag) + 1 :]
    return ""
