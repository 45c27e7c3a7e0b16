"""What the user says of services, which goes before what is found."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from commlint.catalogue.reading import nearest
from commlint.configfile import ServiceEntry
from commlint.errors import CommlintError
from commlint.finding import Service
from commlint.workspace import layout
from commlint.workspace.candidates import Candidate


class Said:
    """The services of a configuration.

    Args:
        entries: What is said of each, by name.
        file: What the configuration file is called.

    Attributes:
        names: The names that are given to folders and files, by path.
    """

    def __init__(self, entries: Mapping[str, ServiceEntry], file: str = "") -> None:
        self._entries = entries
        self._file = file
        self.names = {
            _path(entry.root): name
            for name, entry in entries.items()
            if entry.root and not (entry.ignore or entry.external)
        }

    def placed(self, candidates: Sequence[Candidate], files: Collection[str]) -> list[Candidate]:
        """The candidates, with the folders and files that are named and without those that are none.

        Args:
            candidates: What was found.
            files: All files of the tree.

        Raises:
            CommlintError: A folder or file is not there.
        """
        found = {candidate.root: candidate for candidate in candidates}
        for name, entry in self._entries.items():
            root = _path(entry.root)
            if not entry.root:
                continue
            inside = [file for file in files if layout.is_below(file, root)]
            if not inside:
                raise CommlintError(f"{self._key(name)}.root: no such file or folder: {entry.root}")
            if entry.ignore or entry.external:
                found.pop(root, None)
            elif root not in found:
                found[root] = Candidate(root, python=any(file.endswith(".py") for file in inside))
        return list(found.values())

    def settled(self, services: Sequence[Service]) -> list[Service]:
        """The services as the user has them.

        Raises:
            CommlintError: A name is that of no service that was found.
        """
        by_name = {service.name: service for service in services}
        by_name |= {self.names[service.root]: service for service in services if service.root in self.names}
        for name, entry in self._entries.items():
            service = by_name.get(name)
            if entry.ignore:
                if service is None and not entry.root:
                    raise self._unknown(name, by_name)
                by_name.pop(name, None)
            elif entry.external:
                hosts = (*entry.hosts, *(service.hosts if service is not None else ())) or (name,)
                by_name[name] = Service(name, "", (self._reason(name),), tuple(dict.fromkeys(hosts)), code="none")
            elif service is None:
                raise self._unknown(name, by_name)
            else:
                by_name[name] = msgspec.structs.replace(
                    service,
                    hosts=tuple(dict.fromkeys((*entry.hosts, *service.hosts))),
                    reasons=tuple(dict.fromkeys((self._reason(name), *self._kept(service)))),
                )
        return list(by_name.values())

    def _kept(self, service: Service) -> Iterator[str]:
        """The reasons that stand beside the user's."""
        return (reason for reason in service.reasons if not reason.startswith("holds all Python files"))

    def _reason(self, name: str) -> str:
        return f"said by {self._key(name)} in {self._file}" if self._file else "said by the configuration"

    def _key(self, name: str) -> str:
        return f"services.{name}"

    def _unknown(self, name: str, known: Collection[str]) -> CommlintError:
        hint = nearest(name, known) or "; say its `root`, or `external = true`"
        return CommlintError(
            f"{self._file or 'configuration'}: {self._key(name)}: no service is found under this name{hint}"
        )


def _path(written: str) -> str:
    return written.replace("\\", "/").removeprefix("./").strip("/") or "."
