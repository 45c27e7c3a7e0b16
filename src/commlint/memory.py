"""Memory while much is built."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Keeps the garbage collector from looking again and again at what is being built and stays.

    Trees, facts and graphs are large, all of them live until the end, and hold next to no garbage in cycles.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
