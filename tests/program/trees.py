"""Small programs written down as text, linked."""

from __future__ import annotations

import re
from pathlib import Path

from commlint import extract, program, workspace
from commlint.catalogue import load_libraries
from commlint.config import Config
from commlint.program import Function, Program

LIBRARIES = load_libraries()
_EXPECTATION = re.compile(r"#\s*->(?P<names>.*)$")


def write(root: Path, tree: str) -> dict[str, str]:
    """Writes the files of a text in which lines `--- path` stand before each; a text without any is `app.py`."""
    parts = re.split(r"^--- (\S+)\n", tree, flags=re.MULTILINE)
    files = dict(zip(parts[1::2], parts[2::2], strict=True)) if len(parts) > 1 else {"app.py": tree}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return files


def link(root: Path) -> Program:
    """The program in a folder."""
    tree = workspace.read(Config(root=root))
    extracted = extract.extract(root, [(file.path, file.size) for file in tree.files])
    assert (extracted.unreadable, extracted.failed) == ((), ())
    return program.link(tree, extracted.modules, LIBRARIES)


def expected(files: dict[str, str]) -> dict[str, set[str]]:
    """What the comments `# -> name, name` say that the calls of their lines reach; `nothing` for none."""
    found: dict[str, set[str]] = {}
    for file, text in files.items():
        for number, line in enumerate(text.split("\n"), start=1):
            if match := _EXPECTATION.search(line):
                names = {name.strip() for name in match["names"].split(",")}
                found[f"{file}:{number} {line.split('#')[0].strip()}"] = names - {"nothing"}
    return found


def reached(program_: Program, files: dict[str, str]) -> dict[str, set[str]]:
    """What the calls on each line reach: functions of the program, as `app.Class.method`, and access paths."""
    found: dict[str, set[str]] = {}
    for site in program_.sites:
        file, number = site.location.file, site.location.line
        line = files[file].split("\n")[number - 1].split("#")[0].strip()
        names = found.setdefault(f"{file}:{number} {line}", set())
        names |= {label(function) for function in site.targets}
        names |= {external.path for external, _ in site.externals}
    return found


def label(function: Function) -> str:
    """A function as dotted path from the root."""
    module = function.module.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return module if function.is_module else f"{module}.{function.label}"
