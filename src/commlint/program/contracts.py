"""Files that say which paths are served: OpenAPI documents, and the templates of functions in a cloud."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

import msgspec

from commlint.catalogue.models import Contract
from commlint.finding import Location
from commlint.program.symbols import Class, Function, Module, Symbols
from commlint.workspace import Workspace
from commlint.workspace.documents import Broken, line_of, load, mapping, scalar, sequence

_MAX_BYTES = 4_000_000
_VERBS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_ANY = frozenset({"any", "*", "x-amazon-apigateway-any-method"})
_CONTROLLERS = ("x-openapi-router-controller", "x-swagger-router-controller")
_INTEGRATION = "x-amazon-apigateway-integration"
_FUNCTION = re.compile(r"\$\{(\w+)\.(?:Arn|Alias)\}")
_FUNCTIONS = frozenset({"AWS::Serverless::Function", "AWS::Lambda::Function"})
_APIS = frozenset(
    {"AWS::Serverless::Api", "AWS::Serverless::HttpApi", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"}
)


class Operation(msgspec.Struct, frozen=True):
    """A path that a file says is served.

    Attributes:
        verb: The method of HTTP, in upper case; empty for any.
        path: The path, with `{id}` for parameters.
        location: Where the file says so.
        function: The function that answers, where the file names one that is there.
    """

    verb: str
    path: str
    location: Location
    function: Function | None


class Document(msgspec.Struct, frozen=True):
    """A file with what it says.

    Attributes:
        operations: What it says is served.
        whole: All that it refers to for that is there.
    """

    operations: tuple[Operation, ...]
    whole: bool = True


class Contracts:
    """Reads them.

    Args:
        models: What files there may be.
        workspace: The files.
        symbols: What is defined where, for handlers that files name.
    """

    def __init__(self, models: Sequence[Contract], workspace: Workspace, symbols: Symbols) -> None:
        self._models = models
        self._workspace = workspace
        self._symbols = symbols
        self._others = frozenset(workspace.others)

    def find(self, *kinds: str) -> Iterator[tuple[str, str]]:
        """The files of some kinds, and the kind of each."""
        patterns = [(pattern, model.kind) for model in self._models if model.kind in kinds for pattern in model.files]
        for path in self._workspace.others:
            name = posixpath.basename(path)
            kind = next((kind for pattern, kind in patterns if fnmatchcase(name, pattern)), None)
            if kind is not None:
                yield path, kind

    def read(self, file: str, kind: str) -> Document | None:
        """What a file says is served; `None` where it is no file of its kind."""
        body = self.load(file)
        if kind == "sam":
            return self._sam(file, body)
        if kind == "serverless":
            return self._serverless(file, body)
        if "paths" not in body or not ("openapi" in body or "swagger" in body):
            return None
        return Document(tuple(self._openapi(file, body, "", {}, None)))

    def served(self, file: str, prefix: str | None, module: Module) -> Document | None:
        """What an application serves that takes its routes from a file.

        Args:
            file: The file.
            prefix: The path that they hang below; `None` for what the file says.
            module: The module that names the file, as which handlers are imported.
        """
        body = self.load(file)
        return Document(tuple(self._openapi(file, body, prefix, {}, module))) if "paths" in body else None

    def near(self, name: str, folder: str) -> str | None:
        """The file that a name means, as seen from a folder; the only one that ends so where none is there."""
        for start in (folder, posixpath.dirname(folder)):
            path = posixpath.normpath(posixpath.join(start, name))
            if path in self._others:
                return path
        ending = posixpath.normpath(name).lstrip("./")
        found = [path for path in self._others if path == ending or path.endswith(f"/{ending}")]
        return found[0] if len(found) == 1 else None

    # --- OpenAPI ------------------------------------------------------------------------------------------------------

    def _openapi(
        self,
        file: str,
        body: Mapping[str, Any],
        prefix: str | None,
        functions: Mapping[str, Function],
        module: Module | None,
    ) -> Iterator[Operation]:
        base = prefix or _base(body)
        for path, item in mapping(body.get("paths")).items():
            for verb, operation in mapping(item).items():
                if verb.lower() not in _VERBS and verb.lower() not in _ANY:
                    continue
                function = _integrated(mapping(operation), functions)
                if function is None and module is not None:
                    function = self._named(_handler(body, mapping(item), mapping(operation)), module)
                where = Location(file, line_of(verb))
                yield Operation(_said(verb), f"{base.rstrip('/')}/{path.lstrip('/')}", where, function)

    def _named(self, dotted: str, module: Module) -> Function | None:
        """The function of a dotted name, as imported by a module."""
        parts = dotted.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            found = self._symbols.imports.find(module, ".".join(parts[:cut]), 0)
            scope = None if found is None else found.scope
            for name in parts[cut:] if scope is not None else ():
                binding = scope.bindings.get(name) if scope is not None else None
                if isinstance(binding, Function):
                    return binding
                scope = binding.scope if isinstance(binding, Class) else None
        return None

    # --- functions in a cloud -----------------------------------------------------------------------------------------

    def _sam(self, file: str, body: Mapping[str, Any]) -> Document | None:
        resources = {name: mapping(item) for name, item in mapping(body.get("Resources")).items()}
        common = mapping(mapping(body.get("Globals")).get("Function"))
        functions: dict[str, Function] = {}
        found: list[Operation] = []
        whole = True
        for name, item in resources.items():
            if item.get("Type") not in _FUNCTIONS:
                continue
            said = {**common, **mapping(item.get("Properties"))}
            folder = posixpath.join(posixpath.dirname(file), scalar(said.get("CodeUri")))
            function = self.handler(folder, scalar(said.get("Handler")))
            if function is not None:
                functions[name] = function
            for event in mapping(said.get("Events")).values():
                found += _event(file, mapping(event), function)
        for item in resources.values():
            if item.get("Type") in _APIS:
                for path, inner in self._definitions(file, mapping(item.get("Properties"))):
                    whole = whole and bool(inner)
                    found += self._openapi(path, inner, None, functions, None)
        return Document(_unique(found), whole) if functions or found else None

    def _definitions(self, file: str, said: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The document that defines an interface, itself or by its name; none where only events do."""
        body = said.get("DefinitionBody") or said.get("Body")
        if "paths" in mapping(body):
            yield file, mapping(body)
            return
        names = [scalar(said.get("DefinitionUri")), *_texts(body)]
        name = next((name for name in names if name.endswith((".yaml", ".yml", ".json"))), "")
        if name:
            path = self.near(name, posixpath.dirname(file))
            yield path or file, {} if path is None else self.load(path)

    def _serverless(self, file: str, body: Mapping[str, Any]) -> Document | None:
        found: list[Operation] = []
        for item in mapping(body.get("functions")).values():
            function = self.handler(posixpath.dirname(file), scalar(mapping(item).get("handler")))
            for event in sequence(mapping(item).get("events")):
                for kind, said in mapping(event).items():
                    if kind in ("http", "httpApi"):
                        found.append(_http(file, said, line_of(kind), function))
        return Document(_unique(found)) if "functions" in body else None

    def handler(self, folder: str, handler: str) -> Function | None:
        """The function `main.handler`, or `src/main.handler`, in a folder."""
        front, _, name = handler.rpartition(".")
        path = posixpath.normpath(posixpath.join(folder, front if "/" in front else front.replace(".", "/")))
        module = self._symbols.modules.get(f"{path}.py") or self._symbols.modules.get(f"{path}/__init__.py")
        binding = None if module is None else module.scope.bindings.get(name)
        return binding if isinstance(binding, Function) else None

    def load(self, path: str) -> Mapping[str, Any]:
        """What a file holds; nothing where it cannot be read."""
        try:
            with (self._workspace.root / path).open("rb") as file:
                data = file.read(_MAX_BYTES + 1)
            return mapping(load(data.decode("utf-8-sig"))) if len(data) <= _MAX_BYTES else {}
        except (OSError, UnicodeDecodeError, Broken):
            return {}


def _integrated(operation: Mapping[str, Any], functions: Mapping[str, Function]) -> Function | None:
    """The function of a template that an operation is passed on to."""
    for text in _texts(mapping(operation.get(_INTEGRATION)).get("uri")):
        if (match := _FUNCTION.search(text)) is not None and match[1] in functions:
            return functions[match[1]]
    return None


def _texts(value: object) -> Iterator[str]:
    """All texts in a value, what is in it several times only once."""
    todo, seen = [value], set()
    while todo:
        current = todo.pop()
        if isinstance(current, str):
            yield current
        elif id(current) not in seen:
            seen.add(id(current))
            todo += sequence(current) or mapping(current).values()


def _base(body: Mapping[str, Any]) -> str:
    """The path that all paths of a document are below."""
    if base := scalar(body.get("basePath")):
        return base
    servers = sequence(body.get("servers"))
    try:
        return urlsplit(scalar(mapping(servers[0]).get("url"))).path if servers else ""
    except ValueError:
        return ""


def _handler(body: Mapping[str, Any], item: Mapping[str, Any], operation: Mapping[str, Any]) -> str:
    """The dotted name of the function that answers an operation."""
    name = scalar(operation.get("operationId"))
    for key in _CONTROLLERS:
        if controller := scalar(operation.get(key)) or scalar(item.get(key)) or scalar(body.get(key)):
            return f"{controller}.{name}"
    return name


def _event(file: str, event: Mapping[str, Any], function: Function | None) -> Iterator[Operation]:
    if event.get("Type") in ("Api", "HttpApi"):
        said = mapping(event.get("Properties"))
        # Without a path it is all that is asked.
        path = said.get("Path") or "/{proxy+}"
        line = line_of(path) if "Path" in said else line_of(event.get("Type"))
        yield _operation(file, line, scalar(said.get("Method")), scalar(path), function)


def _http(file: str, said: object, line: int, function: Function | None) -> Operation:
    if isinstance(said, str):
        verb, _, path = said.strip().partition(" ")
        return _operation(file, line, verb if path else "", path or "/{proxy+}", function)
    given = mapping(said)
    return _operation(file, line, scalar(given.get("method")), scalar(given.get("path")), function)


def _operation(file: str, line: int, verb: str, path: str, function: Function | None) -> Operation:
    return Operation(_said(verb), f"/{path.strip().lstrip('/')}", Location(file, line), function)


def _said(verb: str) -> str:
    return "" if verb.lower() in _ANY else verb.upper()


def _unique(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """One for each verb and path: the one whose function is known."""
    found: dict[tuple[str, str], Operation] = {}
    for operation in operations:
        key = (operation.verb, operation.path)
        if key not in found or found[key].function is None:
            found[key] = operation
    return tuple(found.values())
