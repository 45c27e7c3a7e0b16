"""One thing that is known of a library for each kind of table: what rules will ask, asked of the loaded models."""

from __future__ import annotations

import pytest

from commlint.catalogue import load_libraries
from commlint.catalogue.models import Parser, Tables
from commlint.catalogue.notation import Case

LIBRARIES = {library.library: library for library in load_libraries()}


def test_client() -> None:
    first, *_ = LIBRARIES["httpx"].client
    assert (first.default_timeout, first.mode, first.verb) == (5, "sync", "name")
    [pooled] = [client for client in LIBRARIES["urllib3"].client if "urllib3.PoolManager" in client.classes]
    assert pooled.default_timeout is None
    retries = {client.versions: client.retries for client in LIBRARIES["boto3"].client}
    assert retries == {">=1.44": 2, "<1.44": 4}


def test_guard() -> None:
    breakers = [guard for guard in LIBRARIES["circuitbreaker"].guard if "breaker" in guard.gives]
    assert "circuitbreaker.circuit" in {path for guard in breakers for path in guard.decorators}
    assert not any(guard.contexts or guard.calls for guard in breakers)
    assert not any(guard.on_async for guard in LIBRARIES["pybreaker"].guard if guard.decorators)
    assert {guard.tries for guard in LIBRARIES["tenacity"].guard if guard.decorators} == {float("inf")}


def test_guard_config() -> None:
    given = {config.kind: config.gives for config in LIBRARIES["istio"].guard_config}
    assert given["VirtualService"]["spec.http[].timeout"] == "timeout"
    assert given["DestinationRule"]["spec.trafficPolicy.outlierDetection"] == "breaker"


def test_entry() -> None:
    views = [entry for entry in LIBRARIES["djangorestframework"].entry if "retrieve" in entry.actions]
    assert views
    assert views[0].actions["retrieve"].split()[0] == "GET"
    [events] = [e for e in LIBRARIES["nameko"].entry if "nameko.events.event_handler" in e.decorators]
    assert (events.kind, events.publisher, events.path) == (
        "consumer",
        "arg:0|kw:source_service",
        "arg:1|kw:event_type",
    )


def test_router_and_mount() -> None:
    [blueprint] = [router for router in LIBRARIES["flask"].router if "flask.Blueprint" in router.classes]
    assert blueprint.prefix.startswith("kw:url_prefix")
    replaces = {
        path: mount.replaces
        for name in ("flask", "fastapi")
        for mount in LIBRARIES[name].mount
        for path in mount.functions
    }
    assert replaces["flask.Flask().register_blueprint"]
    assert not replaces["fastapi.FastAPI().include_router"]


def test_contract() -> None:
    files = {contract.kind: contract.files for contract in LIBRARIES["openapi"].contract}
    assert "openapi.yaml" in files["openapi"]
    assert "*.proto" in files["proto"]


def test_responses_and_injection() -> None:
    assert "flask.abort" in {path for responses in LIBRARIES["flask"].responses for path in responses.raising}
    assert "fastapi.Depends" in {path for injection in LIBRARIES["fastapi"].injection for path in injection.markers}


def test_callback_and_passing() -> None:
    [mapped] = [c for c in LIBRARIES["python"].callback if "builtins.map" in c.functions]
    assert mapped.per_element
    assert "builtins.list" in {path for passing in LIBRARIES["python"].passing for path in passing.functions}


def parser(library: str, path: str, versions: str = "") -> Parser:
    found = [
        parser
        for parser in LIBRARIES[library].parser
        if path in (*parser.bases, *parser.functions, *parser.makers) and parser.versions == versions
    ]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("library", "path", "versions", "unknown"),
    [
        ("marshmallow", "marshmallow.Schema", ">=3", "reject"),
        ("marshmallow", "marshmallow.Schema", "<3", "ignore"),
        ("pydantic", "pydantic.BaseModel", ">=2", "ignore"),
        ("voluptuous", "voluptuous.Schema", "", "reject"),
        ("dacite", "dacite.from_dict", "", "ignore"),
        ("protobuf", "google.protobuf.json_format.ParseDict", "", "reject"),
    ],
)
def test_parser(library: str, path: str, versions: str, unknown: str) -> None:
    assert parser(library, path, versions).unknown == unknown


def test_options_of_a_parser() -> None:
    options = {(o.at, o.values): o.unknown for o in parser("pydantic", "pydantic.BaseModel", ">=2").options}
    assert options["class.attr:model_config.key:extra", ("forbid",)] == "reject"
    assert not any("strict" in at for at, _ in options)


def test_table() -> None:
    model = next(table for table in LIBRARIES["django"].table if "django.db.models.Model" in table.bases)
    assert (model.evidence, model.default_name) == ("model", "app_lower")
    assert Case(at="class.attr:Meta.attr:managed", values=("False",)) in model.unowned
    assert any(table.evidence == "migration" for table in LIBRARIES["alembic"].table)


def test_query_and_sql() -> None:
    reads = [q for q in LIBRARIES["django"].query if q.op == "read" and "objects" in q.managers]
    assert any("filter" in query.methods and query.builds for query in reads)
    assert any(query.prefix for query in LIBRARIES["redis"].query)
    assert {sql.sql for sql in LIBRARIES["psycopg2"].sql if "execute" in sql.methods} == {"arg:0|kw:query"}


def test_database() -> None:
    limits = {(d.versions, d.default_timeout) for d in LIBRARIES["redis"].database if "redis.Redis" in d.functions}
    assert limits == {(">=8", 5.0), ("<8", None)}


def test_publisher() -> None:
    [task] = [p for p in LIBRARIES["celery"].publisher if "celery.shared_task" in p.tasks]
    assert task.delivery == "task"
    assert {"delay", "apply_async"} <= set(task.methods)
    assert "apply" in task.inline
    assert "s" in task.builds
    assert {publisher.delivery for publisher in LIBRARIES["blinker"].publisher} == {"local"}
    [events] = [p for p in LIBRARIES["boto3"].publisher if "put_events" in p.methods]
    assert events.event == "kw:Entries.each.key:DetailType"


def test_subscription() -> None:
    [made] = [s for s in LIBRARIES["kafka-python"].subscription if "kafka.KafkaConsumer" in s.functions]
    assert (made.topic, made.group) == ("arg:*", "kw:group_id")


def test_settings() -> None:
    [environment] = [s for s in LIBRARIES["python"].settings if "os.getenv" in s.functions]
    assert (environment.environment, environment.mappings) == (True, ("os.environ",))


def test_every_kind_is_used_by_some_library() -> None:
    used = {table for library in LIBRARIES.values() for table in Tables.__struct_fields__ if getattr(library, table)}
    assert used == set(Tables.__struct_fields__)
