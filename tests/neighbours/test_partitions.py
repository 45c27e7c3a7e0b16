"""However a tree is taken apart into summaries, the findings are those of the whole."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import generated
import msgspec
import partitions
import pytest

from commlint.api import analyze, map_services
from commlint.finding import Report
from commlint.neighbours.summary import Origin, decode, encode

FIXTURES = Path(__file__).parents[1] / "fixtures"
SYSTEMS = [
    *("floating-call/grpc-method", "floating-call/silent-described-by-a-document", "floating-call/shadowed"),
    *("floating-call/silent-host-by-a-settings-name", "hardcoded-endpoint/code-shared-by-services"),
    *("sync-chain/address-in-a-setting-without-value", "sync-chain/gateway-in-a-manifest"),
    *("sync-chain/settings-from-env-file", "sync-chain/three-deep", "sync-chain/silent-copies-of-a-tutorial"),
    *("sync-cycle/nameko", "sync-cycle/two-rings-through-one-service"),
]
DAY = 86_400
NOW = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())


@pytest.mark.parametrize("case", SYSTEMS)
def test_the_parts_of_a_system_find_what_the_whole_does(case: str, tmp_path: Path) -> None:
    tree = shutil.copytree(FIXTURES / case, tmp_path / "whole")
    partitions.deployed(tree)
    checkouts = partitions.take_apart(tree, tmp_path)
    assert len(checkouts) > 1

    found = partitions.whole(tree)
    assert partitions.united(checkouts, tmp_path) == found
    assert found or "silent" in case


class System:
    """The made-up system, whole and taken apart."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tree = root / "whole"
        self.tree.mkdir()
        self.names = generated.write(self.tree)
        self.checkouts = partitions.take_apart(self.tree, root)

    def dated(self, name: str, origin: Origin, **changes: object) -> Path:
        """The summary of a repository with another commit and date, in a file beside the others."""
        summary = decode((self.root / "summaries" / f"{name}.commlint").read_bytes())
        file = self.root / f"{name}-{origin.commit}.commlint"
        file.write_bytes(encode(msgspec.structs.replace(summary, origin=origin, **changes)))
        return file

    def report(self, name: str, *files: Path) -> Report:
        return analyze(partitions.config(self.checkouts[name], neighbours=files))


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> System:
    return System(tmp_path_factory.mktemp("system"))


def test_many_repositories_find_what_one_folder_does(system: System) -> None:
    assert len(system.names) == generated.REPOSITORIES
    some = {name: system.checkouts[name] for name in system.names[::4]}

    found = partitions.whole(system.tree, *some)
    assert partitions.united(some, system.root) == found
    assert {
        rule for rule in ("COMM101", "COMM403", "COMM404", "COMM601") if f'"{rule}"'.encode() in b"".join(found)
    } == {*("COMM101", "COMM403", "COMM404", "COMM601")}
    assert b"not-for-others" not in b"".join(file.read_bytes() for file in (system.root / "summaries").iterdir())
    summary = decode((system.root / "summaries" / "deploy.commlint").read_bytes())
    assert "not-for-others" not in repr(summary)


def test_a_missing_summary_is_said_and_the_rest_is_as_without_that_folder(system: System) -> None:
    files = [file for file in partitions.summaries(system.root, but="repo00") if file.stem != "repo01"]
    report = system.report("repo00", *files)

    rest = shutil.copytree(system.tree, system.root / "rest", ignore=shutil.ignore_patterns("repo01"))
    found = [partitions.moved(finding, "repo00") for finding in report.findings]
    assert partitions.comparable(found) == partitions.whole(rest, "repo00")
    assert report.unknown == ("svc01", "svc25", "svc49")
    assert report.remarks == ()


def test_stale_and_conflicting_summaries_are_said_and_the_newest_count(system: System) -> None:
    others = partitions.summaries(system.root, but="repo00")
    before = system.report("repo00", *others)
    knows = (Origin("repo03", commit="ccc333", date=NOW),)
    files = [
        *(file for file in others if file.stem not in ("repo01", "repo02", "repo03", "repo04")),
        system.dated("repo01", Origin("repo01", commit="aaa111", date=NOW - 40 * DAY)),
        system.dated("repo02", Origin("repo02", commit="bbb222", date=NOW), knows=knows),
        system.dated("repo02", Origin("repo02", commit="bbb111", date=NOW - DAY), modules=()),
        system.dated("repo03", Origin("repo03", commit="ccc222", date=NOW - DAY)),
        system.dated("repo04", Origin("repo04", commit="ddd111", date=NOW)),
        system.dated("repo00", Origin("repo00", commit="eee111", date=NOW), modules=()),
    ]
    report = system.report("repo00", *files)

    assert report.findings == before.findings
    assert (before.remarks, before.unknown, report.unknown) == ((), (), ())
    told = [remark.replace("../../../", "") for remark in report.remarks]
    stale = "repo03-ccc222.commlint (commit ccc222 of 2026-04-30) is older than what repo02-bbb222.commlint was made"
    conflict = "repo02-bbb222.commlint (commit bbb222 of 2026-05-01) and repo02-bbb111.commlint (commit bbb111 of"
    old = "repo01-aaa111.commlint (commit aaa111 of 2026-03-22) is 40 days older than repo02 at bbb222 of 2026-05-01"
    assert told == [
        "repo00-eee111.commlint is of this repository, which is read itself",
        f"{conflict} 2026-04-30) both tell of repo02, and differ; the newer is taken",
        old,
        f"{stale} with (commit ccc333 of 2026-05-01)",
    ]
    assert "repo01 at aaa111 of 2026-03-22" in report.neighbours


def test_paths_of_neighbours_are_told_from_ones_own(system: System) -> None:
    config = partitions.config(system.checkouts["repo00"], neighbours=partitions.summaries(system.root, but="repo00"))
    drawn, report = map_services(config)

    assert {finding.location.file.partition("/")[0] for finding in report.findings} == {"svc00", "svc24", "svc48"}
    assert {node.name: node.root for node in drawn.services}["svc01"] == "repo01://svc01"
    assert {node.name: node.root for node in drawn.services}["svc24"] == "svc24"
    steps = {step.location.file for finding in report.findings for step in finding.path}
    assert {"svc00/app.py", "repo01://svc01/app.py"} <= steps
    assert not [path for path in steps if path.startswith("repo0") and "://" not in path]
    assert set(report.sources) <= {f"svc{number}/app.py" for number in ("00", "24", "48")}


def test_a_part_of_a_checkout_is_told_by_its_own_summary(system: System) -> None:
    whole = (system.root / "summaries" / "repo01.commlint").read_bytes()
    inner = system.root / "inner.commlint"
    summary = decode(whole)
    shelf = msgspec.structs.replace(
        summary.shelf,
        files=tuple(
            msgspec.structs.replace(file, path="app.py") for file in summary.shelf.files if file.path == "svc01/app.py"
        ),
        others=("Dockerfile", "requirements.txt"),
        generated=(),
        signs={"app.py": summary.shelf.signs["svc01/app.py"]},
        texts={"Dockerfile": summary.shelf.texts["svc01/Dockerfile"]},
        releases={},
    )
    [module] = [m for m in summary.modules if m.path == "svc01/app.py"]
    inner.write_bytes(
        encode(
            msgspec.structs.replace(
                summary,
                origin=Origin("repo01", "svc01"),
                shelf=shelf,
                modules=(msgspec.structs.replace(module, path="app.py"),),
            )
        )
    )
    others = partitions.summaries(system.root, but="repo00")
    assert system.report("repo00", *others, inner).findings == system.report("repo00", *others).findings
