"""What docker-compose and `.env` files give services."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commlint.config import Config
from commlint.workspace import Workspace, read
from commlint.workspace.variables import interpolate, parse


def compose(root: Path, text: str, **files: str) -> Workspace:
    (root / "web").mkdir(parents=True, exist_ok=True)
    (root / "web" / "main.py").write_text("")
    (root / "docker-compose.yml").write_text(dedent(text), encoding="utf-8")
    for name, content in files.items():
        (root / name.replace("__", "/").replace("env", ".env")).write_text(dedent(content), encoding="utf-8")
    return read(Config(root=root))


def given_to_app(root: Path, text: str, **files: str) -> Mapping[str, str]:
    return compose(root, text, **files).settings.get("web", {})


def test_environment_as_list_and_mapping(tmp_path: Path) -> None:
    text = """
        services:
          app:
            build: web
            environment: [A=1, "B=x=y", "C=", D]
    """
    assert given_to_app(tmp_path, text) == {"A": "1", "B": "x=y", "C": ""}
    text = """
        services:
          app:
            build: web
            environment: {DEBUG: true, PORT: 8000, TIME: 22:22, EMPTY: "", UNSET: }
    """
    assert given_to_app(tmp_path, text) == {"DEBUG": "true", "PORT": "8000", "TIME": "22:22", "EMPTY": ""}


def test_defaults_and_the_env_file_beside_the_manifest(tmp_path: Path) -> None:
    text = """
        services:
          app:
            build: web
            ports: ["${PORT:-8000}:80"]
            environment:
              URL: http://${HOST:-users}:${PORT}
              KNOWN: ${HOST}
              UNKNOWN: ${NOBODY}
              PRICE: $$5
              PASSED:
    """
    workspace = compose(tmp_path, text, env="PORT=9000\nPASSED=on\n")
    assert workspace.settings["web"] == {"URL": "http://users:9000", "PRICE": "$5", "PASSED": "on"}
    assert "localhost:9000" in workspace.services[0].hosts


def test_env_files_and_what_goes_before_what(tmp_path: Path) -> None:
    text = """
        services:
          app:
            build: web
            env_file: [web/.env.web, {path: web/.env.none, required: false}]
            environment: {C: compose}
    """
    found = given_to_app(
        tmp_path, text, web__env="A=own\nB=own\nC=own\n", **{"web__env.web": "B=file\nC=file\nexport D='x # y' # z\n"}
    )
    assert found == {"A": "own", "B": "file", "C": "compose", "D": "x # y"}


def test_anchors_merge_keys_and_extends(tmp_path: Path) -> None:
    text = """
        x-env: &env {A: 1, B: 2}
        x-base: &base
          build: web
          environment: {<<: *env, B: 3}
        services:
          base: {image: x, environment: [E=5, C=old]}
          app: {<<: *base}
          app2:
            extends: {service: base}
            build: web
            environment: {C: new}
          loop: {extends: loop}
          far: {extends: {file: other.yml, service: x}}
    """
    assert given_to_app(tmp_path, text) == {"A": "1", "B": "3", "C": "new", "E": "5"}


def test_extends_from_another_file(tmp_path: Path) -> None:
    base = """
        services:
          base: {extends: {service: deeper}, build: ../web, environment: [A=base, B=base], env_file: x.env}
          deeper: {environment: {D: deeper}, image: x}
    """
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "common.yml").write_text(dedent(base))
    (tmp_path / "shared" / "x.env").write_text("E=file\n")
    text = """
        services:
          app:
            extends: {file: shared/common.yml, service: base}
            environment: {A: own}
    """
    workspace = compose(tmp_path, text)
    assert workspace.settings["web"] == {"A": "own", "B": "base", "D": "deeper", "E": "file"}
    assert workspace.origins["web"]["D"].file == "shared/common.yml"


def test_the_override_beside_a_file(tmp_path: Path) -> None:
    override = "services: {app: {ports: ['1:2'], environment: {A: over}}, more: {image: x}}\n"
    (tmp_path / "docker-compose.override.yml").write_text(override)
    workspace = compose(tmp_path, "services: {app: {build: web, environment: {A: base, B: base}}}\n")
    assert workspace.settings["web"] == {"A": "over", "B": "base"}
    assert workspace.services[0].hosts == ("app", "app:2", "localhost:1", "127.0.0.1:1")
    assert workspace.services[0].reasons == ("built by docker-compose.yml as `app` (context web)",)


def test_included_files_and_files_of_other_names(tmp_path: Path) -> None:
    for name, port in (("first", 1), ("second", 2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.py").write_text("")
        text = f"services:\n  {name}:\n    build: {name}\n    ports: ['{port}:80']\n"
        (tmp_path / f"{name}.yml").write_text(text)
    (tmp_path / "ci.yml").write_text("jobs:\n  services:\n    x: {build: first}\n")
    workspace = compose(tmp_path, "include: [{path: first.yml}]\nservices: {app: {build: web}}\n")
    assert [service.name for service in workspace.services] == ["first", "second", "app"]


def test_links_and_names_that_are_put_together_at_run_time(tmp_path: Path) -> None:
    text = """
        services:
          app: {build: web, hostname: "{{.Node.Hostname}}", container_name: "app-${NOBODY}", links: ["db:store"]}
          db: {image: postgres, links: ["app:people", "app"]}
    """
    assert compose(tmp_path, text).services[0].hosts == ("app", "people")


def test_the_network_of_the_host(tmp_path: Path) -> None:
    text = """
        services:
          app: {build: web, network_mode: host, command: uvicorn main:app --port 8077}
    """
    assert "localhost:8077" in compose(tmp_path, text).services[0].hosts


def test_templates_are_no_errors(tmp_path: Path) -> None:
    assert compose(tmp_path, "services:\n  {% if x %}\n  a: [\n").unreadable == ()


def test_where_variables_stand(tmp_path: Path) -> None:
    text = """
        x-env: &env
          SHARED: one
        services:
          app:
            build: web
            environment:
              <<: *env
              OWN: "${UNSET:-two}"
              PASSED:
          other:
            extends: app
            environment:
              - LISTED=three
    """
    workspace = compose(tmp_path, text, env="PASSED=1\n", web__env="OTHER=4\n")
    assert {name: (place.file, place.line) for name, place in workspace.origins["web"].items()} == {
        "SHARED": ("docker-compose.yml", 3),
        "OWN": ("docker-compose.yml", 9),
        "PASSED": ("docker-compose.yml", 10),
        "LISTED": ("docker-compose.yml", 14),
        "OTHER": ("web/.env", 1),
    }


def test_unknown_tags_do_not_matter(tmp_path: Path) -> None:
    text = """
        services:
          app:
            build: web
            ports: !reset []
            environment: !override {A: !Sub "x", B: !!python/object:os.system {a: 1}, ? [1, 2] : c}
    """
    workspace = compose(tmp_path, text)
    assert workspace.unreadable == ()
    assert workspace.settings["web"] == {"A": "x"}


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("services:\n  a: [1\n  b: 2\n", 3, 4, "expected ',' or ']'"),
        ("services:\n\ta: 1\n", 2, 1, "cannot start any token"),
        ("services: {a: *nobody}\n", 1, 15, "undefined alias"),
        ("a: 1\nb: \x01\n", 2, 4, "allowed"),
    ],
)
def test_broken_yaml_is_told_with_its_place(tmp_path: Path, text: str, line: int, column: int, reason: str) -> None:
    workspace = compose(tmp_path, text)
    (unreadable,) = workspace.unreadable
    assert (unreadable.path, unreadable.line, unreadable.column) == ("docker-compose.yml", line, column)
    assert reason in unreadable.reason
    assert "\n" not in unreadable.reason
    assert len(workspace.services) == 1


def test_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "compose.yml").write_bytes(b"services:\n  \xff: 1\n")
    (unreadable,) = read(Config(root=tmp_path)).unreadable
    assert (unreadable.path, unreadable.line, unreadable.column) == ("compose.yml", 2, 3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just text\n",
        "- a\n- b\n",
        "services: [a]\n",
        "services: {a: b}\n",
        "services: {a: {build: [1], ports: 5, environment: 7, networks: [x], command: {}, env_file: 3, expose: {}}}\n",
        "services: {a: {ports: [[], {}, x, '1-2-3'], environment: [[], {}], env_file: [[]], build: {context: []}}}\n",
        "on: push\njobs: {}\n",
    ],
)
def test_what_is_no_compose_file_is_ignored(tmp_path: Path, text: str) -> None:
    workspace = compose(tmp_path, text)
    assert workspace.unreadable == ()
    assert [service.root for service in workspace.services] == ["."]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        "a: &a {x: 1}\n"
        + "".join(f"b{i}: &b{i} {{<<: [{', '.join([f'*b{i - 1}'] * 9) if i else '*a'}]}}\n" for i in range(12)),
        "services: &a {b: *a, c: {environment: *a, build: web, <<: *a}}\n",
    ],
    ids=["deep", "bomb", "recursive"],
)
def test_hostile_yaml_ends(tmp_path: Path, text: str) -> None:
    assert [service.root for service in compose(tmp_path, text).services] in (["."], ["web"])


@pytest.mark.parametrize(
    "name",
    [
        "compose.yaml",
        "docker-compose.yml",
        "docker-compose.prod.yaml",
        "compose.dev.yml",
        "users-compose.yaml",
        "compose/x.yml",
    ],
)
def test_names_of_compose_files(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "main.py").write_text("")
    file.write_text(
        "services: {people: {build: web}}\n" if file.parent == tmp_path else "services: {people: {build: ../web}}\n"
    )
    assert [service.name for service in read(Config(root=tmp_path)).services] == ["people"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1", {"A": "1"}),
        ("export A = 1 # one", {"A": "1"}),
        ("A='$B # c' # d", {"A": "$B # c"}),
        ('A="x\\"y\\n" # d', {"A": 'x"y\n'}),
        ("A=1\nB=${A}2\nC=$A", {"A": "1", "B": "12", "C": "1"}),
        ("A=", {"A": ""}),
        ("A=a#b", {"A": "a#b"}),
        ("# A=1\n\nnonsense\n=1\n1A=2", {}),
        ("URL=${NOBODY}/x", {}),
    ],
)
def test_env_syntax(text: str, expected: dict[str, str]) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A", "1"),
        ("${A}", "1"),
        ("${E:-x}", "x"),
        ("${E-x}", ""),
        ("${N:-x}", "x"),
        ("${N-x}", "x"),
        ("${N:-${A}}", "1"),
        ("${N:-http://h:80}/p", "http://h:80/p"),
        ("${A:+y}", "y"),
        ("${N:+y}", ""),
        ("${N:?tell}", None),
        ("${N}", None),
        ("$$A", "$A"),
        ("a $ b ${", "a $ b ${"),
    ],
)
def test_interpolation(text: str, expected: str | None) -> None:
    assert interpolate(text, {"A": "1", "E": ""}) == expected


@given(st.text())
def test_any_text_can_be_a_value(text: str) -> None:
    assert interpolate(text.replace("$", "$$"), {}) == text
    parse(text)
