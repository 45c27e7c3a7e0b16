"""What library models say about routes, by access path: routers, what hangs them up, files that say what is served."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from commlint.catalogue.models import Contract, Library, Mount, Router


class RouteModels:
    """The models of routers, mounts and contracts.

    Attributes:
        contracts: All models of files.
        modules: The routers that are modules.
        mount_names: The mounts that are methods with a name that says so (`register_blueprint`, not `mount`), by it:
            for objects of which nothing else is known.

    Args:
        libraries: The models.
        canonical: Gives the path under which models know what another path also leads to.
    """

    def __init__(self, libraries: Iterable[Library], canonical: Callable[[str], str]) -> None:
        self.contracts: list[Contract] = []
        self.modules: list[Router] = []
        self.mount_names: dict[str, Mount] = {}
        self._routers: dict[str, Router] = {}
        self._mounts: dict[str, list[Mount]] = {}
        self._serving: dict[str, list[Contract]] = {}
        for library in libraries:
            for router in library.router:
                for path in router.classes:
                    self._routers.setdefault(canonical(path), router)
                if router.modules is not None:
                    self.modules.append(router)
            for mount in library.mount:
                for path in map(canonical, mount.functions):
                    self._mounts.setdefault(path, []).append(mount)
                    owner, _, name = path.rpartition(".")
                    if "()" in owner and "_" in name and not mount.into:
                        self.mount_names.setdefault(name, mount)
            for contract in library.contract:
                self.contracts.append(contract)
                for path in contract.functions:
                    self._serving.setdefault(canonical(path), []).append(contract)

    def router(self, path: str) -> Router | None:
        """The router that a class or function makes."""
        return self._routers.get(path)

    def mounts(self, path: str) -> list[Mount]:
        """How a function hangs up what it is given."""
        return self._mounts.get(path, [])

    def serving(self, path: str) -> list[Contract]:
        """The files that a function serves."""
        return self._serving.get(path, [])
