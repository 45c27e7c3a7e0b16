"""Which services are found, why, and under which names."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commlint.config import Config
from commlint.finding import Service
from commlint.workspace import Workspace, read

FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"


def tree(root: Path, files: dict[str, str]) -> Workspace:
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text), encoding="utf-8")
    return read(Config(root=root))


def roots(workspace: Workspace) -> dict[str, str]:
    return {service.name: service.root for service in workspace.services}


def one(workspace: Workspace, name: str) -> Service:
    return next(service for service in workspace.services if service.name == name)


class TestLayout:
    def test_a_dockerfile_beside_python(self, tmp_path: Path) -> None:
        workspace = tree(
            tmp_path, {"src/users/Dockerfile": "", "src/users/app.py": "", "ui/Dockerfile": "", "ui/a.ts": ""}
        )
        assert roots(workspace) == {"users": "src/users"}
        assert one(workspace, "users").reasons == ("holds a Dockerfile",)
        assert one(workspace, "users").hosts == ("users",)

    @pytest.mark.parametrize("name", ["Dockerfile.dev", "prod.Dockerfile", "Containerfile"])
    def test_a_dockerfile_of_another_name(self, tmp_path: Path, name: str) -> None:
        workspace = tree(tmp_path, {f"users/{name}": "", "users/app.py": "", "lib/code.py": ""})
        assert one(workspace, "users").reasons == (f"holds a Dockerfile ({name})",)

    def test_manage_py(self, tmp_path: Path) -> None:
        workspace = tree(
            tmp_path, {"backend/a/manage.py": "", "backend/b/manage.py": "", "backend/requirements.txt": ""}
        )
        assert roots(workspace) == {"a": "backend/a", "b": "backend/b"}
        assert one(workspace, "a").reasons == ("holds manage.py",)

    @pytest.mark.parametrize("project", ["pyproject.toml", "setup.py", "requirements.txt", "requirements-prod.txt"])
    def test_a_project_with_an_app(self, tmp_path: Path, project: str) -> None:
        files = {f"{name}/{project}": "" for name in ("users", "orders", "common")}
        files |= {"users/users/main.py": FLASK, "orders/app.py": FLASK, "common/common/http.py": "x = 1\n"}
        assert roots(tree(tmp_path, files)) == {"users": "users", "orders": "orders"}

    def test_single_files_with_ports(self, tmp_path: Path) -> None:
        files = {
            f"services/{name}.py": FLASK + f"\nif __name__ == '__main__':\n    app.run(port={port}, debug=True)\n"
            for name, port in (("users", 5000), ("movies", 5001))
        }
        workspace = tree(tmp_path, files | {"services/__init__.py": "", "setup.py": ""})
        assert roots(workspace) == {"users": "services/users.py", "movies": "services/movies.py"}
        movies = one(workspace, "movies")
        assert movies.reasons == ("creates a Flask app and runs it on port 5001",)
        assert movies.hosts == ("movies", "localhost:5001", "127.0.0.1:5001")
        assert workspace.service_of("services/movies.py") == movies
        assert workspace.service_of("services/__init__.py") is None

    def test_folders_that_only_their_app_shows(self, tmp_path: Path) -> None:
        files = {"users/main.py": FLASK, "users/db.py": "", "orders/src/main.py": FLASK, "shared/http.py": ""}
        assert roots(tree(tmp_path, files)) == {"users": "users", "orders": "orders"}

    def test_a_script_with_an_app_beside_a_service(self, tmp_path: Path) -> None:
        files = {
            "requirements.txt": "",
            "app/main.py": FLASK,
            "scripts/mock.py": FLASK + "app.run(port=9000)\n",
            "scripts/seed.py": "",
        }
        workspace = tree(tmp_path, files)
        assert {service.root for service in workspace.services} == {".", "scripts/mock.py"}
        served = workspace.service_of("scripts/seed.py")
        assert served is not None
        assert served.root == "."

    def test_an_example_in_documentation_is_no_app(self, tmp_path: Path) -> None:
        text = '"""Helpers.\n\n    app = Flask(__name__)\n"""\nfrom flask import Flask\n\ndef wrap(app: Flask): ...\n'
        files = {"libs/web/pyproject.toml": "", "libs/web/web.py": text, "users/Dockerfile": "", "users/app.py": FLASK}
        assert roots(tree(tmp_path, files)) == {"users": "users"}

    def test_serverless_functions_of_one_template_are_one_service(self, tmp_path: Path) -> None:
        sam = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: !Sub src/a\n"
        files = {
            "orders/template.yaml": sam,
            "orders/src/create/main.py": "",
            "orders/src/create/requirements.txt": "",
            "orders/src/read/main.py": "",
            "users/serverless.yml": "service: users\nfunctions:\n  hello: {}\n",
            "users/handler.py": "",
            "pipeline/template.yaml": "Resources:\n  R:\n    Type: AWS::IAM::Role\n",
            "pipeline/tool.py": "",
        }
        workspace = tree(tmp_path, files)
        assert roots(workspace) == {"orders": "orders", "users": "users"}
        assert one(workspace, "orders").reasons == ("template.yaml declares its functions",)

    def test_repositories_side_by_side(self, tmp_path: Path) -> None:
        files: dict[str, str] = {}
        for name in ("users-api", "orders-api"):
            files |= {
                f"{name}/docker/{name}/Dockerfile": "",
                f"{name}/src/app.py": FLASK,
                f"{name}/src/requirements.txt": "",
                f"{name}/scripts/load.py": "",
            }
        assert roots(tree(tmp_path, files)) == {"users-api": "users-api", "orders-api": "orders-api"}

    def test_the_whole_root_where_nothing_else_shows(self, tmp_path: Path) -> None:
        workspace = tree(tmp_path / "shop", {"a.py": "", "b/c.py": ""})
        assert roots(workspace) == {"shop": "."}
        assert one(workspace, "shop").reasons == ("holds all Python files, and nothing shows a smaller unit",)

    def test_no_python_no_service(self, tmp_path: Path) -> None:
        assert tree(tmp_path, {"Dockerfile": "", "main.go": ""}).services == ()


class TestFoldersInFolders:
    def test_a_second_dockerfile_does_not_split(self, tmp_path: Path) -> None:
        files = {
            "users/Dockerfile": "",
            "users/app.py": FLASK,
            "users/worker/Dockerfile": "",
            "users/worker/jobs.py": "",
        }
        assert roots(tree(tmp_path, files)) == {"users": "users"}

    def test_a_docker_folder_ships_the_folder_above(self, tmp_path: Path) -> None:
        files = {"users/docker/Dockerfile": "", "users/docker/wait.py": "", "users/users/app.py": FLASK, "lib/a.py": ""}
        assert roots(tree(tmp_path, files)) == {"users": "users"}

    def test_a_base_image_is_no_service(self, tmp_path: Path) -> None:
        files = {"Dockerfile": "", "setup.py": "", "common/http.py": ""}
        for name in ("a", "b"):
            files |= {f"{name}/Dockerfile": "", f"{name}/setup.py": "", f"{name}/{name}/service.py": ""}
        assert roots(tree(tmp_path, files)) == {"a": "a", "b": "b"}

    def test_a_dockerfile_around_one_django_project_is_that_projects(self, tmp_path: Path) -> None:
        files = {"Dockerfile": "", "web/manage.py": "", "web/shop/views.py": "", "load/data.py": ""}
        workspace = tree(tmp_path / "shop", files)
        assert roots(workspace) == {"shop": "."}
        assert workspace.services[0].reasons == ("holds a Dockerfile", "holds manage.py")

    def test_the_deeper_wins_for_its_files(self, tmp_path: Path) -> None:
        files = {
            "Dockerfile": "",
            "app.py": FLASK,
            "tools/mock/Dockerfile": "",
            "tools/mock/app.py": FLASK,
            "tools/mock/x/y.py": "",
            "tools/mocking.py": "",
        }
        workspace = tree(tmp_path / "shop", files)
        assert roots(workspace) == {"shop": ".", "mock": "tools/mock"}
        assert workspace.service_of("tools/mock/x/y.py") == one(workspace, "mock")
        assert workspace.service_of("tools/mocking.py") == one(workspace, "shop")

    def test_a_source_folder_stands_for_the_folder_around_it(self, tmp_path: Path) -> None:
        files = {
            "users/src/Dockerfile": "",
            "users/src/app.py": "",
            "users/jobs/run.py": "",
            "x/src/Dockerfile": "",
            "x/src/a.py": "",
        }
        assert roots(tree(tmp_path, files)) == {"users": "users", "x": "x"}

    def test_copies_are_separate_and_told_apart(self, tmp_path: Path) -> None:
        files: dict[str, str] = {}
        for chapter in ("Chapter06", "Chapter11"):
            files |= {f"{chapter}/users/Dockerfile": "", f"{chapter}/users/app.py": ""}
        files |= {"Chapter11/orders/Dockerfile": "", "Chapter11/orders/app.py": ""}
        assert roots(tree(tmp_path, files)) == {
            "Chapter06/users": "Chapter06/users",
            "Chapter11/users": "Chapter11/users",
            "orders": "Chapter11/orders",
        }

    def test_names_stay_unique_whatever_the_folders(self, tmp_path: Path) -> None:
        files = {f"{path}/Dockerfile": "" for path in ("x", "a/x", "a/a/x", "b/a/x")}
        files |= {f"{path}/app.py": FLASK for path in ("x", "a/x", "a/a/x", "b/a/x")}
        workspace = tree(tmp_path, files)
        assert len(roots(workspace)) == len(workspace.services) == 4


class TestCompose:
    def test_build_names_and_ports(self, tmp_path: Path) -> None:
        workspace = tree(
            tmp_path,
            {
                "docker-compose.yml": """
                    services:
                      users:
                        build: ./services/users-api
                        container_name: shop-users
                        ports: ["8001:8000", "127.0.0.1:9001:9000/tcp"]
                        networks:
                          default: {aliases: [people]}
                      orders:
                        build: {context: ., dockerfile: services/orders-api/Dockerfile}
                        ports: [{target: 80, published: 8002}]
                        expose: ["81"]
                      db: {image: postgres, ports: ["5432:5432"]}
                """,
                "services/users-api/app.py": "",
                "services/users-api/Dockerfile": "",
                "services/orders-api/app.py": "",
                "services/orders-api/Dockerfile": "",
                "libs/common.py": "",
            },
        )
        assert roots(workspace) == {"users": "services/users-api", "orders": "services/orders-api"}
        users = one(workspace, "users")
        assert users.reasons[0] == "built by docker-compose.yml as `users` (context services/users-api)"
        assert set(users.hosts) == {
            *("users", "users:8000", "users:9000", "shop-users", "shop-users:8000", "shop-users:9000"),
            *(
                "people",
                "people:8000",
                "people:9000",
                "localhost:8001",
                "127.0.0.1:8001",
                "localhost:9001",
                "127.0.0.1:9001",
            ),
        }
        assert {"orders:80", "orders:81", "localhost:8002"} <= set(one(workspace, "orders").hosts)
        assert workspace.service_of("libs/common.py") is None

    def test_web_and_worker_of_the_same_code_are_one_service(self, tmp_path: Path) -> None:
        workspace = tree(
            tmp_path,
            {
                "compose.yaml": """
                    services:
                      worker: {build: users, command: celery, environment: {ROLE: worker, ONLY: w}}
                      web: {build: users, ports: ["80:80"], environment: {ROLE: web}}
                """,
                "users/app.py": "",
            },
        )
        assert roots(workspace) == {"web": "users"}
        assert {"web", "worker"} <= set(one(workspace, "web").hosts)
        assert workspace.settings == {"users": {"ROLE": "web", "ONLY": "w"}}

    def test_run_by_image_or_name_without_being_built(self, tmp_path: Path) -> None:
        workspace = tree(
            tmp_path,
            {
                "docker-compose.build.yml": "services: {u: {build: users, image: 'reg/shop-users:1'}}\n",
                "docker-compose.yml": """
                    services:
                      people: {image: "${REG:-x}/shop-users:2", ports: ["1:2"]}
                      orders: {image: "shop/any", ports: ["3:4"]}
                """,
                "users/app.py": "",
                "orders/Dockerfile": "",
                "orders/app.py": "",
            },
        )
        assert {"people:2", "localhost:1"} <= set(one(workspace, "u").hosts)
        assert one(workspace, "orders").reasons == ("run by docker-compose.yml as `orders`", "holds a Dockerfile")

    def test_collected_in_a_folder_and_started_from_above(self, tmp_path: Path) -> None:
        workspace = tree(
            tmp_path,
            {
                "compose/shop.yml": """
                    services:
                      users-1: {build: $PWD/users}
                      orders-1: {build: {dockerfile: orders/Dockerfile}}
                """,
                "users/Dockerfile": "",
                "users/app.py": "",
                "orders/Dockerfile": "",
                "orders/app.py": "",
            },
        )
        assert roots(workspace) == {"users-1": "users", "orders-1": "orders"}

    def test_outside_the_root_and_elsewhere_nothing_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "secret.env").write_text("A=1\n")
        workspace = tree(
            tmp_path / "root",
            {
                "docker-compose.yml": """
                    services:
                      a: {build: ../other, env_file: ../secret.env}
                      b: {build: "https://github.com/x/y.git"}
                      c: {build: /etc}
                      web: {build: web, env_file: [../secret.env, /etc/environment]}
                """,
                "web/main.py": "",
            },
        )
        assert roots(workspace) == {"web": "web"}
        assert workspace.settings == {}


class TestOtherLanguages:
    FILES = {
        "users/app.py": "",
        "users/Dockerfile": "",
        "pay/Dockerfile": "FROM golang AS build\nCOPY . .\nFROM scratch\nENTRYPOINT ['/pay']\n",
        "ui/Dockerfile": "FROM node\nCOPY . .\nCMD npm start\n",
        "ui/build.py": "",
        "store/Dockerfile": "FROM postgres:16\nCOPY init.sql /x\n",
    }

    def test_what_a_manifest_runs(self, tmp_path: Path) -> None:
        compose = """
            services:
              users: {build: users}
              pay: {build: pay, ports: ["81:80"]}
              ui: {build: ui}
              store: {build: store}
        """
        workspace = tree(tmp_path, {**self.FILES, "compose.yaml": compose})
        assert roots(workspace) == {"users": "users", "pay": "pay", "ui": "ui"}
        assert {service.name: service.code for service in workspace.services} == {
            "users": "python",
            "pay": "other",
            "ui": "other",
        }
        assert one(workspace, "pay").hosts == ("pay", "pay:80", "localhost:81", "127.0.0.1:81")
        assert one(workspace, "pay").reasons[-1] == "its code is no Python"
        assert workspace.service_of("ui/build.py") is None

    def test_a_dockerfile_alone_shows_nothing(self, tmp_path: Path) -> None:
        assert roots(tree(tmp_path, self.FILES)) == {"users": "users"}


def test_repositories_that_call_their_only_container_the_same(tmp_path: Path) -> None:
    files: dict[str, str] = {}
    for name in ("users-api", "orders-api"):
        files |= {f"{name}/docker-compose.yml": "services: {app: {build: .}}\n", f"{name}/main.py": FLASK}
        files |= {f"{name}/Dockerfile": ""}
    workspace = tree(tmp_path, files)
    assert roots(workspace) == {"users-api": "users-api", "orders-api": "orders-api"}
    assert one(workspace, "users-api").hosts == ("app",)


def test_what_runs_tests_is_no_service_and_gives_no_name(tmp_path: Path) -> None:
    compose = """
        services:
          checks: {build: users, command: pytest, ports: ["9:9"]}
          db: {build: {context: users, dockerfile: db.Dockerfile}}
          server: {build: users}
    """
    files = {
        "docker-compose.yml": compose,
        "users/Dockerfile": "FROM python\nCOPY . .\nCMD gunicorn app:app\n",
        "users/db.Dockerfile": "FROM alpine\nRUN pip install x\nCOPY . .\nCMD ['postgres']\n",
        "users/app.py": FLASK,
    }
    workspace = tree(tmp_path, files)
    assert [service.root for service in workspace.services] == ["users"]
    assert workspace.services[0].name == "server"
    assert "checks" not in workspace.services[0].hosts


def entries(paths: list[str]) -> dict[str, str]:
    return {path: FLASK if path.endswith("app.py") else "" for path in paths}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(
    paths=st.lists(
        st.sampled_from(
            [
                f"{folder}{name}"
                for folder in ("", "a/", "a/src/", "b/", "b/docker/", "c/a/", "c/")
                for name in ("app.py", "Dockerfile", "requirements.txt", "manage.py", "x.py")
            ]
        ),
        unique=True,
    ),
    seed=st.integers(),
)
def test_the_order_of_directory_entries_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, paths: list[str], seed: int
) -> None:
    root = tmp_path_factory.mktemp("tree")
    expected = tree(root, entries(paths))
    scandir = os.scandir

    class Shuffled:
        def __init__(self, path: Path) -> None:
            with scandir(path) as scan:
                self._entries = list(scan)
            random.Random(seed).shuffle(self._entries)  # noqa: S311

        def __enter__(self) -> Iterator[os.DirEntry[str]]:
            return iter(self._entries)

        def __exit__(self, *_: object) -> None: ...

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "scandir", Shuffled)
        assert read(Config(root=root)) == expected
    # What holds of every tree: names tell services apart, and each holds code.
    assert len({service.name for service in expected.services}) == len(expected.services)
    for service in expected.services:
        assert any(expected.service_of(file.path) == service for file in expected.files)
    assert bool(expected.services) == bool(expected.files)
