"""nginx configurations, read for where they pass requests on to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from commlint.workspace import layout
from commlint.workspace.documents import line_of, mapping
from commlint.workspace.gateways import Gateway, Route, hosts_of
from commlint.workspace.resources import Resource
from commlint.workspace.running import Run
from commlint.workspace.sources import Sources, nearest

_FILE = re.compile(r"(?:.*/)?(?:[^/]*nginx[^/]*|[^/]*\.conf(?:\.\w+)?|[^/]*\.nginx|(?:.*/)?nginx/[^/]+)", re.IGNORECASE)
_PASSES = re.compile(rb"^[^#\n]*\b(?:proxy|grpc)_pass\b", re.MULTILINE)
_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<comment>\#[^\n]*)|(?P<end>[;{}](?=\s|$|[;{}\#]))"""
    r"""|(?P<word>(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\$\{[^}]{0,200}\}|\\.|[^\s;{}"']|\{(?!\s)|[;}](?!\s|$|[;{}\#]))+)|(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_URL = re.compile(r"(?:https?|grpcs?)://([^/]*)(/.*)?")
_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")
_META = re.compile(r"[\\^$*+?()\[\]{}|]|\0(?=[*+?])")
_WORDS = re.compile(r"\((?:\?:)?([\w.-]+(?:\|[\w.-]+)+)\)")
_HERE = re.compile(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|unix)(?::.*)?")
_MAX_DEPTH = 20


class _Block(msgspec.Struct):
    """A directive: its words, the line it begins on, and what stands between its braces."""

    words: list[str]
    line: int
    inner: list[_Block] = msgspec.field(default_factory=list)


def read(sources: Sources, runs: Sequence[Run], resources: Sequence[Resource] = ()) -> Iterator[Gateway]:
    """The gateways that nginx configurations make, one for each file that passes requests on.

    Args:
        sources: The files of the tree.
        runs: What its manifests run: which of it sees a configuration.
        resources: Its Kubernetes resources: configurations in ConfigMaps.
    """
    for path in sources.paths:
        if _FILE.fullmatch(path) and _PASSES.search(sources.data(path)):
            seeing = _seeing(path, runs)
            yield from _gateway(sources.text(path), path, seeing, 0)
    for resource in resources:
        if resource.kind == "ConfigMap":
            for text in mapping(resource.body.get("data")).values():
                if isinstance(text, str) and "proxy_pass" in text and "{" in text:
                    seeing = [run for run in runs if f"configmap:{resource.name}" in run.mounts]
                    yield from _gateway(text, resource.file, seeing, line_of(text))


def _seeing(path: str, runs: Sequence[Run]) -> list[Run]:
    """The runs that a configuration is for: those that mount it, those built from around it, or the only nginx."""
    mounted = [run for run in runs if any(layout.is_below(path, mount) for mount in run.mounts if mount != ".")]
    if mounted:
        return [run for run in mounted if "nginx" in f"{run.image} {run.name}"] or mounted
    built = [run for run in runs if run.build is not None and layout.is_below(path, _own(run))]
    closest = nearest({_own(run) for run in built}, path)
    if built:
        return [run for run in built if _own(run) == closest]
    plain = [run for run in runs if run.image.startswith(("nginx", "openresty"))]
    return plain if len({run.name for run in plain}) == 1 else []


def _own(run: Run) -> str:
    if run.build is None:
        return "."
    return layout.parent(run.build.dockerfile) if run.build.dockerfile else run.build.context


def _gateway(text: str, path: str, runs: Sequence[Run], above: int) -> Iterator[Gateway]:
    known = {name: value.text for run in runs for name, value in run.environment.items()}
    reader = _Reader(path, known, above)
    routes = reader.routes(_parsed(text))
    if routes:
        name = runs[0].name if runs else layout.name(layout.parent(path))
        hosts = [*hosts_of(runs), *sorted(reader.names)]
        named = name if name not in (".", "conf.d", "templates") else "nginx"
        yield Gateway(named, tuple(dict.fromkeys(hosts)), tuple(sorted(routes)), path, above + 1)


class _Reader:
    """Reads the directives of one file."""

    def __init__(self, path: str, known: Mapping[str, str], above: int) -> None:
        self._path = path
        self._known = known
        self._above = above
        self._upstreams: dict[str, str] = {}
        self.names: set[str] = set()

    def routes(self, blocks: list[_Block]) -> list[Route]:
        """Everything that is passed on."""
        self._note_upstreams(blocks, 0)
        return list(dict.fromkeys(self._within(blocks, "/", self._known, (), 0)))

    def _note_upstreams(self, blocks: list[_Block], depth: int) -> None:
        for block in blocks:
            if block.words[0] == "upstream" and len(block.words) > 1:
                server = next((b.words[1] for b in block.inner if b.words[0] == "server" and len(b.words) > 1), "")
                self._upstreams[block.words[1]] = server
            elif depth < _MAX_DEPTH:
                self._note_upstreams(block.inner, depth + 1)

    def _within(
        self, blocks: list[_Block], prefix: str, known: Mapping[str, str], names: tuple[str, ...], depth: int
    ) -> Iterator[Route]:
        known = dict(known)
        rewritten: tuple[str, str] | None = None
        for block in blocks:
            match block.words:
                case ["set", name, value]:
                    known[name.removeprefix("$")] = value
                case ["server_name", *given]:
                    plain = tuple(n for n in given if re.fullmatch(r"[\w-]+(\.[\w-]+)+", n))
                    names = plain
                    self.names |= set(plain)
                case ["rewrite", pattern, into, *_]:
                    rewritten = _rewriting(pattern, into)
                case ["proxy_pass" | "grpc_pass", url]:
                    yield from self._passed(block, url, prefix, known, rewritten)
                case ["location", *pattern] if depth < _MAX_DEPTH:
                    for inner in _prefixes(pattern, prefix):
                        yield from self._within(block.inner, inner, known, names, depth + 1)
                case _ if block.inner and block.words[0] != "upstream" and depth < _MAX_DEPTH:
                    yield from self._within(block.inner, prefix, known, names, depth + 1)

    def _passed(
        self, block: _Block, url: str, prefix: str, known: Mapping[str, str], rewritten: tuple[str, str] | None
    ) -> Iterator[Route]:
        path: str | None = None
        for name in ("$request_uri", "$uri", "$is_args$args", "$is_args", "$args", "$query_string"):
            url = url.replace(name, "")
        settled = _VARIABLE.sub(lambda m: known.get(m[1] or m[2], m[0]), url)
        match = _URL.fullmatch(settled)
        if match is None:
            return
        target, given = match[1], match[2]
        host, _, port = target.partition(":")
        upstream = self._upstreams.get(host)
        if upstream is not None and not port:
            target = upstream
        if not target or "$" in target or "{" in target or _HERE.fullmatch(target):
            return
        if given is not None:
            path = given.partition("$")[0].partition("?")[0]
        if rewritten is not None and rewritten[0].startswith(prefix):
            prefix, path = rewritten
        yield Route(prefix, target.lower(), path, self._path, block.line + self._above)


def _prefixes(pattern: Sequence[str], around: str) -> list[str]:
    """The beginnings of the paths that a location is for; none where it does not say them."""
    if pattern[:1] in (["~"], ["~*"]):
        return _literals("".join(pattern[1:2]))
    place = pattern[-1] if pattern else ""
    if place.startswith("~"):
        return _literals(place.lstrip("~*"))
    return [place] if place.startswith("/") else [around]


def _literals(pattern: str) -> list[str]:
    """How every text that a regular expression fits begins, where it says so."""
    if not pattern.startswith("^"):
        return []
    text = pattern[1:].replace("\\/", "/").replace("\\-", "-").replace("\\.", ".")
    text = text.replace("(/|$)", "/").replace("(?:/|$)", "/")
    literal = _META.split(text.replace(".", "\0"), maxsplit=1)[0].replace("\0", ".")
    rest = text[len(literal) :]
    if (words := _WORDS.match(rest)) is not None:
        return [literal + word for word in words[1].split("|")]
    if rest.startswith(("?", "*")):
        # That is about the last letter.
        literal = literal[:-1]
    if literal.endswith(".") and rest.startswith(("*", "+")):
        literal = literal[:-1]
    return [literal] if literal.strip("/") or not rest else []


def _rewriting(pattern: str, into: str) -> tuple[str, str] | None:
    """What a rewrite replaces at the beginning of paths, and by what."""
    prefix = next(iter(_literals(pattern)), "")
    if not prefix:
        return None
    # A group that begins with the slash brings it along.
    return (prefix, into.partition("$")[0]) if into.startswith("/") else (prefix, "") if into == "$1" else None


def _parsed(text: str) -> list[_Block]:
    """The directives of a configuration; what is no configuration gives what can be made of it."""
    top: list[_Block] = []
    stack: list[list[_Block]] = [top]
    words: list[str] = []
    line = start = 1
    for token in _TOKEN.finditer(text):
        kind, value = token.lastgroup, token[0]
        if kind == "word":
            start = start if words else line
            words.append(value[1:-1] if value[0] in "\"'" and value[-1] == value[0] and len(value) > 1 else value)
        elif kind == "end":
            if words and value in ";{":
                stack[-1].append(_Block(words, start))
                if value == "{" and len(stack) <= _MAX_DEPTH:
                    stack.append(stack[-1][-1].inner)
            elif value == "}" and len(stack) > 1:
                stack.pop()
            words = []
        line += value.count("\n")
    return top
