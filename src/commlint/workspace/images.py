"""What the Dockerfiles of a tree build: of which code, and which program of it they run."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from commlint.workspace import commands, dockerfile, layout
from commlint.workspace.commands import Program
from commlint.workspace.dockerfile import Image
from commlint.workspace.running import Build, Run
from commlint.workspace.sources import Sources, inside

_GLOB = re.compile(r"[*?\[]")
# Nothing is run, so that somebody can work in the container.
_IDLE = re.compile(r"(?:\S*/)?(?:sleep|tail|bash|sh|zsh)(?:\s|$)")
# Where the root of imports may be, below the folder that is copied or beside it.
_ROOTS = ("", "src", "app", "..")


class Images:
    """The Dockerfiles of a tree, each read once.

    Args:
        sources: The files that are no Python.
        python: How many Python files lie in each folder or deeper.
        has_app: Whether a folder holds a file that creates an app.
    """

    def __init__(self, sources: Sources, python: Mapping[str, int], has_app: Callable[[str], bool]) -> None:
        self._sources = sources
        self._python = python
        self._has_app = has_app
        self._images: dict[tuple[str, str], Image] = {}

    def of(self, path: str, target: str = "") -> Image:
        """What a Dockerfile becomes; an empty image where there is none."""
        if (path, target) not in self._images:
            text = self._sources.text(path) if path else ""
            self._images[path, target] = dockerfile.read(text, path, target) if text.strip() else Image(empty=True)
        return self._images[path, target]

    def of_build(self, build: Build) -> Image:
        """What a build becomes."""
        return self.of(build.dockerfile, build.target)

    def context(self, path: str) -> str:
        """The folder that a Dockerfile is built from where no manifest says it: the nearest with what it copies."""
        own = layout.parent(path)
        named = [source for source in self.of(path).copies if source != "." and not _GLOB.search(source)]
        best, folder = own, own
        most = self._held(own, named)
        while folder != ".":
            folder = layout.parent(folder)
            held = self._held(folder, named)
            if held > most:
                best, most = folder, held
        return best

    def _held(self, folder: str, named: Sequence[str]) -> int:
        return sum(
            1
            for source in named
            if (path := inside(folder, source)) is not None and (self._sources.holds(path) or self._python.get(path))
        )

    def home(self, build: Build, command: str, mounts: Sequence[str]) -> str | None:
        """The folder whose code a build ships; `None` where it ships no Python, or does not say which.

        Args:
            build: Where it is built from.
            command: What it is run with; empty where its image says.
            mounts: Files and folders of the tree that it sees when it runs.
        """
        image = self.of_build(build)
        places = [inside(build.context, *_plain(source)) for source in image.copies]
        places += [mount for mount in mounts if self._python.get(mount)]
        folders = list(dict.fromkeys(place for place in places if place is not None and self._python.get(place)))
        files = [
            place for place in places if place is not None and place.endswith(".py") and self._sources.holds(place)
        ]
        file = self.program_file(self.program(build, command), build, folders)
        if file:
            around = [folder for folder in folders if layout.is_below(file, folder)]
            if around:
                return max(around, key=len)
        if build.context in folders or not folders:
            return build.context if folders else _common(files)
        if len(folders) == 1:
            return folders[0]
        with_app = [folder for folder in folders if self._has_app(folder)]
        return with_app[0] if len(with_app) == 1 else _common([*folders, *files])

    def program(self, build: Build | None, command: str) -> Program | None:
        """The program that a container runs, looked for in the scripts that it starts too."""
        for line in (command, self.of_build(build).command if build is not None else ""):
            if not line:
                continue
            found = commands.read(line) or self._in_scripts(commands.scripts(line), build)
            if found is not None or (line == command and _IDLE.match(command)):
                return found
        return None

    def _in_scripts(self, names: Collection[str], build: Build | None) -> Program | None:
        if build is None:
            return None
        for name in names:
            here = layout.parent(build.dockerfile) if build.dockerfile else build.context
            places = [
                place for place in (inside(build.context, *_plain(s)) for s in self.of_build(build).copies) if place
            ]
            for folder in dict.fromkeys((here, build.context, *places, *map(layout.parent, places))):
                script = layout.inner(folder, name)
                if script in self._sources:
                    found = [p for p in commands.all_programs(self._sources.text(script)) if p.purpose != "test"]
                    served = next((program for program in found if program.purpose == "web"), None)
                    if found:
                        return served or found[0]
        return None

    def program_file(self, program: Program | None, build: Build | None, folders: Sequence[str] = ()) -> str:
        """The file that a program is; empty where it is not found."""
        if program is None or not program.module or program.purpose == "test":
            return ""
        around = [*folders, build.context] if build is not None else list(folders)
        for folder in around:
            for root in _ROOTS:
                for path in _files(program):
                    file = inside(folder, root, path)
                    if file is not None and self._sources.holds(file):
                        return file
        return ""

    def file_of(self, run: Run, home: str) -> str:
        """The file of the program that a run of a folder's code runs."""
        build = run.build
        folders = [home]
        if build is not None:
            folders += [p for p in (inside(build.context, *_plain(s)) for s in self.of_build(build).copies) if p]
        return self.program_file(self.program(build, run.command), build, folders)


def _plain(source: str) -> tuple[str, ...]:
    """A source of a COPY as a path: `users/*.py` is about the folder."""
    return ("/".join(part for part in source.split("/") if not _GLOB.search(part)) or ".",)


def _files(program: Program) -> Iterator[str]:
    if program.is_file:
        # In the image the code lies elsewhere than here: what ends the path is what counts.
        parts = program.module.strip("/").split("/")
        for start in range(len(parts)):
            yield "/".join(parts[start:])
        return
    path = program.module.replace(".", "/")
    yield from (f"{path}.py", f"{path}/__main__.py", f"{path}/__init__.py")


def _common(paths: Sequence[str]) -> str | None:
    """The folder that holds all of these files and folders; `None` where there are none."""
    if not paths:
        return None
    folders = [layout.parent(path) if path.endswith(".py") else path for path in paths]
    return posixpath.commonpath([folder if folder != "." else "" for folder in folders]) or "."
