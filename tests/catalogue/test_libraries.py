"""The shipped library models, and what a wrong one is answered."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, get_args, get_type_hints

import msgspec
import pytest
import tomli
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from commlint.catalogue import load_libraries, read_library
from commlint.catalogue.models import Library, Tables
from commlint.catalogue.resources import data_files, rules_folder
from commlint.errors import CommlintError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commlint.catalogue.models import Client

LIBRARIES = load_libraries()
ALIASES = {alias: path for library in LIBRARIES for alias, path in library.aliases.items()}
HEAD = 'library = "x"\nsource = {checked = "run", version = "1"}\n'

every_library = pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.library)
every_client = pytest.mark.parametrize(
    ("library", "client"),
    [
        pytest.param(library, client, id=f"{library.library}-{number}")
        for library in LIBRARIES
        for number, client in enumerate(library.client)
    ],
)


PATHS = (
    *("functions", "decorators", "registrars", "contexts", "calls", "iterators", "parts", "mappings", "markers"),
    *("raising", "failing", "status", "makers", "tasks", "signals", "sent_by"),
)
NAMED = {"classes": ("methods",), "bases": ("methods", "handlers")}


def claims(library: Library) -> Iterator[str]:
    """What each table of a library claims to know: a path, for what, and when."""
    for table in Tables.__struct_fields__[1:]:
        for model in getattr(library, table):
            kinds = (getattr(model, key, "") for key in ("op", "gives", "managers", "hooks"))
            when = " ".join(map(str, (model.versions, model.where, *kinds)))
            dot = "().*." if getattr(model, "nested", False) else "()."
            for kind in PATHS:
                yield from (f"{table} {kind} {when} {path}" for path in getattr(model, kind, ()))
            for kind, keys in NAMED.items():
                names = [name for key in keys for name in getattr(model, key, ())]
                for path in getattr(model, kind, ()):
                    yield from (f"{table} {kind} {when} {path}{dot}{name}" for name in names)


def paths(library: Library) -> set[str]:
    """The paths that are claimed, without what for."""
    return {claim.rpartition(" ")[2] for claim in claims(library)}


def test_each_file_is_named_after_its_library() -> None:
    files = [file.name for file in data_files(rules_folder() / "libraries", ".toml")]
    assert [f"{library.library}.toml" for library in LIBRARIES] == files


@every_library
def test_says_something(library: Library) -> None:
    tables = [model for table in Tables.__struct_fields__[1:] for model in getattr(library, table)]
    assert tables
    for model in tables:
        said = [
            *PATHS,
            *NAMED,
            "objects",
            "variables",
            "files",
            "gives",
            "annotations",
            "infrastructure",
            "modules",
            "paths",
        ]
        assert any(getattr(model, key, ()) for key in said)


def test_no_access_path_is_claimed_twice() -> None:
    counted = Counter(claim for library in LIBRARIES for claim in claims(library))
    assert [claim for claim, times in counted.items() if times > 1] == []


@every_library
def test_models_use_the_path_that_aliases_lead_to(library: Library) -> None:
    claimed = paths(library)
    errors = {
        path
        for client in library.client
        for kind in ("both", "connection", "timeout")
        for path in getattr(client.errors, kind)
    }
    assert [path for path in claimed | errors if any(prefix in ALIASES for prefix in prefixes(path))] == []


def prefixes(path: str) -> Iterator[str]:
    """What a path begins with, itself included: `a.B` and `a.B()` of `a.B().c`."""
    yield from (path[: match.start()] for match in re.finditer(r"[.(]|$", path))
    yield from (path[: match.end()] for match in re.finditer(r"\)", path))


@pytest.mark.parametrize("alias", ALIASES)
def test_aliases_do_not_go_round(alias: str) -> None:
    seen = {alias}
    path = alias
    while prefix := next((prefix for prefix in prefixes(path) if prefix in ALIASES), None):
        path = ALIASES[prefix] + path[len(prefix) :]
        assert path not in seen
        seen.add(path)


@every_client
def test_a_client_with_a_limit_has_a_default_or_waits_for_ever(library: Library, client: Client) -> None:
    if client.timeout or client.client_timeout:
        assert client.default_timeout is not None or "for ever" in library.source.note


@every_client
def test_a_client_calls_something_and_can_fail(library: Library, client: Client) -> None:
    on_objects = (client.classes or client.bases) and client.methods
    assert client.functions or client.decorators or on_objects, library.library
    assert client.errors.both or client.errors.connection
    assert set(client.through) <= set(client.methods)
    assert client.passive == () or "*" in client.methods
    names = {path.rpartition(".")[2] for path in client.functions} | set(client.methods)
    assert set(client.variants) <= names


@every_client
def test_selectors_of_the_constructor_do_not_say_so_again(library: Library, client: Client) -> None:
    own = [
        client.base_url,
        client.client_timeout,
        *(place for kind in client.timeout_types for place in kind.bounded_by),
    ]
    assert not any("ctor." in selector for selector in own), library.library


@every_library
def test_what_is_only_remembered_is_of_low_confidence(library: Library) -> None:
    sources = [model.source for table in Tables.__struct_fields__[1:] for model in getattr(library, table)]
    for source in (library.source, *sources):
        assert source is None or source.checked != "memory" or source.confidence == "low"


@every_library
def test_the_release_that_is_assumed_can_be_compared(library: Library) -> None:
    claims = [model for table in Tables.__struct_fields__[1:] for model in getattr(library, table) if model.versions]
    assert not claims or str(Version(library.source.version))
    assert [model.versions for model in claims if not SpecifierSet(model.versions)] == []


@every_library
def test_registrars_say_where_the_handler_is(library: Library) -> None:
    assert all(bool(entry.registrars) == bool(entry.handler) for entry in library.entry)
    assert all(bool(entry.bases) or not (entry.handlers or entry.hooks) for entry in library.entry)
    assert all(bool(responses.status) == bool(responses.selector) for responses in library.responses)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            '[[client]]\nmethod = ["get"]', "client[0]: unknown key `method`; did you mean `methods`?", id="key"
        ),
        pytest.param('[[klient]]\nmethods = ["get"]', "unknown key `klient`; did you mean `client`?", id="table"),
        pytest.param('[[client]]\nmethods = "get"', "client[0].methods: should be a list, is a string", id="type"),
        pytest.param(
            "[[client]]\n[client.variants.request]\nurl = 1",
            "client[0].variants.request.url: should be a string, is a whole number",
            id="type-below-a-name",
        ),
        pytest.param("[[callback]]", "callback[0]: key `functions` is missing", id="missing"),
        pytest.param(
            '[[client]]\nkind = "htp"',
            "client[0].kind: `htp` is none of `http`, `grpc`, `rpc`, `graphql`, `soap`, `sdk`, `websocket`, `socket`; "
            "did you mean `http`?",
            id="word",
        ),
        pytest.param(
            '[[guard]]\ngives = ["retry", "braker"]',
            "guard[0].gives[1]: `braker` is none of `breaker`, `fallback`, `timeout`, `retry`, `bulkhead`, "
            "`ratelimit`, `cache`, `hedge`; did you mean `breaker`?",
            id="word-in-a-list",
        ),
        pytest.param(
            '[[client]]\n[[client.carriers]]\nname = "a"\nurl = ""\nmode = "asinc"',
            "client[0].carriers[0].mode: `asinc` is none of `sync`, `async`, `future`; did you mean `async`?",
            id="optional-word",
        ),
        pytest.param(
            '[[client]]\n[[client]]\nurl = "argument:0|kw:url"',
            "client[1].url: `argument:0|kw:url` is not a selector such as `arg:0|kw:url`; did you mean `arg:0|kw:url`?",
            id="selector",
        ),
        pytest.param(
            '[[client]]\n[client.variants.get]\nurl = "kw:url"\n[client.variants.request]\nverb = "arg0"',
            "client[0].variants.request.verb: `arg0` is not a selector such as `arg:0|kw:url`",
            id="selector-below-a-name",
        ),
        pytest.param(
            '[[client]]\nclasses = ["a.B", "a..C"]',
            "client[0].classes[1]: `a..C` is not an access path such as `requests.Session().get`",
            id="path",
        ),
        pytest.param(
            '[aliases]\n"a.b" = "c"\n"a b" = "c"',
            "aliases.a b: `a b` is not an access path such as `requests.Session().get`",
            id="path-as-key",
        ),
        pytest.param(
            '[[client]]\nmethods = ["a.b"]',
            "client[0].methods[0]: `a.b` is not a plain name (`*` stands for any characters)",
            id="name",
        ),
        pytest.param(
            '[[callback]]\nfunctions = ["a.b"]\narguments = "eech:0"',
            "callback[0].arguments: `eech:0` is not `arg:N`, `each:N` or `kw:NAME`; did you mean `each:0`?",
            id="arguments",
        ),
        pytest.param("[[client]", "not TOML: Expected ']]' at the end of an array declaration", id="no-toml"),
    ],
)
def test_an_error_says_where_and_what_was_meant(text: str, message: str) -> None:
    with pytest.raises(CommlintError) as caught:
        read_library(HEAD + text, "rules/libraries/x.toml")
    assert str(caught.value).startswith(f"rules/libraries/x.toml: {message}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("selector", ["", "name", "arg:0", "kw:a_b", "ctor.kw:url|ctor.arg:10|const:GET"])
def test_selectors(selector: str) -> None:
    [client] = read_library(f'{HEAD}[[client]]\nurl = "{selector}"', "x.toml").client
    assert client.url == selector


@pytest.mark.parametrize(
    "selector", ["arg", "arg:x", "arg:-1", "kw:", "kw:a b", "const:", "|", "arg:0|", "names", "x.arg:0"]
)
def test_what_is_no_selector(selector: str) -> None:
    with pytest.raises(CommlintError, match="is not a selector"):
        read_library(f'{HEAD}[[client]]\nurl = "{selector}"', "x.toml")


@pytest.mark.parametrize("path", ["a", "a.b", "a.B().c", "a.b()().c", "a.b()", "*_pb2_grpc.*Stub"])
def test_access_paths(path: str) -> None:
    [client] = read_library(f'{HEAD}[[client]]\nfunctions = ["{path}"]', "x.toml").client
    assert client.functions == (path,)


@pytest.mark.parametrize("path", ["", ".a", "a.", "a..b", "a.()", "a(x)", "a-b.c", "1a", "a b"])
def test_what_is_no_access_path(path: str) -> None:
    with pytest.raises(CommlintError, match="is not an access path"):
        read_library(f'{HEAD}[[client]]\nfunctions = ["{path}"]', "x.toml")


def readme() -> str:
    return (rules_folder() / "libraries" / "README.md").read_text("utf-8")


def test_the_example_of_the_readme_is_a_library() -> None:
    own, *examples = re.findall(r"```toml\n(.*?)```", readme(), re.DOTALL)
    library = read_library("\n".join(examples), "README.md")
    assert library.library == "acme-http"
    assert [table for table in Tables.__struct_fields__ if not getattr(library, table)] == []
    assert msgspec.convert(tomli.loads(own), Tables).client[0].classes == ("acme_http.Client",)


def schema(kind: object) -> Iterator[type[msgspec.Struct]]:
    """A struct of the schema and those inside it."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
        for inner in get_type_hints(kind).values():
            yield from schema(inner)
    for inner in get_args(kind):
        yield from schema(inner)


def test_the_readme_names_every_key() -> None:
    text = readme()
    keys = {key for struct in schema(Library) for key in struct.__struct_fields__}
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", text)] == []
