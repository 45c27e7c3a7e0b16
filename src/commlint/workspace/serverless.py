"""What SAM and Serverless templates run: the functions of one template are one service."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from commlint.workspace import layout
from commlint.workspace.documents import Broken, line_of, load, mapping, scalar, sequence
from commlint.workspace.running import Run, Value
from commlint.workspace.sources import Sources

_YAML = re.compile(r".*\.(?:ya?ml|template)", re.IGNORECASE)
_CLOUD = re.compile(rb"AWS::(Serverless|Lambda)::Function\b")
_SERVERLESS = re.compile(rb"^functions:[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_FRAMEWORK = re.compile(rb"^(?:service|provider):", re.MULTILINE)
_FUNCTIONS = frozenset({"AWS::Serverless::Function", "AWS::Lambda::Function"})
_APIS = frozenset(
    {
        *("AWS::Serverless::Api", "AWS::Serverless::HttpApi", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"),
        *("AWS::Lambda::Url", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
    }
)
_IMPLICIT_APIS = frozenset({"ServerlessRestApi", "ServerlessHttpApi"})
_REFERENCE = re.compile(r"\$\{([^}]{0,500})\}")
_DEFAULT = re.compile(r"\$\{[^{}]*?,\s*(?:'([^']*)'|\"([^\"]*)\")\s*\}")
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


class _Template(msgspec.Struct, frozen=True):
    """A template of CloudFormation."""

    path: str
    body: Mapping[str, Any]

    @property
    def service(self) -> str:
        """What its service is called."""
        return layout.name(layout.parent(self.path))

    @property
    def resources(self) -> dict[str, Any]:
        """What it creates, by logical name."""
        return mapping(self.body.get("Resources"))


def read(sources: Sources) -> Iterator[Run]:
    """The functions that the templates of a tree run, those of a template together."""
    templates = [_Template(path, body) for path, body in _cloud(sources)]
    exports = dict(_exports(templates))
    for template in templates:
        yield _run(template, exports)
    for path in sources.paths:
        if _YAML.fullmatch(path):
            data = sources.data(path)
            if _SERVERLESS.search(data) and _FRAMEWORK.search(data):
                yield from _framework(sources, path)


def _cloud(sources: Sources) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sources.paths:
        if _YAML.fullmatch(path) and (mark := _CLOUD.search(sources.data(path))) is not None:
            if mark[1] == b"Lambda" and not layout.is_template(layout.name(path)):
                # Functions in a stack of many other things say little about the code beside it.
                continue
            text = sources.text(path)
            try:
                body = mapping(load(text, tagged=True))
            except Broken as error:
                if "{{" not in text and "{%" not in text:
                    sources.give_up(path, error.reason, error.line, error.column)
                continue
            if any(mapping(r).get("Type") in _FUNCTIONS for r in mapping(body.get("Resources")).values()):
                yield path, body


def _run(template: _Template, exports: Mapping[str, str]) -> Run:
    environment: dict[str, Value] = {}
    parts = [mapping(mapping(template.body.get("Globals")).get("Function"))]
    parts += [
        mapping(mapping(resource).get("Properties"))
        for resource in template.resources.values()
        if mapping(resource).get("Type") in _FUNCTIONS
    ]
    for part in parts:
        for name, expression in mapping(mapping(part.get("Environment")).get("Variables")).items():
            value = _Settling(template, exports).text(expression)
            if value is not None and name not in environment:
                environment[name] = Value(value, template.path, line_of(name))
    return Run(
        file=template.path,
        name=template.service,
        kind="template",
        environment=environment,
        home=layout.parent(template.path),
        wired=False,
    )


def _exports(templates: Sequence[_Template]) -> Iterator[tuple[str, str]]:
    """The addresses of APIs that templates publish for others, by the name that they publish them under."""
    for template in templates:
        for resource in template.resources.values():
            properties = mapping(mapping(resource).get("Properties"))
            if mapping(resource).get("Type") == "AWS::SSM::Parameter" and _leads_to_api(
                properties.get("Value"), template
            ):
                yield _pattern(properties.get("Name")), f"https://{template.service}"
        for output in mapping(template.body.get("Outputs")).values():
            name = mapping(mapping(output).get("Export")).get("Name")
            if name is not None and _leads_to_api(mapping(output).get("Value"), template):
                yield _pattern(name), f"https://{template.service}"


def _pattern(expression: object) -> str:
    """A name with `*` for what is only known when it is deployed."""
    written = expression if isinstance(expression, str) else mapping(expression).get("Fn::Sub")
    return _REFERENCE.sub("*", scalar(written))


def _leads_to_api(expression: object, template: _Template) -> bool:
    """Whether a value is the URL of an API of a template."""
    inner = mapping(expression)
    text = inner.get("Fn::Sub")
    text = text[0] if isinstance(text, list) and text else text
    if isinstance(text, str):
        return text.startswith(("http", "${")) and any(
            name.partition(".")[0] in _IMPLICIT_APIS
            or mapping(template.resources.get(name.partition(".")[0])).get("Type") in _APIS
            for name in _REFERENCE.findall(text)
        )
    attribute = inner.get("Fn::GetAtt")
    if attribute is not None:
        name = attribute[0] if isinstance(attribute, list) and attribute else attribute
        logical, _, what = scalar(name).partition(".")
        what = what or scalar(attribute[1] if isinstance(attribute, list) and len(attribute) > 1 else "")
        return mapping(template.resources.get(logical)).get("Type") in _APIS and what in (
            *("ApiEndpoint", "FunctionUrl", "DNSName"),
        )
    return False


class _Settling:
    """Works out what an expression of a template stands for."""

    def __init__(self, template: _Template, exports: Mapping[str, str]) -> None:
        self._template = template
        self._exports = exports

    def text(self, expression: object) -> str | None:
        """The value of an expression; `None` where it is only known when it is deployed."""
        if isinstance(expression, str):
            return expression
        if _leads_to_api(expression, self._template):
            return f"https://{self._template.service}"
        inner = mapping(expression)
        if isinstance(reference := inner.get("Ref"), str):
            return self._parameter(reference)
        if "Fn::ImportValue" in inner:
            return self._exported(_pattern(inner["Fn::ImportValue"]))
        written = inner.get("Fn::Sub")
        if isinstance(written, list) and written:
            written = written[0]
        if not isinstance(written, str):
            return None
        known = {name: self._parameter(name) for name in _REFERENCE.findall(written)}
        if any(value is None for value in known.values()):
            return None
        return _REFERENCE.sub(lambda match: known[match[1]] or "", written)

    def _parameter(self, name: str) -> str | None:
        parameter = mapping(mapping(self._template.body.get("Parameters")).get(name))
        default = parameter.get("Default")
        if "SSM" not in scalar(parameter.get("Type")):
            return default if isinstance(default, str) else None
        if isinstance(default, str) and (found := self._exported(default)) is not None:
            return found
        # Where the name in the store is given elsewhere, the parameter is called after it.
        words = [word.lower() for word in _WORD.findall(name)]
        fitting = {
            address
            for published, address in self._exports.items()
            if [word.lower() for word in _WORD.findall(published)][-len(words) :] == words
        }
        return fitting.pop() if len(fitting) == 1 and len(words) > 1 else None

    def _exported(self, name: str) -> str | None:
        for published, address in self._exports.items():
            parts = [re.escape(part) for part in published.split("*")]
            if published == name or re.fullmatch("[^/]*".join(parts), name):
                return address
        return None


def _framework(sources: Sources, path: str) -> Iterator[Run]:
    """The functions of a template of the Serverless Framework."""
    try:
        body = mapping(load(sources.text(path)))
    except Broken as error:
        sources.give_up(path, error.reason, error.line, error.column)
        return
    functions = body.get("functions")
    parts = [mapping(body.get("provider"))]
    parts += [mapping(f) for group in (sequence(functions) or [functions]) for f in mapping(group).values()]
    environment: dict[str, Value] = {}
    for part in parts:
        for name, value in mapping(part.get("environment")).items():
            text = _DEFAULT.sub(lambda match: match[1] or match[2] or "", scalar(value))
            if isinstance(value, str) and "${" not in text and name not in environment:
                environment[name] = Value(text, path, line_of(value))
    service = body.get("service")
    name = scalar(service) or scalar(mapping(service).get("name"))
    yield Run(
        file=path,
        name=name if name and "${" not in name else layout.name(layout.parent(path)),
        line=line_of(name),
        kind="template",
        environment=environment,
        home=layout.parent(path),
        wired=False,
    )
