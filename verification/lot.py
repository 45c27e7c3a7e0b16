"""Lots: packages that live in one virtual environment, and what is found out in it."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import signal
import subprocess
import tempfile
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import experiment
import names
from claims import claims_of, tables_of
from environments import PYTHON, Cache, Environment, RunError, alone, prepare, run
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commlint.catalogue.models import Library

HERE = Path(__file__).parent
LOOKING, TRYING = 600.0, 3600.0  # seconds


@dataclass(frozen=True)
class Lot:
    """Packages that live in one virtual environment.

    Attributes:
        name: Its name.
        packages: What pip is asked for.
    """

    name: str
    packages: tuple[str, ...]

    def libraries(self) -> set[str]:
        """The canonical names of the distributions that it is for."""
        named = {canonicalize_name(Requirement(package).name) for package in self.packages}
        return named | ({PYTHON} if self.name == PYTHON else set())


@dataclass(frozen=True)
class Found:
    """What was found out in a lot.

    Attributes:
        versions: Versions of the libraries that were looked at.
        tables: The tables that were: library, kind, number.
        answers: What was claimed, how that came out, and what was seen.
        results: How experiments came out.
        failed: Why packages could not be installed.
        problems: What could not be done.
    """

    versions: dict[str, str] = field(default_factory=dict)
    tables: set[tuple[str, str, int]] = field(default_factory=set)
    answers: list[tuple[names.Claim, names.Outcome, str]] = field(default_factory=list)
    results: list[experiment.Result] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_lots(folder: Path) -> list[Lot]:
    """All lots of a folder, and that of the language."""
    lots = [
        Lot(lot["name"], tuple(lot["packages"]))
        for file in sorted(folder.glob("*.toml"))
        for lot in tomllib.loads(file.read_text("utf-8")).get("lot", [])
    ]
    return lots if any(lot.name == PYTHON for lot in lots) else [*lots, Lot(PYTHON, ())]


def experiments_by_lot(folder: Path) -> dict[str, list[Path]]:
    """The files of experiments by the lot that they are for; under no name, what they share."""
    files: dict[str, list[Path]] = {}
    for file in sorted(folder.glob("*.py")):
        files.setdefault(_lot_of(file), []).append(file)
    return files


def _lot_of(file: Path) -> str:
    """What a file says that its lot is; it is not run, as what it imports may not be installed."""
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "LOT":
            return str(ast.literal_eval(node.value))
    return ""


def look_at(
    lot: Lot, folder: Path, libraries: Sequence[Library], files: Sequence[Path], shared: Sequence[Path]
) -> Found:
    """Find out all that can be found out in a lot.

    Args:
        lot: The lot.
        folder: Where virtual environments are.
        libraries: The library models.
        files: Its experiments.
        shared: What experiments share.
    """
    found = Found()
    with alone(folder / lot.name):
        try:
            environment = prepare(folder / lot.name, lot.packages)
        except RunError as error:
            found.problems.append(f"lot {lot.name}: {error}")
            return found
        found.failed.update(environment.failed)
        cache = Cache(environment.folder / "results.json")
        asked = lot.libraries()
        for library in libraries:
            name = canonicalize_name(library.library)
            if name in asked and name in environment.installed:
                found.versions[library.library] = environment.installed[name]
                _look_up(library, environment, cache, found)
        for file in files:
            _try_out(file, shared, environment, cache, found)
    return found


def _key(*parts: object) -> str:
    """A short text that differs where one of some values does."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def _look_up(library: Library, environment: Environment, cache: Cache, found: Found) -> None:
    """Look up what the tables of a library say that hold for its installed release."""
    version = environment.installed[canonicalize_name(library.library)]
    tables = {
        (library.library, kind, index)
        for kind, index, table in tables_of(library)
        if SpecifierSet(table.versions).contains(version, prereleases=True)
    }
    claims = [
        claim
        for claim in claims_of(library)
        if claim.kind == "aliases" or (claim.library, claim.kind, claim.index) in tables
    ]
    found.tables.update(tables)
    asked = [asdict(claim) for claim in claims]
    name = f"names of {library.library}"
    key = _key(environment.wanted, (HERE / "names.py").read_text("utf-8"), json.dumps(asked))
    answers = cache.get(name, key)
    if answers is None:
        try:
            answers = _ask(environment, asked)
        except RunError as error:
            found.problems.append(f"{name}: {error}")
            return
        cache.put(name, key, answers)
    found.answers.extend((claim, outcome, detail) for claim, (outcome, detail) in zip(claims, answers, strict=True))


def _ask(environment: Environment, asked: Sequence[dict[str, Any]]) -> Any:
    """The answers to claims, in their order."""
    with tempfile.TemporaryDirectory() as folder:
        claims, answers = Path(folder, "claims.json"), Path(folder, "answers.json")
        claims.write_text(json.dumps(asked), "utf-8")
        script = [str(HERE / "names.py"), str(claims), str(answers)]
        run([environment.python, "-P", "-W", "ignore", *script], LOOKING)
        return json.loads(answers.read_text("utf-8"))


def _try_out(file: Path, shared: Sequence[Path], environment: Environment, cache: Cache, found: Found) -> None:
    """Run the experiments of a file, unless nothing that they depend on has changed since all of them held."""
    name = f"experiments of {file.name}"
    sources = [path.read_text("utf-8") for path in (HERE / "experiment.py", file, *shared)]
    results = cache.get(name, _key(environment.wanted, sources, _models(cache.last(name) or [])))
    if results is None:
        results, problem = _exercise(environment, file)
        if problem:
            found.problems.append(f"{name}: {problem}")
        elif all(result["outcome"] != experiment.CONTRADICTED for result in results):
            cache.put(name, _key(environment.wanted, sources, _models(results)), results)
    found.results.extend(experiment.Result(**result) for result in results)


def _models(results: Sequence[dict[str, Any]]) -> list[str]:
    """The texts of the library models that some results are about."""
    files = (experiment.LIBRARIES / f"{library}.toml" for library in sorted({each["library"] for each in results}))
    return [file.read_text("utf-8") for file in files if file.is_file()]


def _exercise(environment: Environment, file: Path) -> tuple[list[dict[str, Any]], str]:
    """The results of a file of experiments, and why they are not all there, where they are not."""
    command = [environment.python, "-P", "-W", "ignore", str(HERE / "experiment.py"), str(file)]
    # Generators of code look for their plug-ins there.
    paths = f"{environment.folder / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            command, env={**os.environ, "PATH": paths}, stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        problem = ""
        try:
            process.wait(TRYING)
        except subprocess.TimeoutExpired:
            problem = f"not done after {TRYING:g} s"
            # It ends what it has started then.
            process.send_signal(signal.SIGINT)
            process.wait()
        out.seek(0)
        err.seek(0)
        results = [json.loads(line) for line in out.read().decode().splitlines()]
        if process.returncode and not problem:
            problem = (
                err.read().decode(errors="replace").strip().rpartition("\n")[2] or f"ends with {process.returncode}"
            )
    return results, problem
