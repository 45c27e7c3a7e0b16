"""A pytest plugin that records which function of a package calls which, while the tests of the package run.

usage: RECORD_PACKAGE=PACKAGE_DIR RECORD_TO=CALLS_JSON PYTHONPATH=benchmarks python -m pytest -p record_calls ...

It needs CPython 3.11 and nothing but the standard library, so that it can be loaded into the environment of any
package; `traced.py` reads what it writes. It records every call whose caller and callee both are code of the package,
in all threads:

* The caller is the frame right below the callee's. Where a library is between the two (Flask calls a view), there is no
  such pair. C functions have no frames: `sorted(names, key=f)` calls `f`.
* Generators and coroutines do not run when they are called. What can be seen is who runs them first, and that is taken
  for the caller: it is for `await f()` and `for item in f()`. They are marked, since it is not for `consume(f())`.
* A comprehension is part of the function around it, a class body of what is around the class.
* Finalisers run at any time, so they are left out.
"""

from __future__ import annotations

import dis
import functools
import inspect
import json
import os
import sys
import threading
from pathlib import Path
from types import CodeType, FrameType

_PACKAGE = f"{Path(os.environ['RECORD_PACKAGE']).resolve()}{os.sep}"
_TO = Path(os.environ["RECORD_TO"]).resolve()

_COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
_DELAYED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR

# By id: two functions may be equal as code. Whatever has been seen is kept, so no id is given twice.
_starts: dict[int, int | None] = {}
_kept: list[CodeType] = []
_calls: dict[tuple[int, int, int], tuple[CodeType, CodeType]] = {}


def pytest_unconfigure() -> None:
    """Writes what has been seen when the tests are over."""
    sys.setprofile(None)
    threading.setprofile(None)
    calls = {json.dumps(_described(caller, at, callee)) for (_, at, _), (caller, callee) in _calls.items()}
    _TO.write_text("".join(f"{call}\n" for call in sorted(calls)), "utf-8")


def _profile(frame: FrameType, event: str, _: object) -> None:
    if event != "call":
        return
    code = frame.f_code
    start = _starts.get(id(code), -1)
    if start == -1:
        start = _start(code)
    # A generator is "called" again each time it goes on.
    if start is None or frame.f_lasti != start or frame.f_back is None:
        return
    caller = frame.f_back.f_code
    if _is_inside(caller.co_filename):
        _calls[id(caller), frame.f_back.f_lasti, id(code)] = (caller, code)


def _start(code: CodeType) -> int | None:
    """Where a function begins, after what makes a generator of it; nothing for what is no function of the package."""
    start = None
    is_function = code.co_flags & inspect.CO_OPTIMIZED and code.co_name not in (*_COMPREHENSIONS, "__del__")
    if is_function and _is_inside(code.co_filename):
        start = next(i.offset for i in dis.get_instructions(code) if i.opname == "RESUME" and i.arg == 0)
    _starts[id(code)] = start
    _kept.append(code)
    return start


@functools.cache
def _is_inside(path: str) -> bool:
    # Templates that became code are in the folder too.
    return path.endswith(".py") and _resolved(path).startswith(_PACKAGE)


def _resolved(path: str) -> str:
    return str(Path(path).resolve())


def _described(caller: CodeType, at: int, callee: CodeType) -> dict[str, object]:
    # A frame may be at the cache behind the instruction.
    by = [i for i in dis.get_instructions(caller) if i.offset <= at][-1]
    return {
        "caller": _place(caller),
        "callee": _place(callee),
        "line": by.positions.lineno if by.positions is not None else None,
        "by": by.opname,
        "delayed": bool(callee.co_flags & _DELAYED),
    }


def _place(code: CodeType) -> list[object]:
    path = _resolved(code.co_filename).removeprefix(_PACKAGE)
    return [path, "" if code.co_name == "<module>" else code.co_qualname, code.co_firstlineno]


sys.setprofile(_profile)
threading.setprofile(_profile)
