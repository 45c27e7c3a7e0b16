"""Documents that say which paths are served: OpenAPI, and the templates of functions in a cloud."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

import msgspec
import yaml

from commlint.catalogue.models import Contract
from commlint.finding import Location
from commlint.program.symbols import Class, Function, Module, Symbols
from commlint.workspace import Workspace

# The C parser reads the same language ten times as fast; not every build of PyYAML has it.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_MAX_BYTES = 4_000_000
_MAX_DEPTH = 100
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
    """A path that a document says is served.

    Attributes:
        verb: The method of HTTP, in upper case; empty for any.
        path: The path, with `{id}` for parameters.
        location: Where the document says so.
        function: The function that answers, where the document names one that is there.
    """

    verb: str
    path: str
    location: Location
    function: Function | None


class Document(msgspec.Struct, frozen=True):
    """A document.

    Attributes:
        file: Its path.
        kind: As in the library models.
        operations: What it says is served.
        whole: It can be read as a whole.
    """

    file: str
    kind: str
    operations: tuple[Operation, ...]
    whole: bool = True


class Documents:
    """Reads them."""

    def __init__(self, workspace: Workspace, symbols: Symbols) -> None:
        self._workspace = workspace
        self._symbols = symbols
        self._others = frozenset(workspace.others)
        self._functions: dict[str, dict[str, Function]] = {}

    def find(self, contracts: list[Contract], kinds: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """The files of some kinds, and the kind of each.

        Args:
            contracts: The models of files.
            kinds: The kinds that are wanted.
        """
        patterns = [(pattern, c.kind) for c in contracts if c.kind in kinds for pattern in c.files]
        for path in self._workspace.others:
            name = posixpath.basename(path)
            for pattern, kind in patterns:
                if fnmatchcase(name, pattern):
                    yield path, kind
                    break

    def read(self, file: str, kind: str) -> Document | None:
        """What a file says is served; `None` where it is no document of its kind."""
        node = self._compose(file)
        if not isinstance(node, yaml.MappingNode):
            return None
        if kind == "sam":
            return self._sam(file, node)
        if kind == "serverless":
            return self._serverless(file, node)
        if _child(node, "paths") is None or not any(_child(node, key) for key in ("openapi", "swagger")):
            return None
        return Document(file, "openapi", tuple(self._openapi(file, node, "", {})))

    def served(self, file: str, prefix: str | None, module: Module) -> Document | None:
        """What an application serves that takes its routes from a file.

        Args:
            file: The file.
            prefix: The path that they hang below; `None` for what the file says.
            module: The module that names the file, from which handlers are imported.
        """
        node = self._compose(file)
        if not isinstance(node, yaml.MappingNode):
            return None
        return Document(file, "openapi", tuple(self._openapi(file, node, prefix, {}, module)))

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
        node: yaml.MappingNode,
        prefix: str | None,
        functions: dict[str, Function],
        module: Module | None = None,
    ) -> Iterator[Operation]:
        base = prefix or _base(node)
        for path, _, item in _entries(_child(node, "paths")):
            for verb, line, operation in _entries(item):
                if verb.lower() not in _VERBS and verb.lower() not in _ANY:
                    continue
                function = self._integrated(operation, functions)
                if function is None and module is not None:
                    function = self._named(_handler(node, item, operation), module)
                said = "" if verb.lower() in _ANY else verb.upper()
                yield Operation(said, f"{base.rstrip('/')}/{path.lstrip('/')}", Location(file, line), function)

    def _integrated(self, operation: yaml.Node, functions: dict[str, Function]) -> Function | None:
        integration = _child(operation, _INTEGRATION)
        uri = None if integration is None else _child(integration, "uri")
        for text in _scalars(uri):
            if (match := _FUNCTION.search(text)) is not None and match[1] in functions:
                return functions[match[1]]
        return None

    def _named(self, dotted: str, module: Module) -> Function | None:
        """The function of a dotted name, as imported by a module."""
        parts = dotted.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            found = self._symbols.imports.find(module, ".".join(parts[:cut]), 0)
            if found is None:
                continue
            scope = found.scope
            for name in parts[cut:]:
                binding = scope.bindings.get(name)
                if isinstance(binding, Function):
                    return binding
                if not isinstance(binding, Class):
                    break
                scope = binding.scope
        return None

    # --- functions in a cloud -----------------------------------------------------------------------------------------

    def _sam(self, file: str, node: yaml.MappingNode) -> Document | None:
        resources = [(name, item) for name, _, item in _entries(_child(node, "Resources"))]
        common = _child(_child(node, "Globals"), "Function")
        functions: dict[str, Function] = {}
        found: list[Operation] = []
        whole = True
        for name, item in resources:
            if _text(_child(item, "Type")) not in _FUNCTIONS:
                continue
            properties = _child(item, "Properties")
            code = _text(_child(properties, "CodeUri")) or _text(_child(common, "CodeUri"))
            handler = _text(_child(properties, "Handler")) or _text(_child(common, "Handler"))
            function = self._at(posixpath.join(posixpath.dirname(file), code), handler)
            if function is not None:
                functions[name] = function
            for _, _, event in _entries(_child(properties, "Events")):
                found += _event(file, event, function)
        for _, item in resources:
            if _text(_child(item, "Type")) in _APIS:
                document = self._definition(file, _child(item, "Properties"))
                if document is not None:
                    path, inner = document
                    found += self._openapi(path, inner, None, functions) if inner is not None else ()
                    whole = whole and inner is not None
        return Document(file, "sam", _unique(found), whole) if functions or found else None

    def _definition(self, file: str, properties: yaml.Node | None) -> tuple[str, yaml.MappingNode | None] | None:
        """The document that defines an interface, itself or by its name; `None` where nothing but events does."""
        body = _child(properties, "DefinitionBody") or _child(properties, "Body")
        location = _text(_child(properties, "DefinitionUri"))
        if body is not None and _child(body, "paths") is not None and isinstance(body, yaml.MappingNode):
            return file, body
        for text in _scalars(body):
            location = text if text.endswith((".yaml", ".yml", ".json")) else location
        if not location:
            return None
        path = self.near(location, posixpath.dirname(file))
        node = None if path is None else self._compose(path)
        return path or file, node if isinstance(node, yaml.MappingNode) else None

    def _serverless(self, file: str, node: yaml.MappingNode) -> Document | None:
        found: list[Operation] = []
        functions = _child(node, "functions")
        for _, _, item in _entries(functions):
            handler = _text(_child(item, "handler")) or ""
            function = self._at(posixpath.dirname(file), handler)
            events = _child(item, "events")
            for event in events.value if isinstance(events, yaml.SequenceNode) else ():
                for kind, line, said in _entries(event):
                    if kind in ("http", "httpApi"):
                        found += _http_event(file, line, said, function)
        return Document(file, "serverless", _unique(found)) if functions is not None else None

    def _at(self, folder: str, handler: str) -> Function | None:
        """The function `main.handler`, or `src/main.handler`, in a folder."""
        front, _, name = handler.rpartition(".")
        path = posixpath.normpath(posixpath.join(folder, front.replace(".", "/") if "/" not in front else front))
        module = self._symbols.modules.get(f"{path}.py") or self._symbols.modules.get(f"{path}/__init__.py")
        binding = None if module is None else module.scope.bindings.get(name)
        return binding if isinstance(binding, Function) else None

    # --- files --------------------------------------------------------------------------------------------------------

    def _compose(self, path: str) -> yaml.Node | None:
        try:
            with (self._workspace.root / path).open("rb") as file:
                data = file.read(_MAX_BYTES + 1)
        except OSError:
            return None
        if len(data) > _MAX_BYTES:
            return None
        try:
            loader = _Loader(data.decode("utf-8-sig"))
        except (UnicodeDecodeError, yaml.YAMLError):
            return None
        try:
            node: yaml.Node | None = loader.get_node() if loader.check_node() else None
        except (yaml.YAMLError, RecursionError, ValueError):
            return None
        finally:
            loader.dispose()
        return node


class _Loader(_Base):  # type: ignore[misc, no-any-unimported]  # the base depends on how PyYAML was built
    """Makes nodes, which know their lines; refuses what is nested deeper than anybody writes."""

    _depth = 0

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        # Called for each node on the way down; the C parser would overrun its stack instead of raising.
        super().descend_resolver(current_node, current_index)
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise yaml.YAMLError

    def ascend_resolver(self) -> None:
        super().ascend_resolver()
        self._depth -= 1


def _entries(node: yaml.Node | None) -> Iterator[tuple[str, int, yaml.Node]]:
    """The entries of a mapping: key, line of the key, value."""
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if isinstance(key, yaml.ScalarNode):
            yield key.value, key.start_mark.line + 1, value


def _child(node: yaml.Node | None, name: str) -> yaml.Node | None:
    return next((value for key, _, value in _entries(node) if key == name), None)


def _text(node: yaml.Node | None) -> str:
    return node.value if isinstance(node, yaml.ScalarNode) else ""


def _scalars(node: yaml.Node | None) -> Iterator[str]:
    """All texts below a node, aliases only once."""
    todo, seen = [node], set()
    while todo:
        current = todo.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, yaml.ScalarNode):
            yield current.value
        elif isinstance(current, yaml.SequenceNode):
            todo += current.value
        elif isinstance(current, yaml.MappingNode):
            todo += [value for _, value in current.value]


def _base(node: yaml.MappingNode) -> str:
    """The path that all paths of a document are below."""
    if base := _text(_child(node, "basePath")):
        return base
    servers = _child(node, "servers")
    first = servers.value[0] if isinstance(servers, yaml.SequenceNode) and servers.value else None
    url = _text(_child(first, "url"))
    try:
        return urlsplit(url).path if url else ""
    except ValueError:
        return ""


def _handler(document: yaml.Node, item: yaml.Node, operation: yaml.Node) -> str:
    """The dotted name of the function that answers an operation."""
    name = _text(_child(operation, "operationId"))
    for key in _CONTROLLERS:
        controller = _text(_child(operation, key)) or _text(_child(item, key)) or _text(_child(document, key))
        if controller:
            return f"{controller}.{name}"
    return name


def _event(file: str, event: yaml.Node, function: Function | None) -> Iterator[Operation]:
    if _text(_child(event, "Type")) not in ("Api", "HttpApi"):
        return
    properties = _child(event, "Properties")
    for key, line, value in _entries(properties):
        if key == "Path":
            yield _operation(file, line, _text(_child(properties, "Method")), _text(value), function)
            return
    if _child(properties, "Path") is None:
        # All that the function is asked.
        line = event.start_mark.line + 1
        yield _operation(file, line, "", "/{proxy+}", function)


def _http_event(file: str, line: int, said: yaml.Node, function: Function | None) -> Iterator[Operation]:
    if isinstance(said, yaml.ScalarNode):
        verb, _, path = said.value.strip().partition(" ")
        yield _operation(file, line, verb if path else "", path or "/{proxy+}", function)
    else:
        yield _operation(file, line, _text(_child(said, "method")), _text(_child(said, "path")), function)


def _operation(file: str, line: int, verb: str, path: str, function: Function | None) -> Operation:
    said = "" if verb.lower() in _ANY else verb.upper()
    return Operation(said, f"/{path.strip().lstrip('/')}", Location(file, line), function)


def _unique(operations: list[Operation]) -> tuple[Operation, ...]:
    """One for each verb and path: the one whose function is known."""
    found: dict[tuple[str, str], Operation] = {}
    for operation in operations:
        key = (operation.verb, operation.path)
        if key not in found or found[key].function is None:
            found[key] = operation
    return tuple(found.values())
