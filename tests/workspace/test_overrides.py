"""What the user says of services goes before what is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from folders import FLASK, one, roots, tree

from commlint.config import settle
from commlint.configfile import ServiceEntry
from commlint.errors import CommlintError
from commlint.workspace import read

CODE = {
    "users/Dockerfile": "",
    "users/app.py": FLASK,
    "orders/Dockerfile": "",
    "orders/app.py": FLASK,
    "tools/x.py": "",
}


def test_hosts(tmp_path: Path) -> None:
    workspace = tree(tmp_path, CODE, {"users": ServiceEntry(hosts=("users.internal", "localhost:9"))})
    users = one(workspace, "users")
    assert users.hosts == ("users.internal", "localhost:9", "users")
    assert users.reasons == ("said by the configuration", "holds a Dockerfile")


def test_a_name_and_a_place(tmp_path: Path) -> None:
    said = {"people": ServiceEntry(root="users/"), "tool": ServiceEntry(root="./tools")}
    workspace = tree(tmp_path, CODE, said)
    assert roots(workspace) == {"people": "users", "orders": "orders", "tool": "tools"}
    assert one(workspace, "tool").reasons == ("said by the configuration",)


def test_a_file(tmp_path: Path) -> None:
    workspace = tree(tmp_path, CODE, {"x": ServiceEntry(root="tools/x.py", hosts=("localhost:1",))})
    assert workspace.service_of("tools/x.py") == one(workspace, "x")


def test_no_service(tmp_path: Path) -> None:
    assert roots(tree(tmp_path, CODE, {"users": ServiceEntry(ignore=True)})) == {"orders": "orders"}
    assert roots(tree(tmp_path, CODE, {"any": ServiceEntry(root="users", ignore=True)})) == {"orders": "orders"}


def test_somebody_elses(tmp_path: Path) -> None:
    said = {"mail": ServiceEntry(external=True, hosts=("api.mail.example.com",)), "pay": ServiceEntry(external=True)}
    workspace = tree(tmp_path, CODE, said)
    mail = one(workspace, "mail")
    assert (mail.root, mail.code, mail.hosts) == ("", "none", ("api.mail.example.com",))
    assert one(workspace, "pay").hosts == ("pay",)
    served = workspace.service_of("users/app.py")
    assert served is not None
    assert served.name == "users"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"user": ServiceEntry(hosts=("x",))}, "no service is found under this name; did you mean `users`?"),
        (
            {"zzz": ServiceEntry(ignore=True)},
            "no service is found under this name; say its `root`, or `external = true`",
        ),
        ({"users": ServiceEntry(root="nowhere")}, "services.users.root: no such file or folder: nowhere"),
    ],
)
def test_what_is_not_there(tmp_path: Path, said: dict[str, ServiceEntry], message: str) -> None:
    with pytest.raises(CommlintError) as raised:
        tree(tmp_path, CODE, said)
    assert message in str(raised.value)


@pytest.mark.parametrize("name", ["commlint.toml", "pyproject.toml"])
def test_from_a_file(tmp_path: Path, name: str) -> None:
    tree(tmp_path, CODE)
    table = "services.users" if name == "commlint.toml" else "tool.commlint.services.users"
    (tmp_path / name).write_text(f'[{table}]\nhosts = ["people"]\n')
    users = one(read(settle([str(tmp_path)])), "users")
    assert users.hosts == ("people", "users")
    assert users.reasons[0] == f"said by services.users in {name}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[services.users]\nhost = ['x']\n", "services.users: unknown key `host`; did you mean `hosts`?"),
        ("[services.users]\nignore = 'yes'\n", "services.users.ignore: should be true or false, is a string"),
        ("[service.users]\n", "unknown key `service`; did you mean `services`?"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "commlint.toml").write_text(text)
    with pytest.raises(CommlintError) as raised:
        settle([str(tmp_path)])
    assert message in str(raised.value)
