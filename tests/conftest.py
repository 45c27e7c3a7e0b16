"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps what runs keep out of the trees that they are of."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMMLINT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield
