"""How Python itself is set while trees, facts and graphs are built."""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# Code that is generated can be deep, and what walks it takes a few frames a level. Since Python 3.11 such frames cost
# no C stack; `extract` keeps what is deeper from getting in.
_RECURSION = 20_000


@contextmanager
def building() -> Iterator[None]:
    r"""Gives room for deep trees, and keeps the garbage collector from looking again and again at what stays.

    What is built is large, all of it live until the end, and holds next to no garbage in cycles. Warnings about the
    code that is read (`"\\d"`) are its author's business.
    """
    limit, collecting = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(max(limit, _RECURSION))
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        sys.setrecursionlimit(limit)
        if collecting:
            # Else the first thing that it does is to look through all of it.
            gc.freeze()
            gc.enable()
