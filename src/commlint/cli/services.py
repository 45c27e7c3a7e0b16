"""`commlint services`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from commlint.cli.terminal import colored, emit
from commlint.config import settle
from commlint.report.palette import Palette, plain, width

if TYPE_CHECKING:
    from commlint.finding import Service
    from commlint.workspace import Workspace

_WIDTH = 120
# More than this many addresses of a service are told with `--why` only.
_FEW = 3
_CODE = {"python": "", "other": "no Python", "none": "elsewhere"}


@click.command()
@click.argument("path", required=False, metavar="[PATH]")
@click.option("--why", is_flag=True, help="Say of each service why it is one, and whom its settings lead to.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def services(path: str | None, *, why: bool, style: str) -> int:
    """List the services of the workspace: their names, where their code is, and how others reach them.

    They are found by Dockerfiles, manifests (docker-compose, Kubernetes, Helm, SAM, Procfile) and code; a table
    `[services.NAME]` of the configuration goes before what is found.
    """
    config = settle((path,) if path is not None else ())

    # Imported here, because the libraries behind it take longer to load than the other commands to run.
    from commlint.catalogue import load_all_libraries  # noqa: PLC0415
    from commlint.workspace import read  # noqa: PLC0415

    name = config.file.name if config.file is not None else ""
    workspace = read(config, load_all_libraries(config.models, name, config.library_models))
    if style == "json":
        emit(msgspec.json.format(msgspec.json.encode(_json(workspace)), indent=2).decode() + "\n")
        return 0
    palette = Palette(on=colored())
    lines = [*(_explained(workspace, palette) if why else _listed(workspace, palette)), "", _counted(workspace)]
    lines += [f"cannot be read: {plain(one.path)}:{one.line}: {plain(one.reason)}" for one in workspace.unreadable]
    emit("".join(f"{line}\n" for line in lines))
    return 0


def _json(workspace: Workspace) -> dict[str, object]:
    """Everything that is known; of settings where they stand and whom they lead to, and not what they are."""
    listed = []
    for service in workspace.services:
        reached = workspace.reached(service)
        settings = [
            {"name": name, "file": place.file, "line": place.line}
            | ({"service": reached[name].name} if name in reached else {})
            for name, place in workspace.origins.get(service.root, {}).items()
        ]
        listed.append({**msgspec.structs.asdict(service), "settings": settings})
    gateways = [msgspec.to_builtins(gateway) for gateway in workspace.gateways]
    unreadable = [msgspec.to_builtins(one) for one in workspace.unreadable]
    return {"services": listed, "gateways": gateways, "unreadable": unreadable}


def _listed(workspace: Workspace, palette: Palette) -> Iterator[str]:
    """A line for each service."""
    rows = [(plain(s.name), plain(s.root), _CODE[s.code]) for s in workspace.services]
    widths = [max((width(row[column]) for row in rows), default=0) for column in range(3)]
    for service, row in zip(workspace.services, rows, strict=True):
        cells = [cell + " " * (widths[column] - width(cell)) for column, cell in enumerate(row) if widths[column]]
        cells[0] = palette.paint(cells[0], "bold")
        yield "  ".join([*cells, _short(service.hosts)]).rstrip()


def _short(hosts: Sequence[str]) -> str:
    """The addresses that say most: with a port rather than without, and one spelling of each."""
    told = [host for host in hosts if not host.startswith("127.0.0.1:") and ".svc" not in host]
    ported = {host.partition(":")[0] for host in told if ":" in host}
    told = [plain(host) for host in told if host not in ported]
    return ", ".join(told[:_FEW]) + (f", +{len(told) - _FEW}" if len(told) > _FEW else "")


def _explained(workspace: Workspace, palette: Palette) -> Iterator[str]:
    """A paragraph for each service."""
    for index, service in enumerate(workspace.services):
        if index:
            yield ""
        yield palette.paint(plain(service.name), "bold")
        if service.root:
            yield f"  root       {plain(service.root)}"
        if service.system:
            yield from _wrapped("system     ", f"{plain(service.system)}, a copy that is not linked to the others")
        yield from _wrapped("reached as ", ", ".join(map(plain, service.hosts)))
        for number, reason in enumerate(service.reasons):
            yield from _wrapped("           " if number else "why        ", plain(reason))
        yield from _reaching(workspace, service)


def _reaching(workspace: Workspace, service: Service) -> Iterator[str]:
    places = workspace.origins.get(service.root, {})
    if places:
        files = list(dict.fromkeys(plain(place.file) for place in places.values()))
        more = f" and {len(files) - _FEW} more" if len(files) > _FEW else ""
        counted = f"{len(places)} settings" if len(places) != 1 else "1 setting"
        yield from _wrapped("settings   ", f"{counted} from {', '.join(files[:_FEW])}{more}")
    for name, target in workspace.reached(service).items():
        place = places[name]
        yield from _wrapped("leads to   ", f"{plain(target.name)} by {plain(name)} ({plain(place.file)}:{place.line})")


def _wrapped(head: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=f"  {head}",
        subsequent_indent="  " + " " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _counted(workspace: Workspace) -> str:
    count = len(workspace.services)
    said = f"{count} services" if count != 1 else "1 service"
    foreign = sum(1 for service in workspace.services if service.code == "other")
    outside = sum(1 for service in workspace.services if service.code == "none")
    notes = [f"{foreign} without Python"] * bool(foreign) + [f"{outside} elsewhere"] * bool(outside)
    gateways = len(workspace.gateways)
    said += f" ({', '.join(notes)})" if notes else ""
    if gateways:
        said += f"; {gateways} gateway{'s' if gateways != 1 else ''} in manifests"
    return said
