"""What is set for services, where it stands, and which further addresses that shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from folders import FLASK, one, places, tree

from commlint.workspace import Workspace

CODE = {"users/requirements.txt": "", "users/app.py": FLASK, "orders/requirements.txt": "", "orders/app.py": FLASK}


def of_users(root: Path, files: dict[str, str]) -> dict[str, str]:
    return dict(tree(root, {**CODE, **files}).settings.get("users", {}))


def test_what_names_a_service_goes_before_what_does_not(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services: {users: {build: users, environment: {A_URL: 'https://x.example.com', B: one}}}\n",
        "compose.prod.yaml": "services: {users: {build: users, environment: {A_URL: 'http://orders:80', B: two}}}\n",
        "users/.env": "A_URL=http://elsewhere\nC=own\n",
    }
    workspace = tree(tmp_path, {**CODE, **files})
    assert workspace.settings["users"] == {"A_URL": "http://orders:80", "B": "one", "C": "own"}
    assert places(workspace, "users")["A_URL"] == "compose.prod.yaml:1"


def test_manifests_of_examples_have_the_last_word(tmp_path: Path) -> None:
    files = {
        "examples/compose.yaml": "services: {users: {image: users, environment: {A: example, B: example}}}\n",
        "prod/compose.yaml": "services: {users: {image: users, environment: {A: prod}}}\n",
    }
    assert of_users(tmp_path, files) == {"A": "prod", "B": "example"}


class TestEnvFiles:
    @pytest.mark.parametrize("name", [".env.example", ".env.sample", ".env.template", "example.env", ".env.dist"])
    def test_an_example_stands_for_what_is_not_checked_in(self, tmp_path: Path, name: str) -> None:
        text = "A=1\nSECRET=<your secret>\nKEY=changeme\nEMPTY=\n"
        assert of_users(tmp_path, {f"users/{name}": text}) == {"A": "1"}

    def test_not_where_the_file_itself_is_there(self, tmp_path: Path) -> None:
        assert of_users(tmp_path, {"users/.env": "A=1\n", "users/.env.example": "A=2\nB=2\n"}) == {"A": "1"}

    def test_named_by_a_manifest_and_not_checked_in(self, tmp_path: Path) -> None:
        files = {
            "compose.yaml": "services: {users: {build: users, env_file: [config/users.env]}}\n",
            "config/users.env.example": "A=1\n",
        }
        workspace = tree(tmp_path, {**CODE, **files})
        assert workspace.settings["users"] == {"A": "1"}
        assert places(workspace, "users") == {"A": "config/users.env.example:1"}

    def test_of_the_whole_tree_where_no_manifest_passes_it_on(self, tmp_path: Path) -> None:
        workspace = tree(tmp_path, {**CODE, ".env": "A=1\n"})
        assert workspace.settings == {"users": {"A": "1"}, "orders": {"A": "1"}}


class TestConfigurationFiles:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("instance/app.cfg", "# x\nORDERS_URL = 'http://orders:80'  # y\nDEBUG = True\nlower = 'x'\n"),
            ("config.cfg.example", 'ORDERS_URL = "http://orders:80"\nKEY = "<your key>"\n'),
            ("settings.ini", "[settings]\nORDERS_URL=http://orders:80\n"),
            ("settings.toml", '[default]\nORDERS_URL = "http://orders:80"\n'),
            ("settings.yaml", "default:\n  ORDERS_URL: http://orders:80\n"),
            ("config.json", '{"ORDERS_URL": "http://orders:80", "n": 1}'),
            ("local_settings.py.sample", "ORDERS_URL = 'http://orders:80'\n"),
        ],
    )
    def test_kinds(self, tmp_path: Path, name: str, text: str) -> None:
        assert of_users(tmp_path, {f"users/{name}": text}) == {"ORDERS_URL": "http://orders:80"}

    def test_nested_names_lines_and_variables(self, tmp_path: Path) -> None:
        text = """\
            services:
              orders:
                url: ${SCHEME:-http}://${ORDERS_HOST:orders}:80
              note: text
            plain: http://orders/x
        """
        workspace = tree(tmp_path, {**CODE, "users/config.yml": text, "users/.env": "ORDERS_HOST=orders-2\n"})
        assert workspace.settings["users"] == {
            "ORDERS_HOST": "orders-2",
            "plain": "http://orders/x",
            "services.orders.url": "http://orders-2:80",
        }
        assert places(workspace, "users")["services.orders.url"] == "users/config.yml:3"

    def test_the_first_layer_counts(self, tmp_path: Path) -> None:
        text = '[production]\nA_URL = "http://prod"\nB_URL = "http://b"\n[default]\nA_URL = "http://default"\n'
        assert of_users(tmp_path, {"users/settings.toml": text}) == {"A_URL": "http://default", "B_URL": "http://b"}

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("config.yaml", "a: [\n"),
            ("config.json", "{"),
            ("config.toml", "= 1"),
            ("config.yaml", "apiVersion: v1\nkind: X\nurl: http://orders\n"),
            ("package.json", '{"url": "http://orders"}'),
            ("k8s/config.yaml", "url: http://orders\n"),
            ("config.cfg", "A" * 100_000 + " = 'x'"),
            ("config.ini", "[x]\na =" + " " * 50_000 + "x#" * 1_000),
        ],
    )
    def test_what_is_none(self, tmp_path: Path, name: str, text: str) -> None:
        workspace = tree(tmp_path, {**CODE, f"users/{name}": text})
        assert workspace.settings == {}
        assert workspace.unreadable == ()


class TestFurtherAddresses:
    def hosts(self, workspace: Workspace, name: str) -> set[str]:
        return set(one(workspace, name).hosts)

    @pytest.mark.parametrize(
        "text",
        [
            'ORDERS_SERVICE_URL = "http://localhost:8002"\n',
            'SERVICES = {\n    "orders": "http://127.0.0.1:8002/api",\n}\n',
            'class Settings:\n    orders_api_url: str = "http://localhost:8002"\n',
            'url = os.getenv("ORDERS_URL", "http://localhost:8002")\n',
            'order_service = "http://localhost:8002"\n',
        ],
    )
    def test_code_names_a_port(self, tmp_path: Path, text: str) -> None:
        workspace = tree(tmp_path, {**CODE, "users/client.py": text})
        assert {"localhost:8002", "127.0.0.1:8002"} <= self.hosts(workspace, "orders")
        (reason,) = (r for r in one(workspace, "orders").reasons if r.startswith("called"))
        assert reason.startswith("called localhost:8002 by `")
        assert "users/client.py:" in reason

    def test_settings_name_a_host(self, tmp_path: Path) -> None:
        env = "ORDERS_URL=https://orders.dev.example.com/v1\nMAIL_URL=https://orders.example.com\n"
        workspace = tree(tmp_path, {**CODE, "users/.env": env})
        assert "orders.dev.example.com" in self.hosts(workspace, "orders")
        assert "orders.example.com" not in self.hosts(workspace, "orders")

    @pytest.mark.parametrize(
        "files",
        [
            {"users/.env": "ORDERS_URL=https://api.example.com\n"},
            {"users/.env": "STRIPE_URL=https://orders.stripe.com\n"},
            {"users/a.py": 'ORDERS_URL = "http://localhost:1"\n', "users/b.py": 'USERS_URL = "http://localhost:1"\n'},
            {"users/a.py": 'CALLBACK_URL = "http://localhost:8002"\n'},
            {"users/a.py": 'print("orders are at", x)\ny = "http://localhost:8002"\n'},
        ],
    )
    def test_nothing_is_made_up(self, tmp_path: Path, files: dict[str, str]) -> None:
        workspace = tree(tmp_path, {**CODE, **files})
        assert one(workspace, "orders").hosts == ("orders",)

    def test_a_port_that_a_manifest_gives_away_is_no_other_services(self, tmp_path: Path) -> None:
        files = {
            "compose.yaml": "services: {users: {build: users, ports: ['8002:80']}}\n",
            "users/client.py": 'ORDERS_URL = "http://localhost:8002"\n',
        }
        workspace = tree(tmp_path, {**CODE, **files})
        assert "localhost:8002" in self.hosts(workspace, "users")
        assert "localhost:8002" not in self.hosts(workspace, "orders")

    def test_a_long_word_ends(self, tmp_path: Path) -> None:
        text = "x" * 200_000 + ' = "http://localhost:1"\n' + "'http://localhost:2'," * 2_000
        tree(tmp_path, {**CODE, "users/client.py": text})
