"""What Dockerfiles and command lines say, and which code they mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from folders import FLASK, one, places, roots, tree
from hypothesis import given
from hypothesis import strategies as st

from commlint.workspace import commands, dockerfile


@pytest.mark.parametrize(
    ("command", "module", "purpose", "port"),
    [
        ("uvicorn shop.main:app --host 0.0.0.0 --port 8000", "shop.main", "web", 8000),
        ("gunicorn -b :$PORT --threads 4 'shop:create_app()'", "shop", "web", 0),
        ("sh -c 'gunicorn -c conf.py application'", "application", "web", 0),
        ("poetry run uvicorn shop.main:app --reload", "shop.main", "web", 0),
        ("alembic upgrade head && exec python -m uvicorn shop.x:app --port=9000", "shop.x", "web", 9000),
        ("bash -c 'sleep 5 && uvicorn shop:app'", "shop", "web", 0),
        (
            "gunicorn shop.wsgi:application --bind 0.0.0.0:8000 -k uvicorn.workers.UvicornWorker",
            "shop.wsgi",
            "web",
            8000,
        ),
        ("python manage.py runserver 0.0.0.0:8001", "manage.py", "web", 8001),
        ("flask --app shop.web run -p 5002", "shop.web", "web", 5002),
        ("fastapi run app/main.py --port 80", "app/main.py", "web", 80),
        ("uwsgi --http :5000 --wsgi-file app.py", "app.py", "web", 5000),
        ("python -m shop", "shop", "program", 0),
        ("opentelemetry-instrument python3 -u server.py", "server.py", "program", 0),
        ("nameko run --config c.yml orders.service", "orders.service", "program", 0),
        ("celery -A shop.tasks worker -l info", "shop.tasks", "worker", 0),
        ("python manage.py process_tasks", "manage.py", "worker", 0),
        ("wait-for-it db:5432 -- dramatiq shop.tasks", "shop.tasks", "worker", 0),
        ("poetry run pytest -x", "pytest", "test", 0),
    ],
)
def test_programs(command: str, module: str, purpose: str, port: int) -> None:
    program = commands.read(command)
    assert program is not None
    assert (program.module, program.purpose, program.port) == (module, purpose, port)


@pytest.mark.parametrize(
    "command", ["", "tail -f /dev/null", "java -jar a.jar", "echo uvicorn a:b", "pip install celery"]
)
def test_what_runs_no_program_of_python(command: str) -> None:
    assert commands.read(command) is None


@given(st.text())
def test_any_text_can_be_a_command_or_a_dockerfile(text: str) -> None:
    commands.read(text)
    dockerfile.read(text, "Dockerfile")


def test_stages_variables_and_ports() -> None:
    image = dockerfile.read(
        """
        ARG TAG=3.12
        # A comment
        FROM python:$TAG AS base
        ENV A=1 B="two words" \\
            C=$A-3
        ENV OLD style value
        FROM base AS builder
        COPY pyproject.toml poetry.lock ./
        COPY --from=other /x /x
        COPY --chown=me ["src/", "/app"]
        ADD https://example.com/a.tgz /
        RUN <<EOF
        CMD nonsense
        EOF
        FROM base
        EXPOSE 8000/tcp 9000
        ENTRYPOINT ["python", "-m"]
        CMD ["shop"]
        FROM builder AS test
        CMD pytest
        """,
        "Dockerfile",
    )
    assert image.base == "python:3.12"
    assert {name: value.text for name, value in image.environment.items()} == {
        "A": "1",
        "B": "two words",
        "C": "1-3",
        "OLD": "style value",
    }
    assert image.environment["C"].line == 5
    assert image.copies == ("pyproject.toml", "poetry.lock", "src/")
    assert image.ports == (8000, 9000)
    assert image.command == "python -m shop"
    assert dockerfile.read("FROM a\nCMD x\nFROM b AS test\nCMD pytest\n", "Dockerfile", "test").tests


class TestWhichCode:
    def test_what_is_copied(self, tmp_path: Path) -> None:
        files = {"pyproject.toml": "", "shared/db.py": ""}
        for name in ("users", "orders"):
            files |= {
                f"{name}/main.py": FLASK,
                f"docker/{name}/Dockerfile": f"FROM python\nCOPY {name} /{name}\nCOPY shared /shared\n"
                f"CMD uvicorn {name}.main:app --port 8000\n",
            }
        workspace = tree(tmp_path, files)
        assert roots(workspace) == {"users": "users", "orders": "orders"}
        assert one(workspace, "users").reasons == ("shipped by docker/users/Dockerfile",)

    def test_the_whole_folder_from_a_folder_aside(self, tmp_path: Path) -> None:
        files = {
            "ci/Dockerfile": "FROM python\nCOPY pyproject.toml ./\nCOPY . /app\nCMD gunicorn application\n",
            "pyproject.toml": "",
            "application.py": FLASK,
            "app/views.py": "",
            "tests_nightly/Dockerfile": "FROM python\nCOPY . /app\nENTRYPOINT ['tests_nightly/run.sh']\n",
            "tests_nightly/load.py": "",
        }
        assert roots(tree(tmp_path / "shop", files)) == {"shop": "."}

    def test_a_root_app_beside_a_service_in_a_folder(self, tmp_path: Path) -> None:
        files = {
            "requirements.txt": "",
            "application.py": FLASK,
            "mailer/Dockerfile": "",
            "mailer/app.py": FLASK,
        }
        assert roots(tree(tmp_path / "shop", files)) == {"shop": ".", "mailer": "mailer"}

    def test_the_script_that_is_started(self, tmp_path: Path) -> None:
        files = {
            "docker-compose.yml": """
                services:
                  users: {build: {context: ., dockerfile: deploy/users.Dockerfile}}
                  orders: {build: {context: ., dockerfile: deploy/orders.Dockerfile}}
            """,
            "deploy/users.Dockerfile": "FROM python\nCOPY . /app\nCMD ['./users.sh']\n",
            "deploy/orders.Dockerfile": "FROM python\nCOPY . /app\nCMD ['./orders.sh']\n",
            "users.sh": "set -e\nalembic upgrade head\nexec uvicorn users.web:app --port 8001\n",
            "orders.sh": "gunicorn orders.web:app\n",
            "users/web.py": FLASK,
            "orders/web.py": FLASK,
        }
        workspace = tree(tmp_path, files)
        assert roots(workspace) == {"users": "users", "orders": "orders"}
        assert "localhost:8001" in one(workspace, "users").hosts

    def test_one_image_with_several_commands(self, tmp_path: Path) -> None:
        files = {
            "docker-compose.yml": """
                services:
                  users-api: {build: ., command: "uvicorn services.users.main:app"}
                  orders-api: {build: ., command: "uvicorn services.orders.main:app"}
                  orders-worker: {build: ., command: "celery -A services.orders.tasks worker"}
            """,
            "Dockerfile": "FROM python\nCOPY . .\n",
            "services/users/main.py": FLASK,
            "services/orders/main.py": FLASK,
            "services/orders/tasks.py": "",
            "common/db.py": "",
        }
        workspace = tree(tmp_path, files)
        assert roots(workspace) == {"users-api": "services/users", "orders-api": "services/orders"}
        assert "orders-worker" in one(workspace, "orders-api").hosts

    def test_projects_that_one_dockerfile_builds(self, tmp_path: Path) -> None:
        files = {
            "Dockerfile": "FROM python\nARG SERVICE\nCOPY . .\nENTRYPOINT []\n",
            "pyproject.toml": "",
            "libs/common/pyproject.toml": "",
            "libs/common/common/web.py": "def make_app():\n    app = FastAPI()\n    return app\n",
        }
        for name in ("users", "orders"):
            files |= {f"services/{name}/pyproject.toml": "", f"services/{name}/src/{name}/web.py": FLASK}
        workspace = tree(tmp_path, files)
        assert roots(workspace) == {"users": "services/users", "orders": "services/orders"}
        assert one(workspace, "users").reasons == (
            "holds pyproject.toml",
            "services/users/src/users/web.py creates a Flask app",
        )

    @pytest.mark.parametrize(
        "text",
        [
            "FROM python\nCOPY . .\nCMD pytest\n",
            "FROM node\nCOPY . .\nCMD npm start\n",
            "FROM python\nRUN pip install x\n",
        ],
    )
    def test_what_a_dockerfile_does_not_show(self, tmp_path: Path, text: str) -> None:
        files = {"users/Dockerfile": "", "users/app.py": FLASK, "tool/Dockerfile": text, "tool/run.py": ""}
        assert roots(tree(tmp_path, files)) == {"users": "users"}

    def test_shared_packages_are_no_services(self, tmp_path: Path) -> None:
        files = {
            "packages/weblib/setup.py": "",
            "packages/weblib/weblib/application.py": "def create_app():\n    app = Flask(__name__)\n    return app\n",
            "packages/db/Dockerfile": "FROM python\nCOPY . .\nENTRYPOINT db-upgrade\n",
            "packages/db/setup.py": "",
            "packages/db/db/models.py": "",
            "services/users/Dockerfile": "",
            "services/users/app.py": FLASK,
        }
        assert roots(tree(tmp_path, files)) == {"users": "services/users"}

    def test_a_folder_of_the_same_name(self, tmp_path: Path) -> None:
        files = {
            "docker-compose.yml": """
                services:
                  users: {build: {context: ., dockerfile: .pipeline/users/build.yaml}}
            """,
            ".pipeline/users/build.yaml": "variants: {}\n",
            "src/users/model.py": "",
            "src/orders/model.py": "",
        }
        assert roots(tree(tmp_path, files)) == {"users": "src/users"}


def test_what_the_image_sets_goes_after_the_manifest(tmp_path: Path) -> None:
    workspace = tree(
        tmp_path,
        {
            "compose.yaml": "services: {users: {build: users, environment: {A: manifest}}}\n",
            "users/Dockerfile": "FROM python\nENV A=image B=image\nENV C=image\nCMD python app.py\n",
            "users/.env": "B=file\nD=file\n",
            "users/app.py": FLASK,
        },
    )
    assert workspace.settings["users"] == {"A": "manifest", "B": "image", "C": "image", "D": "file"}
    assert places(workspace, "users") == {
        "A": "compose.yaml:1",
        "B": "users/Dockerfile:2",
        "C": "users/Dockerfile:3",
        "D": "users/.env:2",
    }


def test_ports_of_the_image_where_nobody_else_has_them(tmp_path: Path) -> None:
    files = {
        "users/Dockerfile": "FROM python\nEXPOSE 8001\nCMD python app.py\n",
        "orders/Dockerfile": "FROM python\nCMD uvicorn app:app --port 8002\n",
        "a/Dockerfile": "FROM python\nEXPOSE 80\nCMD python app.py\n",
        "b/Dockerfile": "FROM python\nEXPOSE 80\nCMD python app.py\n",
    }
    files |= {path.replace("Dockerfile", "app.py"): FLASK for path in files}
    workspace = tree(tmp_path, files)
    assert "localhost:8001" in one(workspace, "users").hosts
    assert "localhost:8002" in one(workspace, "orders").hosts
    assert one(workspace, "a").hosts == ("a",)


def test_a_procfile(tmp_path: Path) -> None:
    files = {
        "Procfile": "web: gunicorn shop.web:app -b 0.0.0.0:8123\nworker: celery -A shop.tasks worker\nui: npm start\n",
        "shop/web.py": FLASK,
        "shop/tasks.py": "",
    }
    workspace = tree(tmp_path / "shop", files)
    assert roots(workspace) == {"shop": "."}
    assert workspace.services[0].reasons == ("run by Procfile as `web`, `worker`",)
    assert workspace.services[0].hosts == ("shop", "localhost:8123", "127.0.0.1:8123")


def test_a_procfile_with_several_programs(tmp_path: Path) -> None:
    files = {
        "Procfile": "users: gunicorn shop.users.server:init\norders: gunicorn shop.orders.server:init\n",
        "shop/users/server.py": "",
        "shop/orders/server.py": "",
        "shop/common/db.py": "",
    }
    assert roots(tree(tmp_path, files)) == {"users": "shop/users", "orders": "shop/orders"}
