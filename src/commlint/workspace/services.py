"""Which deployable units a tree holds, and under which names they are reached."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from commlint.finding import Service
from commlint.workspace import naming
from commlint.workspace.attaching import Codes, is_bought
from commlint.workspace.candidates import Candidate
from commlint.workspace.candidates import find as find_candidates
from commlint.workspace.images import Images
from commlint.workspace.overrides import Said
from commlint.workspace.running import Environment, Image, Run
from commlint.workspace.sources import Sources


class Unit(msgspec.Struct, frozen=True):
    """A service and what is known of how it runs.

    Attributes:
        service: The service.
        runs: What runs its code, the one first that others call.
        built_in: What the image sets that it is shipped in.
    """

    service: Service
    runs: tuple[Run, ...] = ()
    built_in: Environment = {}


def find(
    sources: Sources,
    files: Sequence[str],
    runs: Sequence[Run],
    images: Sequence[Image],
    *,
    label: str,
    said: Said | None = None,
) -> tuple[Unit, ...]:
    """Finds the services of a tree, sorted by root.

    Args:
        sources: Its files that are no Python.
        files: Paths of its Python files, sorted.
        runs: What its manifests run.
        images: What its build tools build.
        label: The name of a service that is the whole tree.
        said: What the user says of them.

    Raises:
        CommlintError: The user speaks of a service or folder that is not there.
    """
    said = said or Said({})
    candidates, built = find_candidates(sources, files, runs, images)
    if files and not any(candidate.python for candidate in candidates):
        candidates = [*candidates, Candidate(".")]
    candidates = said.placed(candidates, [*files, *sources.paths])
    _attach(candidates, runs, label)
    # Of code in other languages only what a manifest runs is known to be a service.
    candidates = [c for c in candidates if c.python or _is_run(c) or c.root in said.names]
    names = naming.Names(candidates, built, label, said.names)
    units = [
        Unit(
            Service(
                name=str(names.of[candidate.root]),
                root=candidate.root,
                reasons=naming.reasons(candidate),
                hosts=tuple(map(str, names.hosts(candidate))),
                code="python" if candidate.python else "other",
            ),
            tuple(names.ranked(candidate)),
            _built_in(candidate, built),
        )
        for candidate in candidates
    ]
    services = said.settled([unit.service for unit in units])
    by_root = {unit.service.root: unit for unit in units}
    return tuple(
        msgspec.structs.replace(by_root[service.root], service=service) if service.root in by_root else Unit(service)
        for service in sorted(services, key=lambda service: (service.root, service.name))
    )


def _is_run(candidate: Candidate) -> bool:
    return any(not is_bought(run.image) for run in (*candidate.built, *candidate.runs))


def _attach(candidates: Sequence[Candidate], runs: Sequence[Run], label: str) -> None:
    """Gives candidates what is run of their code without being built: same image, same name, or manifests beside it."""
    by_root = {candidate.root: candidate for candidate in candidates}
    codes = Codes(
        {root: naming.known_names(root, label, candidate.built) for root, candidate in by_root.items()},
        {
            root: {
                *(run.image for run in candidate.built if run.image and run.build is not None),
                *(image.name for image in candidate.images),
            }
            for root, candidate in by_root.items()
        },
    )
    for run in runs:
        if run.build is None and run.home is None:
            root = codes.of(run)
            if root is not None:
                by_root[root].runs.append(run)


def _built_in(candidate: Candidate, images: Images) -> Environment:
    """The variables that the image of a service sets by itself."""
    for run in candidate.built:
        if run.build is not None:
            return images.of_build(run.build).environment
    return images.of(candidate.dockerfile).environment if candidate.dockerfile else {}


def service_of(services: Mapping[str, Service], path: str) -> Service | None:
    """The service that a file belongs to: the one with the longest root around it.

    Args:
        services: Those of Python code, by root.
        path: The file.
    """
    while True:
        found = services.get(path)
        if found is not None or path == ".":
            return found
        path = posixpath.dirname(path) or "."


def by_root(services: Iterable[Service]) -> dict[str, Service]:
    """The services of Python code."""
    return {service.root: service for service in services if service.code == "python"}
