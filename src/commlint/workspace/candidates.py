"""Which folders and files of a tree may be services, and the signs for it."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import msgspec

from commlint.workspace import layout
from commlint.workspace.apps import App
from commlint.workspace.attaching import is_bought, plain
from commlint.workspace.images import Images
from commlint.workspace.running import Build, Image, Run, image_name
from commlint.workspace.sources import Sources

# A program's main file, as frameworks and their tutorials call it.
_MAIN = frozenset(
    {
        *("__main__.py", "api.py", "app.py", "application.py", "asgi.py", "main.py", "run.py", "server.py"),
        *("service.py", "wsgi.py"),
    }
)
# Looking into more files than this would cost more than the answer is worth.
_MAX_LOOKS = 4_000
# From this share of a folder's code on, a program in it is what the folder is about.
_MOST = 0.8


class Candidate(msgspec.Struct):
    """A folder or file that may be a service, with the signs for it.

    Attributes:
        root: Its path; `.` for the whole tree.
        python: It holds Python; else code in another language.
        built: What manifests run that is built from it.
        runs: What they run of it that is built elsewhere.
        images: Images that build tools make of it.
        dockerfile: Path of its Dockerfile.
        manage: It holds Django's `manage.py`.
        template: The template that declares its functions.
        procfile: The Procfile that runs it.
        project: The file that lists what it needs.
        app: The app that it creates.
    """

    root: str
    python: bool = True
    built: list[Run] = msgspec.field(default_factory=list)
    runs: list[Run] = msgspec.field(default_factory=list)
    images: list[Image] = msgspec.field(default_factory=list)
    dockerfile: str = ""
    manage: bool = False
    template: str = ""
    procfile: str = ""
    project: str = ""
    app: App | None = None

    def take(self, other: Candidate) -> None:
        """Takes over the signs of another, that is a part of it."""
        self.built += other.built
        self.runs += other.runs
        self.images += other.images
        self.dockerfile = self.dockerfile or other.dockerfile
        self.manage = self.manage or other.manage
        self.template = self.template or other.template
        self.procfile = self.procfile or other.procfile
        self.project = self.project or other.project


def find(
    sources: Sources, files: Sequence[str], runs: Sequence[Run], images: Sequence[Image]
) -> tuple[list[Candidate], Images]:
    """Finds what may be services in a tree.

    Args:
        sources: Its files that are no Python.
        files: Paths of its Python files, sorted.
        runs: What its manifests run.
        images: What its build tools build.

    Returns:
        The candidates, and what is known of Dockerfiles.
    """
    finder = _Finder(sources, files, runs, images)
    return finder.candidates(), finder.images


class _Finder:
    """Weighs the signs of one tree."""

    def __init__(self, sources: Sources, files: Sequence[str], runs: Sequence[Run], images: Sequence[Image]) -> None:
        self._sources = sources
        self._files = files
        self._runs = runs
        self._tools = images
        self._python = layout.folders(files)
        self._in_folder: dict[str, list[str]] = defaultdict(list)
        for path in files:
            self._in_folder[layout.parent(path)].append(path)
        self._looks: dict[str, App | None] = {}
        self._found: dict[str, Candidate] = {}
        self._foreign: dict[str, Candidate] = {}
        # What other images are made from is no service by itself.
        self._bases: set[str] = set()
        self._projects: dict[str, str] = {}
        for path in (*sources.paths, *files):
            if layout.is_project(layout.name(path)):
                self._projects.setdefault(layout.parent(path), layout.name(path))
        self.images = Images(sources, self._python, lambda folder: self._app_in(folder) is not None)

    def candidates(self) -> list[Candidate]:
        """The services: those that the layout shows, then those that only an app in the open rest shows."""
        self._by_manifests()
        self._by_dockerfiles()
        for path in self._files:
            if layout.name(path) == "manage.py" and self._sources.contents.is_django(path):
                self._at(layout.parent(path)).manage = True
        self._rise()
        self._merge_inner()
        self._split_programs()
        self._split_projects()
        self._drop_outer()
        self._drop_tools()
        self._by_apps()
        return [*self._found.values(), *self._others()]

    # --- signs ----------------------------------------------------------------------------------------------------

    def _by_manifests(self) -> None:
        for run in self._runs:
            if run.build is not None:
                self._built(run, run.build)
            elif run.home is not None and self._python[run.home]:
                candidate = self._at(run.home)
                candidate.built.append(run)
                if run.kind == "process":
                    candidate.procfile = candidate.procfile or run.file
                else:
                    candidate.template = candidate.template or run.file
        for image in self._tools:
            home = self._home(image.build, "", ())
            if home is not None:
                self._at(home).images.append(image)
            else:
                self._other(image.build.context).images.append(image)

    def _built(self, run: Run, build: Build) -> None:
        program = self.images.program(build, run.command)
        if program is not None and program.purpose == "test":
            return
        home = self._home(build, run.command, run.mounts)
        if home is not None:
            self._at(home).built.append(run)
        else:
            own = layout.parent(build.dockerfile) if build.dockerfile else build.context
            self._other(own if own != "." else build.context).built.append(run)

    def _by_dockerfiles(self) -> None:
        used = {run.build.dockerfile for run in self._runs if run.build is not None}
        used |= {image.build.dockerfile for image in self._tools}
        for path in self._sources.paths:
            folder, name = layout.parent(path), layout.name(path)
            if not layout.is_dockerfile(name):
                continue
            image = self.images.of(path)
            self._bases.add(image_name(image.base))
            context = self.images.context(path)
            home = self._home(Build(context, path), "", ())
            if home is None:
                if path not in used:
                    foreign = self._other(folder)
                    foreign.dockerfile = foreign.dockerfile or path
                continue
            known = self._found.get(home)
            if known is None and path not in used and not self._runs_something(path, home):
                continue
            if not image.tests or known is not None:
                candidate = self._at(home)
                candidate.dockerfile = candidate.dockerfile or path

    def _runs_something(self, path: str, home: str) -> bool:
        """Whether a Dockerfile alone shows a service, and no base for others, no tool, no tests."""
        image = self.images.of(path)
        if image.empty:
            return True
        if image.tests:
            return False
        build = Build(self.images.context(path), path)
        program = self.images.program(build, "")
        file = self.images.program_file(program, build, (home,))
        if not layout.is_below(path, home) and layout.is_aside(layout.parent(path)):
            return bool(file)
        if layout.is_aside(home) or layout.is_shared(home):
            return self._any_app(home) or bool(image.ports and file)
        project = home in self._projects and layout.parent(path) == home
        return bool(image.command or image.ports) or project or self._any_app(home)

    def _any_app(self, folder: str) -> bool:
        """Whether any file in a folder or deeper creates an app."""
        return any(True for _ in self._apps(folder))

    def _apps(self, folder: str) -> Iterator[App]:
        """The apps that files in a folder or deeper create."""
        for path in self._files:
            if layout.is_below(path, folder) and (app := self._app(path)) is not None:
                yield app

    def _at(self, folder: str) -> Candidate:
        candidate = self._found.get(folder)
        if candidate is None:
            candidate = self._found[folder] = Candidate(folder, project=self._projects.get(folder, ""))
        return candidate

    def _other(self, folder: str) -> Candidate:
        while layout.is_plain(folder) and not self._python[layout.parent(folder)]:
            folder = layout.parent(folder)
        return self._foreign.setdefault(folder, Candidate(folder, python=False))

    def _home(self, build: Build, command: str, mounts: Sequence[str]) -> str | None:
        """The folder of the code that is built: the Dockerfile's own, what it copies, or the one above `docker`."""
        own = layout.parent(build.dockerfile) if build.dockerfile else build.context
        own = own if layout.is_below(own, build.context) or not self._python[build.context] else build.context
        holds = self._python[own] > 0 and self._is_own(own)
        image = self.images.of_build(build)
        if holds and image.foreign and not self._shows_python(own):
            return None
        usual = not build.dockerfile or layout.name(build.dockerfile) in ("Dockerfile", "Containerfile")
        if usual and holds:
            return own
        home = self.images.home(build, command, mounts)
        if holds:
            # One Dockerfile of several in a folder is about a part of it at most.
            return home if home is not None and layout.is_below(home, own) else own
        if home is not None:
            return home
        if not image.empty and not self._is_python(build, command, mounts):
            return None
        return self._shipped(own) or self._named_like(build)

    def _shows_python(self, folder: str) -> bool:
        """Whether a folder is by its files that of a Python program."""
        manage = layout.inner(folder, "manage.py") in self._in_folder[folder]
        return folder in self._projects or manage or self._app_in(folder) is not None

    def _is_python(self, build: Build, command: str, mounts: Sequence[str]) -> bool:
        """Whether an image that copies no Python may yet be one to run it, mounted or put in by other means."""
        image = self.images.of_build(build)
        mounted = any(self._python[mount] for mount in mounts)
        return mounted or (image.python and not image.foreign) or self.images.program(build, command) is not None

    def _named_like(self, build: Build) -> str | None:
        """The only folder of Python that is called as the one from which an image is built."""
        wanted = plain(layout.name(layout.parent(build.dockerfile))) if build.dockerfile else ""
        fitting = [
            folder
            for folder in self._python
            if wanted
            and plain(layout.name(folder)) == wanted
            and not layout.is_aside(folder)
            and self._project_of(layout.inner(folder, ".")) in ("", ".", folder)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def _is_own(self, folder: str) -> bool:
        """Whether code in a folder is its own, and not only helps to ship that of another."""
        return layout.shipped(folder) is None or folder in self._projects or self._app_in(folder) is not None

    def _shipped(self, folder: str) -> str | None:
        """The folder with Python whose code is shipped from a folder."""
        shipped = layout.shipped(folder)
        return shipped if shipped is not None and self._python[shipped] and not layout.is_aside(shipped) else None

    # --- folders in folders -----------------------------------------------------------------------------------------

    def _rise(self) -> None:
        """Lets a folder such as `src` stand for the folder around it, unless that holds other services too."""
        for folder in sorted(self._found, reverse=True):
            outer = self._risen(folder)
            if outer != folder:
                candidate = self._found.pop(folder)
                self._at(outer).take(candidate)

    def _risen(self, folder: str) -> str:
        outer = layout.parent(folder)
        if layout.is_plain(folder) and self._alone(folder, outer):
            return self._risen(outer)
        for build in self._builds(folder):
            outer = build.context
            if folder == outer or not layout.is_below(folder, outer) or layout.is_below(build.dockerfile, folder):
                continue
            if folder in self._projects:
                # What is copied from a folder where nothing else is built is what that folder is about.
                if outer != "." and self._alone(folder, outer):
                    return outer
            elif outer in self._projects and self._only_package(folder, outer):
                return outer
        return folder

    def _alone(self, folder: str, outer: str) -> bool:
        """Whether no other candidate lies in the folder around one."""
        return all(
            layout.is_below(other, folder) or not layout.is_below(other, outer) or other == outer
            for other in self._found
        )

    def _only_package(self, folder: str, outer: str) -> bool:
        """Whether a package is the only one in the folder around it that is built by itself."""
        return all(
            layout.is_below(other, folder) or not layout.is_below(other, outer) or other == outer
            for other in self._found
            if other not in self._projects and not layout.is_aside(other)
        )

    def _builds(self, folder: str) -> Iterator[Build]:
        candidate = self._found.get(folder, Candidate(folder))
        yield from (run.build for run in candidate.built if run.build is not None)
        if candidate.dockerfile:
            yield Build(self.images.context(candidate.dockerfile), candidate.dockerfile)

    def _merge_inner(self) -> None:
        """Merges what is only a part of the service around it: a second Dockerfile, the functions of a template."""
        for folder in self._deepest_first():
            outer = self._around(folder)
            if outer is None:
                continue
            inner = self._found[folder]
            if inner.built or inner.template or inner.images or (inner.manage and not outer.template):
                continue
            own = inner.project or self._app_in(folder) is not None
            if not (inner.dockerfile and own and not outer.template):
                del self._found[folder]

    def _deepest_first(self) -> list[str]:
        return sorted(self._found, key=lambda folder: (folder == ".", -folder.count("/"), folder))

    def _around(self, path: str) -> Candidate | None:
        """The nearest candidate around a folder or file."""
        while path != ".":
            path = layout.parent(path)
            if path in self._found:
                return self._found[path]
        return None

    def _split_programs(self) -> None:
        """Makes several services of a folder from which several programs are run, each in a folder of its own."""
        for folder in list(self._found):
            candidate = self._found[folder]
            programs = {id(run): file for run in candidate.built if (file := self._program(run, folder))}
            parents = {layout.parent(file) for file in programs.values()}
            around = _around(parents)
            if len(parents) < 2 or around in parents:
                continue
            parts: dict[str, list[Run]] = defaultdict(list)
            for run in candidate.built:
                if id(run) in programs:
                    parts[_child(around, programs[id(run)])].append(run)
            total = sum(self._python[part] for part in parts)
            for part, runs in parts.items():
                # Most of the code in one part: that is what the folder is about, the others stand beside it.
                if self._python[part] < _MOST * total:
                    self._at(part).built += runs
                    candidate.built = [run for run in candidate.built if run not in runs]
            if not (any(id(run) in programs for run in candidate.built) or candidate.manage or self._app_in(folder)):
                for run in candidate.built:
                    worker = self._file(run, folder)
                    taken = next((part for part in parts if worker and layout.is_below(worker, part)), None)
                    if taken is not None:
                        self._at(taken).built.append(run)
                del self._found[folder]

    def _program(self, run: Run, folder: str) -> str:
        """The file below a folder with which a run serves requests; empty where there is none."""
        program = self.images.program(run.build, run.command)
        if program is None or program.purpose not in ("web", "program"):
            return ""
        file = self._file(run, folder)
        return file if program.purpose == "web" or (file and self._app(file)) else ""

    def _file(self, run: Run, folder: str) -> str:
        """The file below a folder that a run starts; empty where it is not known."""
        file = self.images.file_of(run, folder)
        return file if layout.is_below(file, folder) else ""

    def _split_projects(self) -> None:
        """Makes services of the projects in a folder that only builds them, and has no program of its own."""
        for folder in list(self._found):
            candidate = self._found[folder]
            if candidate.manage or candidate.template:
                continue
            inner = [
                project
                for project in self._projects
                if project != folder
                and layout.is_below(project, folder)
                and self._around(f"{project}/x") is candidate
                and not layout.is_aside(project)
                and not layout.is_shared(project)
                and self._any_app(project)
            ]
            tops = [p for p in inner if not any(p != other and layout.is_below(p, other) for other in inner)]
            rest = (path for path in self._own(folder) if not _within(path, tops) and not layout.is_shared(path))
            if len(tops) < 2 or any(self._app(path) for path in rest):
                continue
            for project in tops:
                app = min(self._apps(project), key=lambda app: (not _is_main(app), app.path), default=None)
                self._at(project).app = app
            del self._found[folder]

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
            elif not (outer.manage or outer.template or self._started(outer) or any(map(self._app, own))):
                # One Dockerfile around one Django project is that project's; anything else is a base image.
                only = self._found[inner[0]]
                if len(inner) == 1 and only.manage and not (only.built or only.dockerfile):
                    del self._found[inner[0]]
                    outer.manage = True
                    outer.built += only.built
                else:
                    del self._found[folder]

    def _drop_tools(self) -> None:
        """Drops shared packages of which an image is built that nothing runs."""
        for folder, candidate in list(self._found.items()):
            used = any(run.ports or run.command or run.environment for run in candidate.built)
            if candidate.built and layout.is_shared(folder) and not used and not self._any_app(folder):
                del self._found[folder]

    def _started(self, candidate: Candidate) -> bool:
        """Whether manifests run what is built here, instead of only building an image for others to start from."""
        return any(run.ports or run.command for run in candidate.built)

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
            self._looks[path] = self._sources.contents.app(path)
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
        if project and layout.is_shared(project) and not any(app.runs or _is_main(app) for app in apps):
            # Code that services share, and that makes apps for them.
            return
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
                self._found.update((app.path, Candidate(app.path, app=app)) for app in there)
            elif any(_is_main(app) for app in there):
                folders[folder] = there
            else:
                loose[folder] = there
        if folders or crowded:
            # Beside a service, a script that starts an app is a program of its own, its folder is not.
            for app in (app for there in loose.values() for app in there if app.runs):
                self._found[app.path] = Candidate(app.path, app=app)
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
        candidate.app = candidate.app or min(apps, key=lambda app: (not _is_main(app), app.path))

    # --- other languages ---------------------------------------------------------------------------------------------

    def _others(self) -> Iterator[Candidate]:
        """Folders of code in other languages of which images are built."""
        for folder, candidate in sorted(self._foreign.items()):
            near = (root for root in self._found if root != ".")
            if folder == "." or layout.is_aside(folder) or layout.shipped(folder) is not None:
                continue
            if not any(layout.is_below(r, folder) or layout.is_below(folder, r) for r in near):
                base = self.images.of(candidate.dockerfile).base
                bases = [base, *(self.images.of_build(run.build).base for run in candidate.built if run.build)]
                bases += [self.images.of_build(image.build).base for image in candidate.images]
                made = {*(run.image for run in candidate.built), *(run.name for run in candidate.built)}
                if not any(is_bought(image_name(base)) for base in bases) and not made & (self._bases - {""}):
                    yield candidate


def _is_main(app: App) -> bool:
    name = layout.name(app.path)
    # A module of this name is one to make applications with as often as one that is an application.
    return name in _MAIN and not (name == "application.py" and app.factory)


def _around(folders: Collection[str]) -> str:
    """The deepest folder that holds all of these."""
    parts = [folder.split("/") for folder in folders if folder != "."]
    if not parts or len(parts) < len(folders):
        return "."
    return posixpath.commonpath(folders) or "."


def _child(folder: str, path: str) -> str:
    """The part of a path that lies directly in a folder."""
    rest = path if folder == "." else path[len(folder) + 1 :]
    return layout.inner(folder, rest.split("/", 1)[0])


def _within(path: str, folders: Sequence[str]) -> bool:
    return any(layout.is_below(path, folder) for folder in folders)
