"""Which deployable units a tree holds, and under which names they are reached."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from commlint.finding import Service
from commlint.workspace import layout
from commlint.workspace.apps import App, look
from commlint.workspace.manifests import ComposeService, read_env

_FUNCTION = re.compile(rb"AWS::(?:Serverless|Lambda)::Function|^functions:", re.MULTILINE)
# A program's main file, as frameworks and their tutorials call it.
_MAIN = frozenset(
    {"__main__.py", "api.py", "app.py", "asgi.py", "main.py", "run.py", "server.py", "service.py", "wsgi.py"}
)
# Looking into more files than this would cost more than the answer is worth.
_MAX_LOOKS = 2_000


class Found(msgspec.Struct, frozen=True):
    """The services of a tree, and the environment variables that its manifests give them, by root."""

    services: tuple[Service, ...]
    settings: Mapping[str, Mapping[str, str]]


class _Candidate(msgspec.Struct):
    """A folder or file that may be a service, with the signs for it."""

    root: str
    built: list[ComposeService] = msgspec.field(default_factory=list)
    runs: list[ComposeService] = msgspec.field(default_factory=list)
    dockerfile: str = ""
    manage: bool = False
    template: str = ""
    project: str = ""
    app: App | None = None


def find(
    root: Path, files: Sequence[str], others: Sequence[str], compose: Sequence[ComposeService], *, label: str
) -> Found:
    """Finds the services of a tree.

    Args:
        root: The root of the analysis.
        files: Paths of its Python files, sorted.
        others: Paths of its other files, sorted.
        compose: What its docker-compose files say.
        label: The name of a service that is the whole tree.
    """
    finder = _Finder(root, files, others, compose)
    candidates = finder.candidates()
    if not candidates and files:
        candidates = [_Candidate(".")]
    _attach(candidates, compose)
    names = _names(candidates, label)
    services = tuple(
        Service(
            name=names[candidate.root],
            root=candidate.root,
            reasons=_reasons(candidate),
            hosts=_hosts(candidate, names),
        )
        for candidate in sorted(candidates, key=lambda candidate: (candidate.root, names[candidate.root]))
    )
    given = set(others)
    settings = {c.root: values for c in sorted(candidates, key=_root) if (values := _settings(root, c, given))}
    return Found(services, settings)


def _root(candidate: _Candidate) -> str:
    return candidate.root


class _Finder:
    """Weighs the signs of one tree."""

    def __init__(
        self, root: Path, files: Sequence[str], others: Sequence[str], compose: Sequence[ComposeService]
    ) -> None:
        self._root = root
        self._files = files
        self._others = others
        self._compose = compose
        self._python = layout.folders(files)
        self._in_folder: dict[str, list[str]] = defaultdict(list)
        for path in files:
            self._in_folder[layout.parent(path)].append(path)
        self._looks: dict[str, App | None] = {}
        self._found: dict[str, _Candidate] = {}
        self._projects: dict[str, str] = {}
        for path in (*others, *files):
            if layout.is_project(layout.name(path)):
                self._projects.setdefault(layout.parent(path), layout.name(path))

    def candidates(self) -> list[_Candidate]:
        """The services: those that the layout shows, then those that only an app in the open rest shows."""
        self._by_layout()
        self._rise()
        self._merge_inner()
        self._drop_outer()
        self._by_apps()
        return list(self._found.values())

    # --- signs ----------------------------------------------------------------------------------------------------

    def _by_layout(self) -> None:
        for service in self._compose:
            if service.context is None:
                continue
            base = service.context
            if service.dockerfile is not None and layout.parent(service.dockerfile) != base:
                # Built from a common folder: the Dockerfile's own folder says which of its parts is meant.
                own = layout.parent(service.dockerfile)
                base = own if layout.is_below(own, base) else base
            home = self._home(base)
            if home is not None:
                self._at(home).built.append(service)
        for path in self._others:
            folder, name = layout.parent(path), layout.name(path)
            if layout.is_dockerfile(name):
                home = self._home(folder)
                if home is not None:
                    candidate = self._at(home)
                    candidate.dockerfile = candidate.dockerfile or path
            elif layout.is_template(name) and self._python[folder] and self._declares_functions(path):
                self._at(folder).template = path
        for path in self._files:
            if layout.name(path) == "manage.py":
                self._at(layout.parent(path)).manage = True

    def _at(self, folder: str) -> _Candidate:
        candidate = self._found.get(folder)
        if candidate is None:
            candidate = self._found[folder] = _Candidate(folder, project=self._projects.get(folder, ""))
        return candidate

    def _home(self, folder: str) -> str | None:
        """The folder of the code that is built from a folder: itself, or the one above a `docker` folder."""
        shipped = layout.shipped(folder)
        if shipped is None or folder in self._projects or self._app_in(folder) is not None:
            return folder if self._python[folder] else None
        return shipped if self._python[shipped] else None

    def _declares_functions(self, path: str) -> bool:
        try:
            return _FUNCTION.search((self._root / path).read_bytes()) is not None
        except OSError:
            return False

    # --- folders in folders -----------------------------------------------------------------------------------------

    def _rise(self) -> None:
        """Lets a folder such as `src` stand for the folder around it, unless that holds other services too."""
        for folder in sorted(self._found, reverse=True):
            outer = self._risen(folder)
            if outer == folder:
                continue
            candidate, into = self._found.pop(folder), self._at(outer)
            into.built += candidate.built
            into.dockerfile = into.dockerfile or candidate.dockerfile
            into.manage = into.manage or candidate.manage
            into.template = into.template or candidate.template
            into.project = into.project or candidate.project

    def _risen(self, folder: str) -> str:
        if not layout.is_plain(folder):
            return folder
        outer = layout.parent(folder)
        alone = all(
            layout.is_below(other, folder) or not layout.is_below(other, outer) or other == outer
            for other in self._found
        )
        return self._risen(outer) if alone else folder

    def _merge_inner(self) -> None:
        """Merges what is only a part of the service around it: a second Dockerfile, the functions of a template."""
        for folder in self._deepest_first():
            outer = self._around(folder)
            if outer is None:
                continue
            inner = self._found[folder]
            if inner.built or inner.template or (inner.manage and not outer.template):
                continue
            own = inner.project or self._app_in(folder) is not None
            if not (inner.dockerfile and own and not outer.template):
                del self._found[folder]

    def _deepest_first(self) -> list[str]:
        return sorted(self._found, key=lambda folder: (folder == ".", -folder.count("/"), folder))

    def _around(self, path: str) -> _Candidate | None:
        """The nearest candidate around a folder or file."""
        while path != ".":
            path = layout.parent(path)
            if path in self._found:
                return self._found[path]
        return None

    def _drop_outer(self) -> None:
        """Drops folders that only hold services, and have no program of their own besides."""
        for folder in self._deepest_first():
            outer = self._found[folder]
            inner = [other for other in self._found if other != folder and layout.is_below(other, folder)]
            if not inner:
                continue
            own = self._own(folder)
            if not own:
                del self._found[folder]
            elif not (outer.manage or outer.template or _started(outer) or any(map(self._app, own))):
                # One Dockerfile around one Django project is that project's; anything else is a base image.
                only = self._found[inner[0]]
                if len(inner) == 1 and only.manage and not (only.built or only.dockerfile):
                    del self._found[inner[0]]
                    outer.manage = True
                else:
                    del self._found[folder]

    def _own(self, folder: str) -> list[str]:
        """The Python files of a folder that belong to none of the candidates in it, without packaging's."""
        return [
            path
            for path in self._files
            if layout.is_below(path, folder)
            and layout.name(path) not in {"setup.py", "__init__.py"}
            and self._holder(path) == folder
        ]

    def _holder(self, path: str) -> str | None:
        """The root of the candidate that a file belongs to."""
        around = self._around(path)
        return None if around is None else around.root

    # --- apps -------------------------------------------------------------------------------------------------------

    def _app(self, path: str) -> App | None:
        if path not in self._looks:
            if len(self._looks) >= _MAX_LOOKS:
                return None
            self._looks[path] = look(self._root, path)
        return self._looks[path]

    def _app_in(self, folder: str) -> App | None:
        """The app that a file in a folder, or in its source folder, creates."""
        for near in (folder, *(layout.inner(folder, name) for name in ("src", "app"))):
            for path in self._in_folder.get(near, ()):
                if (app := self._app(path)) is not None:
                    return app
        return None

    def _by_apps(self) -> None:
        """Finds services that nothing but their code shows, in files that belong to no service so far."""
        settled = set(self._found)
        rest = [path for path in self._files if self._around(path) is None]
        rest.sort(key=lambda path: (path.count("/"), path))
        by_project: dict[str, list[App]] = defaultdict(list)
        for path in rest:
            app = self._app(path)
            if app is not None:
                by_project[self._project_of(path)].append(app)
        for project, apps in sorted(by_project.items()):
            self._in_project(project, apps, settled)

    def _project_of(self, path: str) -> str:
        """The nearest folder around a file that lists what its code needs; empty where there is none."""
        while path != ".":
            path = layout.parent(path)
            if path in self._projects:
                return path
        return ""

    def _in_project(self, project: str, apps: Sequence[App], settled: Collection[str]) -> None:
        """Decides about the apps in one project: each file, each folder, or the project is a service."""
        by_folder: dict[str, list[App]] = defaultdict(list)
        for app in apps:
            by_folder[layout.parent(app.path)].append(app)
        crowded = any(layout.is_below(root, project or ".") for root in settled)
        folders: dict[str, list[App]] = {}
        loose: dict[str, list[App]] = {}
        for folder, there in by_folder.items():
            ports = {app.port for app in there if app.port}
            if len(ports) > 1 and len(ports) == len(there):
                # Programs beside each other, each with a port of its own.
                crowded = True
                self._found.update((app.path, _Candidate(app.path, app=app)) for app in there)
            elif any(layout.name(app.path) in _MAIN for app in there):
                folders[folder] = there
            else:
                loose[folder] = there
        if folders or crowded:
            # Beside a service, a script that starts an app is a program of its own, its folder is not.
            for app in (app for there in loose.values() for app in there if app.runs):
                self._found[app.path] = _Candidate(app.path, app=app)
        else:
            folders = loose
        # Folders with apps inside folders with apps are parts of the same program.
        tops = [f for f in sorted(folders) if not any(f != other and layout.is_below(f, other) for other in folders)]
        if len(tops) == 1 and project and not crowded:
            self._take(project, folders[tops[0]])
        else:
            for folder in tops:
                self._take(self._home_of_source(folder), folders[folder])

    def _home_of_source(self, folder: str) -> str:
        """The folder that a source folder such as `src` is the code of, unless that holds other services too."""
        outer = layout.parent(folder)
        if not layout.is_plain(folder) or any(layout.is_below(r, outer) for r in self._found if not r.endswith(".py")):
            return folder
        return self._home_of_source(outer)

    def _take(self, folder: str, apps: Sequence[App]) -> None:
        candidate = self._at(folder)
        candidate.app = candidate.app or min(apps, key=lambda app: (layout.name(app.path) not in _MAIN, app.path))


def _started(candidate: _Candidate) -> bool:
    """Whether a compose file runs what it builds here, instead of only building an image for others to start from."""
    return any(service.ports or service.command for service in candidate.built)


# --- names ------------------------------------------------------------------------------------------------------------


def _attach(candidates: Sequence[_Candidate], compose: Sequence[ComposeService]) -> None:
    """Gives candidates the compose services that run them without building them: same image, or same name."""
    by_image: dict[str, _Candidate | None] = {}
    for candidate in candidates:
        for service in candidate.built:
            if service.image:
                known = by_image.setdefault(service.image, candidate)
                if known is not candidate:
                    by_image[service.image] = None
    by_name: dict[str, list[_Candidate]] = defaultdict(list)
    for candidate in candidates:
        for name in {_label(candidate.root), *(service.name for service in candidate.built)}:
            by_name[name].append(candidate)
    for service in compose:
        if service.context is not None:
            continue
        image = by_image.get(service.image)
        if image is not None:
            image.runs.append(service)
            continue
        named = by_name.get(service.name) or by_name.get(service.image) or []
        # Of copies of a service the one beside the manifest is meant.
        near = [c for c in named if layout.is_below(service.file, layout.parent(c.root))] if len(named) > 1 else named
        if len(near) == 1:
            near[0].runs.append(service)


def _label(root: str) -> str:
    """The name of a folder, or of a file without its ending."""
    return layout.name(root).removesuffix(".py")


def _ranked(candidate: _Candidate) -> list[ComposeService]:
    """The compose services that run the same code, the one that others call first: web before worker."""
    label = _label(candidate.root)
    services = [*candidate.built, *candidate.runs]
    order = {id(service): index for index, service in enumerate(services)}
    built = len(candidate.built)

    def rank(service: ComposeService) -> tuple[bool, bool, bool, int]:
        index = order[id(service)]
        return service.name != label, index >= built, not service.ports, index

    return sorted(services, key=rank)


def _names(candidates: Sequence[_Candidate], label: str) -> dict[str, str]:
    """A unique name for each candidate, by root."""
    names: dict[str, str] = {}
    for candidate in candidates:
        own = label if candidate.root == "." else _label(candidate.root)
        names[candidate.root] = next((service.name for service in _ranked(candidate)), own)
    fronts = {root: layout.parent(root) for root in names}
    while True:
        by_name: dict[str, list[str]] = defaultdict(list)
        for root, name in names.items():
            by_name[name].append(root)
        clashing = sorted(root for roots in by_name.values() if len(roots) > 1 for root in roots)
        if not clashing:
            return names
        moved = False
        for root in clashing:
            if fronts[root] != ".":
                names[root] = f"{layout.name(fronts[root])}/{names[root]}"
                fronts[root] = layout.parent(fronts[root])
                moved = True
        if not moved:
            # Nothing is left to tell them apart but the path itself.
            return names | {root: root for root in clashing}


def _hosts(candidate: _Candidate, names: Mapping[str, str]) -> tuple[str, ...]:
    name = names[candidate.root]
    # A name that another service bears is that one's, though the same image may be run under it.
    taken = set(names.values()) - {name}
    services = [service for service in _ranked(candidate) if service.name not in taken]
    hosts: dict[str, None] = {}
    for service in services:
        for host in (service.name, *service.names):
            if host not in taken:
                hosts[host] = None
                hosts.update((f"{host}:{port}", None) for _, port in service.ports)
    if not services:
        hosts[name.rpartition("/")[2]] = None
    published = {port for service in services for port, _ in service.ports if port}
    if candidate.app is not None and candidate.app.port:
        published.add(candidate.app.port)
    for port in sorted(published):
        hosts[f"localhost:{port}"] = None
        hosts[f"127.0.0.1:{port}"] = None
    return tuple(hosts)


def _reasons(candidate: _Candidate) -> tuple[str, ...]:
    reasons: dict[str, None] = {}
    for service in candidate.built:
        reasons[f"built by {service.file} as `{service.name}` (context {service.context})"] = None
    for service in candidate.runs:
        reasons[f"run by {service.file} as `{service.name}`"] = None
    if candidate.dockerfile:
        inside = layout.is_below(candidate.dockerfile, candidate.root) and candidate.root != "."
        shown = candidate.dockerfile[len(candidate.root) + 1 :] if inside else candidate.dockerfile
        reasons["holds a Dockerfile" if shown == "Dockerfile" else f"holds a Dockerfile ({shown})"] = None
    if candidate.manage:
        reasons["holds manage.py"] = None
    if candidate.template:
        reasons[f"{layout.name(candidate.template)} declares its functions"] = None
    if candidate.app is not None:
        if candidate.project:
            reasons[f"holds {candidate.project}"] = None
        where = "" if candidate.app.path == candidate.root else f"{candidate.app.path} "
        reasons[f"{where}{candidate.app.reason}"] = None
    return tuple(reasons) or ("holds all Python files, and nothing shows a smaller unit",)


def _settings(root: Path, candidate: _Candidate, others: Collection[str]) -> dict[str, str]:
    """The variables that files give a service; what it is run with goes before what lies beside its code."""
    env = layout.inner(candidate.root, ".env")
    values = read_env(root, env) if env in others else {}
    # The service itself has the last word before its workers.
    for service in reversed(_ranked(candidate)):
        values.update(service.environment)
    return dict(sorted(values.items()))
