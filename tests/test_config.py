"""The configuration file: which one counts, what it may say, and what it changes."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from textwrap import dedent

import pytest
import tomli
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from commlint import api, workspace
from commlint.catalogue import load_all_libraries, load_libraries
from commlint.catalogue.models import Tables
from commlint.catalogue.reading import as_model
from commlint.config import Choice, settle
from commlint.configfile import ConfigFile, schema
from commlint.errors import CommlintError
from commlint.finding import Confidence, Finding, Severity

ROOT = Path(__file__).parents[1]
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
        (
            "commlint.toml",
            "select = ['COMM4O2']",
            "commlint.toml: select: no rule is called `COMM4O2`; did you mean `COMM",
        ),
        ("commlint.toml", "ignore = ['']", "commlint.toml: ignore: no rule is called ``; "),
        ("commlint.toml", "[severities]\nsync-chian = 'note'", "commlint.toml: severities: no rule is called `sync-ch"),
        ("commlint.toml", "[severities]\nCOMM4 = 'warn'", "commlint.toml: severities.COMM4: `warn` is none of `note`,"),
        ("commlint.toml", "[per-path-ignores]\n'a/**' = ['x']", "commlint.toml: per-path-ignores.a/**: no rule is"),
        ("commlint.toml", "[per-path-ignores]\n'!' = []", "commlint.toml: per-path-ignores: `!` is no pattern"),
        ("commlint.toml", "exclude = ['!']", "commlint.toml: exclude: `!` is no pattern as in a `.gitignore`"),
        ("commlint.toml", "exclude = 'a'", "commlint.toml: exclude: should be a list, is a string"),
        (
            "commlint.toml",
            "min-confidence = 'hihg'",
            "commlint.toml: min-confidence: `hihg` is none of `low`, `medium`",
        ),
        ("commlint.toml", "fail-on = 'never'", "commlint.toml: fail-on: `never` is none of `note`, `warning`, `error`"),
        ("commlint.toml", "preview = 1", "commlint.toml: preview: should be true or false, is a whole number"),
        ("commlint.toml", "min_confidence = 'low'", "commlint.toml: unknown key `min_confidence`; did you mean `min-"),
        ("commlint.toml", "required-version = '>=99'", "commlint.toml: required-version: asks for `>=99`, and this is"),
        ("commlint.toml", "required-version = '>=99'\nfuture = 1", "commlint.toml: required-version: asks for `>=99`"),
        ("commlint.toml", "required-version = 'new'", "commlint.toml: required-version: `new` is no requirement such"),
        ("commlint.toml", "extend = 'gone.toml'", "commlint.toml: extend: no such file: gone.toml"),
        ("commlint.toml", "extend = 'commlint.toml'", "commlint.toml: extend: goes round in a ring: commlint.toml > c"),
        ("commlint.toml", "extend = 'pyproject.toml'", "commlint.toml: extend: no such file: pyproject.toml"),
        ("pyproject.toml", "[tool]\ncommlint = 3 # tool.commlint", "pyproject.toml: tool.commlint: should be a table"),
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


class TestExtend:
    def test_what_is_nearer_goes_before_and_tables_are_joined(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            {
                "base/commlint.toml": """\
                    required-version = ">=0.1"
                    select = ["COMM4"]
                    ignore = ["COMM401"]
                    max-sync-depth = 3
                    baseline = "known.txt"
                    library-models = ["models"]
                    [services.users]
                    availability = 99.5
                    hosts = ["a"]
                    [severities]
                    COMM402 = "note"
                    [[client]]
                    functions = ["base.get"]
                    """,
                "team/commlint.toml": """\
                    extend = "../base/commlint.toml"
                    ignore = []
                    max-calls-per-request = 2
                    [services.users]
                    hosts = ["b"]
                    [[client]]
                    functions = ["team.get"]
                    """,
            },
        )
        config = settle([str(tmp_path / "team")])
        base = (tmp_path / "base").resolve()
        assert config.root == (tmp_path / "team").resolve()
        assert config.said == Choice(select=("COMM4",))
        assert (config.limits.sync_depth, config.limits.calls) == (3, 2)
        assert (config.services["users"].availability, config.services["users"].hosts) == (99.5, ("b",))
        assert config.severities == {"COMM402": Severity.NOTE}
        assert (config.baseline, config.library_models) == (base / "known.txt", (base / "models",))
        assert [client.functions for client in config.models.client] == [("team.get",), ("base.get",)]

    def test_through_several_files_and_pyproject(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            {
                "pyproject.toml": "[tool.commlint]\nmax-sync-depth = 4",
                "a/commlint.toml": "extend = '../pyproject.toml'\nmax-calls-per-request = 5",
                "a/b/commlint.toml": "extend = '../commlint.toml'",
            },
        )
        limits = settle([str(tmp_path / "a/b")]).limits
        assert (limits.sync_depth, limits.calls) == (4, 5)

    @pytest.mark.parametrize(
        ("base", "message"),
        [
            (
                "extend = 'team/commlint.toml'",
                "../commlint.toml: extend: goes round in a ring: commlint.toml > ../comm",
            ),
            ("selct = []", "../commlint.toml: unknown key `selct`; did you mean `select`?"),
            ("[[", "../commlint.toml: not TOML: "),
        ],
    )
    def test_errors_name_the_file(self, tmp_path: Path, base: str, message: str) -> None:
        write(tmp_path, {"commlint.toml": base, "team/commlint.toml": "extend = '../commlint.toml'"})
        with pytest.raises(CommlintError) as caught:
            settle([str(tmp_path / "team")])
        assert str(caught.value).startswith(message)

    def test_a_pyproject_that_is_for_others_cannot_be_extended(self, tmp_path: Path) -> None:
        write(tmp_path, {"pyproject.toml": "[tool.ruff]", "commlint.toml": "extend = 'pyproject.toml'"})
        with pytest.raises(CommlintError, match=r"pyproject\.toml: has no \[tool\.commlint\]"):
            settle([str(tmp_path)])


class TestWhichRules:
    @pytest.mark.parametrize(
        ("said", "asked", "on"),
        [
            ("ignore = ['COMM402']", {}, False),
            ("ignore = ['COMM402']", {"select": ["COMM4"]}, True),
            ("ignore = ['COMM402']", {"extend_select": ["COMM4"]}, True),
            ("ignore = ['COMM402']", {"ignore": ["COMM1"]}, False),
            ("select = ['COMM402']", {"ignore": ["COMM4"]}, False),
            ("select = ['COMM1']", {}, False),
            ("select = ['COMM1']\nextend-select = ['missing-timeout']", {}, True),
            ("select = ['COMM1']", {"extend_select": ["COMM4"]}, True),
            ("select = ['COMM402']", {"select": ["COMM1"]}, False),
            ("select = ['COMM402']", {"extend_select": ["COMM1"]}, True),
        ],
    )
    def test_the_command_line_goes_before(
        self, tmp_path: Path, said: str, asked: dict[str, list[str]], *, on: bool
    ) -> None:
        write(tmp_path, {"commlint.toml": said})
        assert settle([str(tmp_path)], **asked).selects("COMM402", "missing-timeout") is on  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("said", "asked", "on"),
        [
            ("", {}, False),
            ("", {"preview": True}, True),
            ("preview = true", {}, True),
            ("preview = true", {"preview": False}, False),
            ("select = ['COMM4']", {}, False),
            ("select = ['COMM4']", {"preview": True}, True),
            ("", {"select": ["COMM402"]}, True),
            ("", {"select": ["comm402"]}, True),
            ("", {"extend_select": ["missing-timeout"]}, True),
            ("extend-select = ['missing-timeout']", {}, True),
            ("extend-select = ['missing-timeout']", {"ignore": ["COMM4"]}, False),
            ("preview = true\nignore = ['COMM402']", {}, False),
        ],
    )
    def test_one_in_preview_has_to_be_asked_for(
        self, tmp_path: Path, said: str, asked: dict[str, object], *, on: bool
    ) -> None:
        write(tmp_path, {"commlint.toml": said})
        config = settle([str(tmp_path)], **asked)  # type: ignore[arg-type]
        assert config.selects("COMM402", "missing-timeout", preview=True) is on

    def test_off_in_some_files(self, tmp_path: Path) -> None:
        code = "import requests\n\n\ndef user():\n    return requests.get('http://users/1')\n\n\nprint(user())\n"
        files = {"scripts/deep/a.py": code, "app/scripts.py": code}
        write(tmp_path, {"commlint.toml": "[per-path-ignores]\n'scripts/**' = ['COMM402']", **files})
        found = [(f.location.file, f.rule) for f in findings(tmp_path)]
        assert found == [("app/scripts.py", "COMM401"), ("app/scripts.py", "COMM402"), ("scripts/deep/a.py", "COMM401")]
        write(tmp_path, {"commlint.toml": "[per-path-ignores]\n'scripts/**' = ['COMM4']\n'a.py' = ['COMM4']"})
        assert {f.location.file for f in findings(tmp_path)} == {"app/scripts.py"}

    def test_as_severe_as_the_user_says(self, tmp_path: Path) -> None:
        code = "import requests\n\n\ndef user():\n    return requests.get('http://users/1')\n\n\nprint(user())\n"
        write(tmp_path, {"commlint.toml": "[severities]\nCOMM4 = 'note'\nmissing-timeout = 'error'", "app.py": code})
        report = api.analyze(settle([str(tmp_path)], jobs=1))
        assert {f.rule: f.severity for f in report.findings} == {"COMM401": Severity.NOTE, "COMM402": Severity.ERROR}
        assert report.rules["COMM403"].severity == Severity.NOTE

    def test_how_certain(self, tmp_path: Path) -> None:
        write(tmp_path, {"commlint.toml": "min-confidence = 'high'\nfail-on = 'error'"})
        config = settle([str(tmp_path)])
        assert (config.min_confidence, config.fail_on) == (Confidence.HIGH, Severity.ERROR)
        config = settle([str(tmp_path)], min_confidence=Confidence.LOW, fail_on=Severity.NOTE)
        assert (config.min_confidence, config.fail_on) == (Confidence.LOW, Severity.NOTE)


def test_what_is_excluded_is_not_read_at_all(tmp_path: Path) -> None:
    files = {
        "orders/Dockerfile": "",
        "orders/app.py": "",
        "old/Dockerfile": "",
        "old/app.py": "def broken(",
        "old/.gitignore": "!app.py",
        "old/migrations/0001.py": "",
        "orders/migrations/0001.sql": "",
        "orders/migrations/0002.sql": "",
        "orders/gen/x.py": "",
        "orders/gen/kept.py": "",
    }
    exclude = "exclude = ['/old/', '**/gen/*', '!kept.py', '0002.sql']"
    write(tmp_path, {"commlint.toml": exclude, **files})
    tree = workspace.walk(tmp_path.resolve(), (".",), settle([str(tmp_path)]).exclude)
    assert [file.path for file in tree.files] == ["orders/app.py", "orders/gen/kept.py"]
    assert tree.migrations == ("orders/migrations/0001.sql",)
    assert tree.others == ("commlint.toml", "orders/Dockerfile")
    assert findings(tmp_path) == ()
    named = workspace.walk(tmp_path.resolve(), ("old/app.py",), settle([str(tmp_path)]).exclude)
    assert "old/app.py" not in [file.path for file in named.files]


class TestCache:
    """A report that is kept is not that of another configuration."""

    @pytest.mark.parametrize(
        "said",
        [
            "ignore = ['COMM402']",
            "select = ['COMM402']",
            "min-confidence = 'low'",
            "exclude = ['app.py']",
            "[severities]\nCOMM4 = 'note'",
            "[per-path-ignores]\n'*.py' = ['COMM402']",
        ],
    )
    def test_settings_change_it(self, tmp_path: Path, said: str) -> None:
        code = "import requests\n\n\ndef user():\n    return requests.get('http://users/1')\n\n\ndef dead():\n"
        code += "    return requests.get('http://users/1')\n\n\nprint(user())\n"
        write(tmp_path, {"commlint.toml": "", "app.py": code})
        before = findings(tmp_path)
        write(tmp_path, {"commlint.toml": said})
        fresh = api.analyze(settle([str(tmp_path)], jobs=1, cache=False)).findings
        assert findings(tmp_path) == fresh != before


class TestSchema:
    RICH = """\
        required-version = ">=0.1"
        extend = "../commlint.toml"
        select = ["COMM4", "n-plus-one-call"]
        extend-select = ["COMM103"]
        ignore = ["COMM403"]
        min-confidence = "high"
        fail-on = "error"
        preview = true
        exclude = ["legacy/", "!legacy/kept.py"]
        baseline = "commlint-baseline.txt"
        max-sync-depth = 2
        max-calls-per-request = 4
        neighbours = ["users.commlint"]
        library-models = ["models"]

        [per-path-ignores]
        "scripts/**" = ["COMM4"]

        [severities]
        missing-timeout = "error"

        [services.users]
        root = "services/users"
        hosts = ["users.internal"]
        availability = 99.5
        latency = 40

        [services."api.example.org"]
        external = true

        [[client]]
        classes = ["acme_http.Client"]
        methods = ["call"]
        verb = "arg:0"
        url = "arg:1|kw:url"
        timeout = "kw:timeout"
        """

    def test_it_is_one(self) -> None:
        Draft202012Validator.check_schema(schema())

    def test_it_takes_what_commlint_takes(self) -> None:
        data = tomli.loads(dedent(self.RICH))
        Draft202012Validator(schema()).validate(data)
        as_model(data, ConfigFile, "commlint.toml")

    @pytest.mark.parametrize(
        ("right", "wrong"),
        [
            ("max-sync-depth = 2", "max-sync-dept = 2"),
            ("max-sync-depth = 2", "max_sync_depth = 2"),
            ("max-sync-depth = 2", "max-sync-depth = 0"),
            ('fail-on = "error"', 'fail-on = "eror"'),
            ("preview = true", 'preview = "yes"'),
            ('missing-timeout = "error"', 'missing-timeout = "fatal"'),
            ("availability = 99.5", "availability = 101"),
            ("external = true", "extern = true"),
            ('methods = ["call"]', 'method = ["call"]'),
            ('url = "arg:1|kw:url"', 'url = "argument:1"'),
        ],
    )
    def test_it_refuses_what_commlint_refuses(self, right: str, wrong: str) -> None:
        assert right in self.RICH
        data = tomli.loads(dedent(self.RICH.replace(right, wrong)))
        assert not Draft202012Validator(schema()).is_valid(data)
        with pytest.raises(CommlintError):
            as_model(data, ConfigFile, "commlint.toml")

    @pytest.mark.parametrize("page", ["docs/configuration.md", "README.md"])
    def test_what_the_documentation_shows_is_right(self, page: str) -> None:
        text = (ROOT / page).read_text("utf-8")
        examples = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        assert len(examples) > 1
        for example in examples:
            as_model(tomli.loads(example), ConfigFile, page)

    def test_the_documentation_has_every_setting(self) -> None:
        text = (ROOT / "docs/configuration.md").read_text("utf-8")
        settings = set(ConfigFile.__struct_encode_fields__) - set(Tables.__struct_encode_fields__)
        assert {key for key in settings if not re.search(rf"`{key}`|^\[?{key}\b", text, re.MULTILINE)} == set()

    def test_every_setting_is_described(self) -> None:
        properties = schema()["$defs"]["ConfigFile"]["properties"]
        settings = [key for key in properties if key not in Tables.__struct_encode_fields__]
        assert len(settings) > 15
        assert all(properties[key]["description"].endswith(".") for key in settings)
        assert properties["per-path-ignores"]["description"].startswith("Rules that are off in files")


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
