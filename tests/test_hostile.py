"""Trees that mean no good: every run ends, in little time and memory, and what else is there is reported."""

# ruff: noqa: E501, ISC003, S108 - texts that are hostile are long

from __future__ import annotations

import os
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits, pipes and sockets as POSIX has them")

# A call without a timeout, in a service: whatever lies beside it, it is reported.
APP = """\
import requests
from flask import Flask

app = Flask(__name__)


@app.get("/orders")
def orders():
    return requests.get("http://users:8000/users").json()
"""
SECONDS = 40
MEMORY = 3 * 2**30


def check(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Checks a tree, with bounds on what that may take."""
    command = [sys.executable, "-m", "commlint", "check", str(root), "--no-cache", "--format", "concise", *arguments]

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, preexec_fn=bound)


def survived(root: Path) -> str:
    """What is reported of a tree with `APP` in it, which has to be among that."""
    done = check(root)
    assert done.stderr == ""
    assert done.returncode == 1
    assert "COMM003" not in done.stdout
    assert "orders/app.py:9:21 COMM402" in done.stdout
    return done.stdout


def tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """A tree with `APP` and some files."""
    for path, content in {"orders/app.py": APP, "orders/Dockerfile": "FROM python:3.11\n", **files}.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


# --- manifests and documents ------------------------------------------------------------------------------------------


def laughs(levels: int = 12) -> str:
    """Aliases of aliases of lists: ten to the power of the levels, if it is written out."""
    rows = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]" for i in range(1, levels)]
    return "\n".join(rows) + "\n"


K8S = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: users}\n"
OPENAPI = 'openapi: 3.0.0\ninfo: {title: users, version: "1"}\n'
DOCUMENTS: dict[str, dict[str, str | bytes]] = {
    "compose laughs": {"compose.yaml": f"{laughs()}services:\n  users: {{build: users, environment: *l11}}\n"},
    "compose laughs in keys": {"compose.yaml": f"{laughs()}services: {{users: {{build: users, ports: *l11}}}}\n"},
    "compose with tags": {
        "compose.yaml": "services:\n  users: !!python/object/apply:os.system ['touch owned']\n"
        "  b: {build: !!python/name:os.system , image: !x [1]}\n"
    },
    "compose that extends itself": {
        "compose.yaml": "services: {users: {build: users, extends: {service: users}}, a: {extends: {service: b}}, "
        "b: {extends: {service: a, file: compose.yaml}}}\n"
    },
    "compose that includes itself": {"compose.yaml": "include: [compose.yaml]\nservices: {users: {build: users}}\n"},
    "compose that leads out": {
        "compose.yaml": "services: {users: {build: ../../../../etc, env_file: [../../../etc/passwd, /etc/passwd, "
        "/dev/zero], extends: {file: /dev/zero, service: x}}}\n"
    },
    "compose with long keys": {"compose.yaml": f"services: {{? {'x' * 500_000} : {{build: users}}}}\n"},
    "kubernetes laughs": {"k8s/users.yaml": f"{K8S}{laughs()}spec: {{template: {{spec: {{containers: *l11}}}}}}\n"},
    "kubernetes that holds itself": {"k8s/users.yaml": f"{K8S}spec: &a {{template: *a, spec: *a, containers: [*a]}}\n"},
    "kubernetes list of itself": {
        "k8s/users.yaml": "apiVersion: v1\nkind: List\nitems: &a [{kind: List, items: *a}]\n"
    },
    "kubernetes expansions": {
        "k8s/users.yaml": f"{K8S}spec: {{template: {{spec: {{containers: [{{name: a, image: users, env: ["
        + ", ".join(f"{{name: A{i}, value: '$(A{i + 1})$(A{i + 1})'}}" for i in range(60))
        + "]}]}}}\n"
    },
    "many documents": {"k8s/users.yaml": f"{K8S}---\n" * 5_000},
    "deep yaml in flow": {
        "k8s/users.yaml": f"{K8S}spec: {'{a: ' * 20_000}\n",
        "compose.yaml": "services: " + "[" * 9999,
    },
    "deep yaml in blocks": {
        "compose.yaml": "services:\n" + "".join(f"{' ' * i}a:\n" for i in range(1, 1_200)),
        "k8s/users.yaml": K8S + "- " * 20_000 + "\n",
    },
    "helm that includes itself": {
        "chart/Chart.yaml": "name: users\nversion: 1.0.0\n",
        "chart/values.yaml": laughs(),
        "chart/templates/_x.tpl": '{{ define "a" }}{{ include "a" . }}{{ include "a" . }}{{ end }}\n',
        "chart/templates/d.yaml": f'{K8S}spec: {{{{ include "a" . }}}}\nx: {{{{ .Values.l11 }}}}\n'
        + "{{ if .Values.a }}" * 3_000
        + "{{ range .Values.l11 }}{{ range $.Values.l11 }}{{ range $.Values.l11 }}x: 1\n{{ end }}{{ end }}{{ end }}\n",
    },
    "serverless that refers to itself": {
        "serverless.yml": "service: x\nprovider: {name: aws}\ncustom: {a: '${self:custom.b}${self:custom.b}', "
        "b: '${self:custom.a}${file(serverless.yml):custom.a}'}\nfunctions: {f: {handler: '${self:custom.a}', "
        "environment: {A: '${self:custom.a}'}}}\n",
        "template.yaml": "Transform: AWS::Serverless-2016-10-31\nResources:\n  F: &f\n    Type: AWS::Serverless::Function\n"
        "    Properties: {Handler: !Sub '${F}${F}', CodeUri: !GetAtt F.Arn, Environment: *f}\n",
    },
    "deep json": {"openapi.json": '{"openapi": "3.0.0", "paths": ' + '{"a":' * 100_000, "package.json": "[" * 200_000},
    "deep toml": {
        "pyproject.toml": f"[project]\nname = 'x'\ndependencies = {'[' * 50_000}\n",
        "orders/pyproject.toml": f"[{'.'.join(['a'] * 20_000)}]\nx = 1\n",
        "Pipfile": "x = " + "{a = " * 20_000,
        "poetry.lock": "[[package]]\nname = 1\nversion = []\n",
    },
    "openapi that refers to itself": {
        "users/openapi.yaml": f"{OPENAPI}paths:\n  /users:\n    $ref: '#/paths/~1users'\n    get: {{responses: {{'200': "
        "{content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}}\n"
        "components: {schemas: {A: {$ref: '#/components/schemas/B'}, B: {allOf: [{$ref: '#/components/schemas/A'}, "
        "{$ref: '#/components/schemas/B'}], properties: {a: {$ref: '#/components/schemas/A'}}}}}\n",
        "users/other.yaml": f"{OPENAPI}paths: {{/a: {{$ref: 'other.yaml#/paths/~1a'}}, /b: {{$ref: '../../../etc/passwd'}}, "
        "/c: {$ref: 'http://127.0.0.1:1/x'}}\n",
        "users/laughs.yaml": f"{OPENAPI}{laughs()}paths: {{/a: {{get: *l11}}}}\n",
        "users/ring.yaml": f"{OPENAPI}paths: &p {{/a: &a {{get: *a, parameters: *p}}}}\n",
    },
    "asyncapi that refers to itself": {
        "asyncapi.yaml": "asyncapi: 2.0.0\nchannels: {a: {$ref: '#/channels/a', publish: {message: {$ref: "
        "'#/components/messages/m'}}}}\ncomponents: {messages: {m: {$ref: '#/components/messages/m', payload: "
        "{$ref: '#/components/messages/m/payload'}}}}\n"
    },
    "proto that imports itself": {
        "users/a.proto": 'syntax = "proto3";\nimport "users/a.proto";\nimport "b.proto";\npackage a;\n'
        "message M { M m = 1; }\nservice S { rpc Get (M) returns (M); }\n",
        "users/b.proto": 'import "a.proto";\n' + "message M {" * 5_000,
        "users/c.proto": "\n" * 200_000 + "/*" * 200_000,
        "users/d.proto": "service a {" * 50_000,
    },
    "gateways": {
        "nginx.conf": "http { include nginx.conf; include *.conf; server { location / { proxy_pass $a; set $a $a$a; } "
        + "location ~ ^/((a+)+)+$ { proxy_pass http://users; } " * 200
        + "{" * 20_000,
        "traefik.yml": "http:\n  routers:\n    a: {rule: 'Host(`"
        + "a" * 100_000
        + " \n" * 20_000
        + "', service: users}\n",
    },
    "dockerfile": {
        "users/Dockerfile": "FROM a AS a\nFROM a AS a\nARG A=$A$A\nENV A=${A}${A}\nCMD " + '["' * 50_000 + "\n",
        "users2/Dockerfile": "FROM python\nCOPY " + "-" * 200_000 + "\nRUN <<EOF\n" + "x \\\n" * 50_000,
    },
    "env": {
        ".env": "A=${A}\nB=$B$B\n"
        + "\n".join(f"C{i}=${{C{i - 1}}}${{C{i - 1}}}" for i in range(200))
        + "\nD=${" * 9_999
    },
    "ignore patterns": {".gitignore": "*a*a*a*a*a*a*a*a*a*a*a*a*a*b\n**/**/**/**/**/**/x\n[\n\\\n!\n", "a" * 200: ""},
    "kustomization of itself": {"k/kustomization.yaml": "resources: [., .., ../k, /]\nbases: [.]\n"},
    "skaffold and Procfile": {"skaffold.yaml": laughs(), "Procfile": "web" * 50_000 + "\nweb: " + "a" * 200_000 + "\n"},
    "requirements of themselves": {
        "orders/requirements.txt": "-r requirements.txt\n-r ../orders/requirements.txt\n-r /dev/zero\n-c ../../../etc/passwd\n"
        + f"a{'[' * 50_000}\nrequests{'>=1,' * 20_000}\n"
    },
    "not utf-8": {
        "compose.yaml": b"services: {users: {build: '\xff\xfe'}}\n",
        "k8s/a.yaml": b"apiVersion: v1\nkind: Service\n\x00\x01\xff",
        ".env": b"A=\xff\n",
        "openapi.json": b'\xff\xfe{\0"\0',
        "orders/requirements.txt": b"\xff\xfer\0e\0",
        "users.proto": b"\xff" * 1_000,
        "orders/pyproject.toml": b"[project]\nname = '\xff'\n",
    },
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents(tmp_path: Path, name: str) -> None:
    survived(tree(tmp_path, DOCUMENTS[name]))
    assert not (tmp_path / "owned").exists()
    assert not Path("owned").exists()


# --- code -------------------------------------------------------------------------------------------------------------


def function(body: str) -> str:
    """A service that hands a text to a database."""
    return (
        f"import sqlite3\n\n\ndef read(cursor):\n    cursor.execute({body})\n\n\nread(sqlite3.connect('x').cursor())\n"
    )


CODE: dict[str, dict[str, str | bytes]] = {
    "sql with deep parentheses": {"orders/db.py": function(repr("SELECT " + "(" * 9_000 + "1" + ")" * 9_000))},
    "sql with deep selects": {"orders/db.py": function(repr("SELECT * FROM (" * 1_000 + "SELECT 1" + ")" * 1_000))},
    "sql with deep cases": {"orders/db.py": function(repr("SELECT " + "CASE WHEN a THEN " * 900 + "1" + " END" * 900))},
    "sql of blank lines": {"orders/db.py": function(repr("\n" * 19_000 + "x"))},
    "sql of comments": {"orders/db.py": function(repr("/* */ -- \n" * 1_900 + "x"))},
    "sql of quotes": {"orders/db.py": function(repr("SELECT '" + "''\\'" * 4_000))},
    "sql of blanks after a name": {"orders/db.py": function(repr("SELECT FROM a" + " " * 18_000 + "!"))},
    "very long sql": {"orders/db.py": function(repr("SELECT * FROM a WHERE b IN (" + "1, " * 500_000 + "1)"))},
    "cypher": {"orders/db.py": function(repr("MATCH (" + "a" * 9_000 + ":" * 9_000))},
    "cypher of holes": {"orders/db.py": function(repr("MATCH (" + "{a}" * 6_000))},
    "cypher of labels": {"orders/db.py": function(repr("MATCH (a:" + "b" * 15_000 + "\x00"))},
    "urls": {
        "orders/urls.py": "import requests\n"
        + "\n".join(
            f"requests.get({text!r}, timeout=1)"
            for text in (
                "http://" + "a." * 20_000,
                "http://" + "{" * 9_000,
                "http://[" * 9_000,
                "://" * 9_000,
                "\x1b[31m",
            )
        )
    },
    "routes": {
        "orders/routes.py": "from flask import Flask\nfrom django.urls import re_path\napp = Flask(__name__)\n"
        + f"app.add_url_rule('/{'<a>' * 5_000}', 'a', print)\nurlpatterns = [re_path({'(' * 5_000 + ')' * 5_000!r}, print), "
        + f"re_path({'(a+)+' * 2_000!r}, print), re_path('[', print)]\n"
    },
    "texts that double": {
        "orders/double.py": "import requests\na0 = 'x' * 10\n"
        + "\n".join(f"a{i} = a{i - 1} + a{i - 1}" for i in range(1, 60))
        + "\nrequests.get(a59, timeout=1)\nb = '%s%s' % (a59, a59)\nrequests.get(f'{b}{b}' * 10**9, timeout=1)\n"
    },
    "calls that double": {
        "orders/calls.py": "import requests\n\n\ndef f0(u):\n    requests.get(u)\n\n\n"
        + "".join(f"def f{i}(u):\n    f{i - 1}(u + 'a')\n    f{i - 1}(u + 'b')\n\n\n" for i in range(1, 40))
        + "f39('http://users/')\n"
    },
    "classes in a ring": {
        "orders/ring.py": "from orders.ring import *\nimport orders.ring as r\n\n\nclass A(B):\n    x = r.A().x\n\n\n"
        "class B(A, A, A.B, r.B):\n    def get(self): return super().get()\n\n\nA = A\nA.get = B.get = A\n"
    },
    "decorators in a ring": {
        "orders/dec.py": "def d(f):\n    return d(f)\n\n\n@d\n@d(d)\ndef g():\n    return g()()()\n\n\n"
        "h = lambda x: h(h)\nx = x = [x]\ny = {**y}\nx.x = x\n"
    },
    "not utf-8 under a mark": {"orders/a.py": b"\xef\xbb\xbf# commlint: ignore\nx = '\xff'\n"},
    "a large literal": {"orders/a.py": "X = [" + "1, " * 100_000 + "]\n"},
    "one long line": {"orders/a.py": "x = '" + "a" * 5_000_000 + "'\n"},
}


@pytest.mark.parametrize("name", CODE)
def test_code(tmp_path: Path, name: str) -> None:
    survived(tree(tmp_path, CODE[name]))


# --- trees ------------------------------------------------------------------------------------------------------------


def _bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


NAMES = ("a.py", "Dockerfile", ".gitignore", "compose.yaml", "x.sql", ".env", "users.commlint", "openapi.json")
FOLDERS = ("orders", "orders/migrations", ".git/info", "orders/alembic/versions")
ODD: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "link to itself": lambda path: path.symlink_to(path.name),
    "link to an endless device": lambda path: path.symlink_to("/dev/zero"),
    "link out": lambda path: path.symlink_to("/etc/passwd"),
    "link to the folder": lambda path: path.symlink_to("."),
    "folder": Path.mkdir,
}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_file_under_every_name(tmp_path: Path, kind: str) -> None:
    tree(tmp_path, {})
    for folder in FOLDERS:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            if not (tmp_path / folder / name).exists():
                ODD[kind](tmp_path / folder / name)
    survived(tmp_path)


@pytest.mark.parametrize("name", ["config", "HEAD", "packed-refs"])
def test_pipes_in_the_folder_of_git(tmp_path: Path, name: str) -> None:
    tree(tmp_path, {".git/refs/heads/main": ""})
    os.mkfifo(tmp_path / ".git" / name)
    survived(tmp_path)
    command = [sys.executable, "-m", "commlint", "summarize", str(tmp_path), "--output", str(tmp_path / "x.commlint")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert "Traceback" not in done.stderr


def test_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, {"orders/migrations/0001.py": ""})
    monkeypatch.chdir(tmp_path)
    for name in ("a.py", ".env", "orders/a.py", "orders/migrations/a.sql"):
        _bind(Path(name))
    survived(tmp_path)


def test_names(tmp_path: Path) -> None:
    signs = [
        "\n",
        "\r",
        "\t",
        "\x1b[31m",
        "\u202e",
        "\u2028",
        "{",
        "%s",
        "*",
        "[",
        "\\",
        "'",
        '"',
        "`",
        "<b>",
        "$(touch owned)",
    ]
    files: dict[str, str | bytes] = {f"a{sign}b/c{sign}d.py": APP for sign in signs}
    files |= {f"a{sign}b/Dockerfile": "FROM python\n" for sign in signs} | {
        f"a{sign}b/compose.yaml": "x: [" for sign in signs
    }
    tree(tmp_path, files)
    folder = os.fsencode(tmp_path) + b"/bad\xff"
    for inner in (folder, folder + b"/migrations", folder + b"/tests"):
        os.mkdir(inner)  # noqa: PTH102 - the name is bytes
        for name in (b"/\xfe.py", b"/\xfe.sql", b"/compose.yaml", b"/Dockerfile"):
            Path(os.fsdecode(inner + name)).write_text("x: [\n")
    said = survived(tmp_path)
    assert not set("\r\x1b\u202e\u2028") & set(said)
    places = [line for line in said.splitlines() if "COMM402" in line]
    assert len(places) == len(signs) + 1


def test_long_paths(tmp_path: Path) -> None:
    long = "/".join(["d" * 60] * 5)
    tree(tmp_path, {f"{long}/{'f' * 250}.py": APP, f"{long}/Dockerfile": "FROM python\n"})
    assert f"{'f' * 250}.py:9:21 COMM402" in survived(tmp_path)


def test_folders_beyond_the_longest_path(tmp_path: Path) -> None:
    tree(tmp_path, {})
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(30):
            os.mkdir("d" * 200, dir_fd=here)
            inner = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
        os.close(os.open("a.py", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    finally:
        os.close(here)
    try:
        assert "COMM001" in survived(tmp_path)
    finally:
        shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tmp_path: Path) -> None:
    tree(tmp_path, {"orders/b.py": "", "closed/a.py": "", "compose.yaml": "services: {}\n"})
    closed = [tmp_path / "orders" / "b.py", tmp_path / "closed", tmp_path / "compose.yaml"]
    for path in closed:
        path.chmod(0)
    try:
        assert survived(tmp_path).count("Permission denied") == len(closed)
    finally:
        for path in closed:
            path.chmod(0o700)


def test_the_root_of_a_file_system_may_be_the_root() -> None:
    """The same joins of paths as for `/`: device files and pseudo files are no files of a tree."""
    if not Path("/dev/shm").is_dir() or not Path("/proc/self/fdinfo").is_dir():
        pytest.skip("no such folders here")
    for folder in ("/dev/shm/..", "/proc/self/fdinfo"):
        done = check(Path(folder))
        assert "Traceback" not in done.stderr
        assert done.returncode in (0, 1)
