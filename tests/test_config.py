"""The configuration file: which one counts, what it may say, and what it changes."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from commlint import api
from commlint.catalogue import load_all_libraries, load_libraries
from commlint.config import settle
from commlint.errors import CommlintError
from commlint.finding import Finding

CLIENT = """\
[[client]]
classes = ["acme_http.Client"]
methods = ["call"]
verb = "arg:0"
url = "arg:1"
base_url = "arg:0"
timeout = "kw:timeout"
"""
CODE = """\
    import sys

    import acme_http

    client = acme_http.Client("http://users:8000")


    def names(ids):
        return [client.call("GET", f"/users/{i}") for i in ids]


    print(names(sys.argv[1:]))
"""


def write(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text), encoding="utf-8")
    return root


def findings(folder: Path) -> tuple[Finding, ...]:
    return api.analyze(settle([str(folder)], jobs=1)).findings


def codes(folder: Path) -> list[str]:
    return [finding.rule for finding in findings(folder)]


class TestWhichFile:
    def test_the_nearest_one_decides_the_root(self, tmp_path: Path) -> None:
        write(tmp_path, {"commlint.toml": "", "team/commlint.toml": "", "team/orders/app.py": "", ".git/HEAD": ""})
        assert settle([str(tmp_path / "team/orders")]).root == (tmp_path / "team").resolve()
        assert settle([str(tmp_path / "team/orders")]).paths == ("orders",)

    def test_commlint_toml_goes_before_pyproject(self, tmp_path: Path) -> None:
        write(tmp_path, {"commlint.toml": "", "pyproject.toml": "[tool.commlint]\nnonsense = 1\n"})
        assert settle([str(tmp_path)]).file == (tmp_path / "commlint.toml").resolve()

    def test_a_pyproject_that_is_for_others_is_passed_over(self, tmp_path: Path) -> None:
        write(tmp_path, {"commlint.toml": "", "orders/pyproject.toml": "# no tool.commlint here\n[tool.ruff]\n"})
        assert settle([str(tmp_path / "orders")]).root == tmp_path.resolve()

    def test_without_one_the_root_is_the_checkout(self, tmp_path: Path) -> None:
        write(tmp_path, {".git/HEAD": "", "orders/app.py": ""})
        config = settle([str(tmp_path / "orders")])
        assert (config.root, config.file) == (tmp_path.resolve(), None)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("commlint.toml", "libary-models = []", "commlint.toml: unknown key `libary-models`; did you mean `library-"),
        ("commlint.toml", "[[client]]\nmethod = []", "commlint.toml: client[0]: unknown key `method`; did you mean"),
        ("commlint.toml", "library-models = 'x'", "commlint.toml: library-models: should be a list, is a string"),
        ("commlint.toml", "[[client", "commlint.toml: not TOML: "),
        ("commlint.toml", "library-models = ['gone']", "library-models: "),
        ("commlint.toml", "max-sync-dept = 2", "commlint.toml: unknown key `max-sync-dept`; did you mean `max-sync-d"),
        ("commlint.toml", "max-sync-depth = 0", "commlint.toml: max-sync-depth: "),
        ("commlint.toml", "max-calls-per-request = 'x'", "commlint.toml: max-calls-per-request: should be a whole"),
        ("commlint.toml", "[services.a]\navailability = 101", "commlint.toml: services"),
        ("commlint.toml", "neighbours = ['gone.commlint']", "gone.commlint: No such file"),
        ("pyproject.toml", "[tool.commlint]\n[[tool.commlint.klient]]", "pyproject.toml: tool.commlint: unknown key"),
        ("pyproject.toml", "[tool.commlint", "pyproject.toml: not TOML: "),
    ],
)
def test_what_it_cannot_say_is_one_clear_error(tmp_path: Path, file: str, text: str, message: str) -> None:
    write(tmp_path, {file: text, "app.py": "x = 1"})
    with pytest.raises(CommlintError) as caught:
        findings(tmp_path)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_utf_8_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "commlint.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CommlintError, match=r"commlint\.toml: not UTF-8"):
        settle([str(tmp_path)])


class TestOwnModels:
    def test_a_client_nobody_knows_is_silent(self, tmp_path: Path) -> None:
        assert codes(write(tmp_path, {"app.py": CODE})) == []

    def test_one_of_the_configuration_is_followed(self, tmp_path: Path) -> None:
        write(tmp_path, {"commlint.toml": CLIENT, "app.py": CODE})
        assert codes(tmp_path) == ["COMM101", "COMM401", "COMM402"]
        assert findings(tmp_path)[0].call == "GET http://users:8000/users/{i}"

    def test_so_is_one_of_pyproject(self, tmp_path: Path) -> None:
        text = "[project]\nname = 'x'\n" + CLIENT.replace("[[client]]", "[[tool.commlint.client]]")
        assert codes(write(tmp_path, {"pyproject.toml": text, "app.py": CODE})) == ["COMM101", "COMM401", "COMM402"]

    @pytest.mark.parametrize("named", ["models", "models/acme-http.toml"])
    def test_so_is_one_of_a_named_folder_or_file(self, tmp_path: Path, named: str) -> None:
        model = 'library = "acme-http"\nsource = { checked = "docs", version = "2" }\n' + CLIENT
        settings = f'library-models = ["{named}"]'
        write(tmp_path, {"commlint.toml": settings, "models/acme-http.toml": model, "app.py": CODE})
        assert codes(tmp_path) == ["COMM101", "COMM401", "COMM402"]

    def test_so_is_one_of_an_installed_package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        model = 'library = "acme-http"\nsource = { checked = "docs", version = "2" }\n' + CLIENT
        site = write(
            tmp_path / "site",
            {
                "acme_models/__init__.py": "raise SystemExit('models are data: nothing of them is run')",
                "acme_models/acme-http.toml": model,
                "acme_models-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: acme-models\nVersion: 1\n",
                "acme_models-1.dist-info/entry_points.txt": "[commlint.libraries]\nacme = acme_models\n",
            },
        )
        monkeypatch.setattr(sys, "path", [str(site), *sys.path])
        assert codes(write(tmp_path / "code", {"app.py": CODE})) == ["COMM101", "COMM401", "COMM402"]

    def test_a_users_model_overrides_ours(self, tmp_path: Path) -> None:
        code = "import requests\n\n\ndef user():\n    return requests.get('http://users/1')\n\n\nprint(user())\n"
        patched = '[[client]]\nfunctions = ["requests.api.get"]\ntimeout = "kw:timeout"\ndefault_timeout = 5\n'
        assert codes(write(tmp_path / "ours", {"app.py": code})) == ["COMM401", "COMM402"]
        theirs = write(tmp_path / "theirs", {"commlint.toml": patched, "app.py": code})
        assert codes(theirs) == ["COMM401"]

    def test_what_is_known_from_memory_is_of_low_confidence(self, tmp_path: Path) -> None:
        doubt = CLIENT + 'source = { checked = "memory", version = "2", confidence = "low" }\n'
        assert codes(write(tmp_path, {"commlint.toml": doubt, "app.py": CODE})) == []

    def test_ours_come_last(self) -> None:
        config = settle(())
        shipped = load_libraries()
        assert load_all_libraries(config.models, "", ())[-len(shipped) :] == shipped


class TestReleases:
    """A model may speak of some releases only; what the service asks for decides."""

    MODEL = """\
        library = "acme-http"
        source = { checked = "run", version = "8.1" }

        [[client]]
        versions = ">=8"
        functions = ["acme_http.get"]
        timeout = "kw:timeout"
        default_timeout = 5

        [[client]]
        versions = "<8"
        functions = ["acme_http.get"]
        timeout = "kw:timeout"
        """
    CODE = "import acme_http\n\n\ndef user():\n    return acme_http.get('http://users/1')\n\n\nprint(user())\n"

    def waits_for_ever(self, root: Path, files: dict[str, str]) -> bool:
        write(root, {"commlint.toml": 'library-models = ["models"]', "models/acme-http.toml": self.MODEL, **files})
        return "COMM402" in codes(root)

    @pytest.mark.parametrize(
        ("asked", "for_ever"),
        [("acme-http==7.4.1", True), ("acme_http>=5,<6", True), ("Acme-HTTP", False), ("acme-http>=5", False)],
    )
    def test_the_service_chooses(self, tmp_path: Path, asked: str, *, for_ever: bool) -> None:
        files = {"orders/Dockerfile": "", "orders/app.py": self.CODE, "orders/requirements.txt": asked}
        assert self.waits_for_ever(tmp_path, files) == for_ever

    def test_each_for_itself(self, tmp_path: Path) -> None:
        files = {
            "old/Dockerfile": "",
            "old/app.py": self.CODE,
            "old/requirements.txt": "acme-http~=7.0",
            "new/Dockerfile": "",
            "new/app.py": self.CODE,
            "new/requirements.txt": "acme-http~=8.0",
        }
        assert self.waits_for_ever(tmp_path, files)
        found = [finding.location.file for finding in findings(tmp_path) if finding.rule == "COMM402"]
        assert found == ["old/app.py"]
