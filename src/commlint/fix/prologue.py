"""The top of a module: what it imports there, and where another import or constant would go."""

from __future__ import annotations

import sys
from functools import cached_property

import libcst as cst
from libcst.helpers import get_full_name_for_node

from commlint.finding import Imported
from commlint.fix.cut import Cut
from commlint.fix.source import Source

_STRING = (cst.SimpleString, cst.ConcatenatedString)


class Prologue:
    """The statements of a module up to the last of the imports that it begins with."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._before: list[cst.SimpleStatementLine] = []
        self._imports: list[cst.SimpleStatementLine] = []
        for number, statement in enumerate(source.module.body):
            if not isinstance(statement, cst.SimpleStatementLine):
                break
            first = statement.body[0]
            if isinstance(first, cst.ImportFrom) and _module(first) == "__future__":
                self._before.append(statement)
            elif all(isinstance(part, cst.Import | cst.ImportFrom) for part in statement.body):
                self._imports.append(statement)
            elif number == 0 and isinstance(first, cst.Expr) and isinstance(first.value, _STRING):
                self._before.append(statement)
            else:
                break

    # --- imports ------------------------------------------------------------------------------------------------------

    def imports(self, imported: Imported) -> bool:
        """Whether the module has an import at its top."""
        return any(imported in _imported(part) for statement in self._imports for part in statement.body)

    def has_other(self, imported: Imported) -> bool:
        """Whether the name that an import binds has any other meaning anywhere in the module."""
        name = imported.name or imported.module
        elsewhere = {
            one
            for node in self._source.nodes
            if isinstance(node, cst.Import | cst.ImportFrom)
            for one in _imported(node)
        }
        if imported in elsewhere:
            # Imported further down, or in a function: as good a meaning, though not where it is needed.
            return name in self._assigned
        return name in self.bound

    def new_import(self, imported: Imported) -> Cut:
        """A new import, in its place among those of the standard library, or behind the others of its module."""
        line = f"from {imported.module} import {imported.name}" if imported.name else f"import {imported.module}"
        name = imported.name or imported.module
        source, newline = self._source, self._source.newline
        if not self._imports:
            return self._after_head(line, name, rank=0)
        if imported.name:
            same = [s for s in self._imports if any(i.module == imported.module for p in s.body for i in _imported(p))]
            return self._behind((same or self._imports)[-1], f"{line}{newline}", 0, name)
        group = self._first_group()
        modules = [_first_module(statement) for statement in group]
        if all(module.partition(".")[0] in sys.stdlib_module_names for module in modules):
            for statement, module in zip(group, modules, strict=True):
                if isinstance(statement.body[0], cst.ImportFrom) or module > imported.module:
                    offset = source.inner(statement)[0]
                    return Cut(offset, offset, 0, f"{line}{newline}", name)
            return self._behind(group[-1], f"{line}{newline}", 0, name)
        offset = source.inner(group[0])[0]
        return Cut(offset, offset, 0, f"{line}{newline}{newline}", name)

    def _first_group(self) -> list[cst.SimpleStatementLine]:
        """The first imports, up to a blank line or comment."""
        group = self._imports[:1]
        for statement in self._imports[1:]:
            if statement.leading_lines:
                break
            group.append(statement)
        return group

    # --- constants ----------------------------------------------------------------------------------------------------

    def says(self, line: str) -> bool:
        """Whether a line stands in the module, not inside anything."""
        return any(
            isinstance(statement, cst.SimpleStatementLine)
            and len(statement.body) == 1
            and self._source.written(statement.body[0]) == line
            for statement in self._source.module.body
        )

    def new_line(self, line: str, name: str) -> Cut:
        """A new line below the imports, which binds a name."""
        newline = self._source.newline
        if not self._imports:
            return self._after_head(line, name, rank=1)
        return self._behind(self._imports[-1], f"{newline}{line}{newline}", 1, name)

    @property
    def bound(self) -> frozenset[str]:
        """All names that are given a meaning anywhere in the module, imports included."""
        return self._assigned | self._bound_by_imports

    @cached_property
    def _bound_by_imports(self) -> frozenset[str]:
        names = set()
        for node in self._source.nodes:
            if isinstance(node, cst.ImportAlias):
                alias = node.asname.name if node.asname is not None else node.name
                names.add((get_full_name_for_node(alias) or "").partition(".")[0])
        return frozenset(names)

    @cached_property
    def _assigned(self) -> frozenset[str]:
        imported = {node.asname for node in self._source.nodes if isinstance(node, cst.ImportAlias)}
        names: set[str] = set()
        for node in self._source.nodes:
            match node:
                case cst.Param(name=cst.Name(value=name)):
                    names.add(name)
                case cst.FunctionDef() | cst.ClassDef():
                    names.add(node.name.value)
                case cst.AssignTarget() | cst.AnnAssign() | cst.AugAssign() | cst.For() | cst.CompFor():
                    names |= _names(node.target)
                case cst.NamedExpr():
                    names |= _names(node.target)
                case cst.AsName() if node not in imported:
                    names |= _names(node.name)
                case cst.MatchAs(name=cst.Name(value=name)) | cst.MatchStar(name=cst.Name(value=name)):
                    names.add(name)
                case _:
                    pass
        return frozenset(names)

    # --- places -------------------------------------------------------------------------------------------------------

    def _behind(self, statement: cst.SimpleStatementLine, text: str, rank: int, name: str) -> Cut:
        """A cut at the beginning of the line after a statement."""
        source = self._source
        end = source.inner(statement)[1]
        offset = source.after_line(end)
        if source.text[offset - 1 : offset] not in (b"\n", b"\r"):
            # The file ends in the middle of this line.
            text = source.newline + text
        return Cut(offset, offset, rank, text, name)

    def _after_head(self, line: str, name: str, rank: int) -> Cut:
        """A cut where there are no imports: below the docstring, or before the first statement."""
        source, newline = self._source, self._source.newline
        if self._before:
            return self._behind(self._before[-1], f"{newline}{line}{newline}", rank, name)
        body = source.module.body
        offset = source.line_start(source.inner(body[0])[0]) if body else len(source.text)
        if body and (decorators := getattr(body[0], "decorators", ())):
            offset = source.line_start(source.inner(decorators[0])[0])
        return Cut(offset, offset, rank, f"{line}{newline}{newline}", name)


def _module(node: cst.ImportFrom) -> str:
    name = "" if node.module is None else get_full_name_for_node(node.module) or ""
    return "." * len(node.relative) + name


def _first_module(statement: cst.SimpleStatementLine) -> str:
    first = statement.body[0]
    if isinstance(first, cst.ImportFrom):
        return _module(first)
    assert isinstance(first, cst.Import)  # noqa: S101 - a prologue holds nothing else
    return get_full_name_for_node(first.names[0].name) or ""


def _imported(node: cst.BaseSmallStatement) -> set[Imported]:
    """What a statement imports under its own name."""
    if isinstance(node, cst.Import):
        names = [get_full_name_for_node(alias.name) or "" for alias in node.names if alias.asname is None]
        # `import os.path` gives `os` its meaning.
        return {Imported(module) for name in names for module in (name, name.partition(".")[0])}
    if isinstance(node, cst.ImportFrom) and not isinstance(node.names, cst.ImportStar):
        module = _module(node)
        return {
            Imported(module, get_full_name_for_node(alias.name) or "") for alias in node.names if alias.asname is None
        }
    return set()


def _names(node: cst.CSTNode) -> set[str]:
    """The plain names in a target."""
    if isinstance(node, cst.Name):
        return {node.value}
    if isinstance(node, cst.Tuple | cst.List):
        return {name for element in node.elements for name in _names(element.value)}
    return set()
