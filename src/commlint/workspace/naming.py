"""What services are called, under which names they are reached, and why they are services: in plain words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from commlint.workspace import layout
from commlint.workspace.attaching import is_bought
from commlint.workspace.candidates import Candidate
from commlint.workspace.images import Images
from commlint.workspace.running import Run

_LABELLED = frozenset({"process", "template"})
# Names of containers that help the one with the code.
_HELPING = (
    "test",
    "migrat",
    "init",
    "worker",
    "beat",
    "cron",
    "lint",
    "static-analysis",
    "scheduler",
    "flower",
    "debug",
)

_STORES = frozenset({"db", "database", "cache", "broker", "queue", "proxy"})


def label_of(root: str, whole: str) -> str:
    """The name of a folder, or of a file without its ending.

    Args:
        root: The folder or file.
        whole: What the whole tree is called.
    """
    return whole if root == "." else layout.name(root).removesuffix(".py")


class Names:
    """The names of the services of one tree.

    Args:
        candidates: The services.
        images: What is known of Dockerfiles.
        whole: What a service is called that is the whole tree.
        given: The names that the user gives, by root.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        images: Images,
        whole: str,
        given: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._images = images
        self._whole = whole
        self._given = given
        self._ranked = {candidate.root: self._rank(candidate) for candidate in candidates}
        self.of = self._unique(candidates)
        self._published = Counter(
            port for candidate in candidates for port in self._strong_ports(self._ranked[candidate.root], candidate)
        )
        self._quiet = Counter(port for candidate in candidates for port in self._weak_ports(candidate))

    def ranked(self, candidate: Candidate) -> list[Run]:
        """What runs the code of a service, the one first that others call: web before worker."""
        return self._ranked[candidate.root]

    def hosts(self, candidate: Candidate) -> tuple[str, ...]:
        """The names under which a service is reached."""
        name = self.of[candidate.root]
        # A name that another service bears is that one's, though the same image may be run under it.
        taken = set(self.of.values()) - {name}
        runs = [run for run in self.ranked(candidate) if run.name not in taken]
        hosts: dict[str, None] = {}
        reached = False
        for run in runs:
            for host in (*((run.name,) if run.wired else ()), *run.names):
                if host not in taken:
                    reached = True
                    hosts[host] = None
                    hosts.update((f"{host}:{port}", None) for _, port in run.ports)
        if not reached:
            hosts[name.rpartition("/")[2]] = None
        ports = sorted(self._strong_ports(runs, candidate))
        ports += sorted(
            port for port in self._weak_ports(candidate) if self._quiet[port] == 1 and not self._published[port]
        )
        for port in dict.fromkeys(ports):
            hosts[f"localhost:{port}"] = None
            hosts[f"127.0.0.1:{port}"] = None
        return tuple(hosts)

    def _strong_ports(self, runs: Sequence[Run], candidate: Candidate) -> set[int]:
        """The ports on the host that manifests or the code itself give to a service."""
        ports = {port for run in runs for port, _ in run.ports if port}
        ports |= {port for run in runs if run.on_host for port in self._listening(run)}
        if candidate.app is not None and candidate.app.port:
            ports.add(candidate.app.port)
        return ports

    def _weak_ports(self, candidate: Candidate) -> set[int]:
        """The ports that a service listens on in its container, which are those of the host where it runs by itself."""
        ports = {port for run in self.ranked(candidate) for port in self._listening(run)}
        if candidate.dockerfile:
            image = self._images.of(candidate.dockerfile)
            program = self._images.program(None, image.command)
            ports |= set(image.ports) | ({program.port} if program is not None and program.port else set())
        return ports - self._strong_ports(self.ranked(candidate), candidate)

    def _listening(self, run: Run) -> set[int]:
        program = self._images.program(run.build, run.command)
        if program is not None and program.port:
            return {program.port}
        port = run.environment.get("PORT")
        if port is not None and port.text.isdecimal():
            return {int(port.text)}
        return set(self._images.of_build(run.build).ports) if run.build is not None else set()

    # --- names --------------------------------------------------------------------------------------------------------

    def _rank(self, candidate: Candidate) -> list[Run]:
        label = label_of(candidate.root, self._whole)
        runs = [*candidate.built, *candidate.runs]
        order = {id(run): index for index, run in enumerate(runs)}

        def rank(run: Run) -> tuple[bool, bool, bool, bool, int]:
            index = order[id(run)]
            return run.name != label, self._helps(run), index >= len(candidate.built), not run.ports, index

        return sorted(runs, key=rank)

    def _helps(self, run: Run) -> bool:
        program = self._images.program(run.build, run.command)
        if program is not None:
            return program.purpose in ("worker", "test")
        image = self._images.of_build(run.build) if run.build is not None else None
        command = run.command or (image.command if image is not None else "")
        return run.name in _STORES or is_bought(command) or any(word in run.name for word in _HELPING)

    def _unique(self, candidates: Sequence[Candidate]) -> dict[str, str]:
        """A unique name for each candidate, by root."""
        labels = {candidate.root: label_of(candidate.root, self._whole) for candidate in candidates}
        names = {
            root: next((run.name for run in self._ranked[root] if run.kind not in _LABELLED), label)
            for root, label in labels.items()
        }
        # Repositories side by side often call their only container the same.
        for root in _clashing(names):
            names[root] = labels[root]
        names |= {root: name for root, name in self._given.items() if root in names}
        fronts = {root: layout.parent(root) for root in names}
        while clashing := _clashing(names):
            moved = False
            for root in clashing:
                if root not in self._given and fronts[root] != ".":
                    names[root] = f"{layout.name(fronts[root])}/{names[root]}"
                    fronts[root] = layout.parent(fronts[root])
                    moved = True
            if not moved:
                # Nothing is left to tell them apart but the path itself.
                return names | {root: root for root in clashing}
        return names


def _clashing(names: Mapping[str, str]) -> list[str]:
    by_name: dict[str, list[str]] = defaultdict(list)
    for root, name in names.items():
        by_name[name].append(root)
    return sorted(root for roots in by_name.values() if len(roots) > 1 for root in roots)


def reasons(candidate: Candidate) -> tuple[str, ...]:
    """Why something is a service, in plain words."""
    said: dict[str, None] = {}
    for run in candidate.built:
        if run.build is not None:
            said[f"built by {run.file} as `{run.name}` (context {run.build.context})"] = None
    for image in candidate.images:
        said[f"built by {image.file} as image `{image.name}` (context {image.build.context})"] = None
    for run in candidate.runs:
        kind = "" if run.kind == "service" else f"{run.kind} "
        said[f"run by {run.file} as {kind}`{run.name}`"] = None
    if candidate.procfile:
        names = ", ".join(f"`{run.name}`" for run in candidate.built if run.kind == "process")
        said[f"run by {candidate.procfile} as {names}"] = None
    if candidate.dockerfile:
        inside = layout.is_below(candidate.dockerfile, candidate.root) and candidate.root != "."
        shown = candidate.dockerfile[len(candidate.root) + 1 :] if inside else candidate.dockerfile
        if inside or candidate.root == ".":
            said["holds a Dockerfile" if shown == "Dockerfile" else f"holds a Dockerfile ({shown})"] = None
        else:
            said[f"shipped by {shown}"] = None
    if candidate.manage:
        said["holds manage.py"] = None
    if candidate.template:
        said[f"{layout.name(candidate.template)} declares its functions"] = None
    if candidate.app is not None:
        if candidate.project:
            said[f"holds {candidate.project}"] = None
        where = "" if candidate.app.path == candidate.root else f"{candidate.app.path} "
        said[f"{where}{candidate.app.reason}"] = None
    if not candidate.python:
        said["its code is no Python"] = None
    return tuple(said) or ("holds all Python files, and nothing shows a smaller unit",)


def known_names(root: str, whole: str, runs: Collection[Run]) -> set[str]:
    """The names that manifests may call a folder of code by."""
    return {label_of(root, whole), *(run.name for run in runs if run.kind not in _LABELLED)}
