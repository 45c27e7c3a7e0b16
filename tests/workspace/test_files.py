"""Which files are read."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commlint.config import Config, settle
from commlint.workspace import read


def write(root: Path, *paths: str, text: str = "") -> None:
    for path in paths:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def names(root: Path, *named: str) -> list[str]:
    return [file.path for file in read(Config(root=root, paths=named or (".",))).files]


def test_python_files_with_their_size_sorted_by_path(tmp_path: Path) -> None:
    write(tmp_path, "b/z.py", "a.py", "b.py", text="x = 1\n")
    write(tmp_path, "notes.txt", "stub.pyi", "Makefile")
    files = read(Config(root=tmp_path)).files
    assert [(file.path, file.size) for file in files] == [("a.py", 6), ("b.py", 6), ("b/z.py", 6)]


@pytest.mark.parametrize(
    "folder",
    [".git", ".venv", "venv", "node_modules", "site-packages", "__pypackages__", "build", "dist", ".tox", "x.egg-info"],
)
def test_folders_that_never_hold_source_are_left_out(tmp_path: Path, folder: str) -> None:
    write(tmp_path, f"service/{folder}/lib/code.py", "service/app.py")
    assert names(tmp_path) == ["service/app.py"]


def test_an_environment_is_one_under_any_name(tmp_path: Path) -> None:
    write(tmp_path, "env/pyvenv.cfg", "env/lib/code.py", "mine/pyvenv.cfg", "mine/code.py", "other/env/code.py")
    assert names(tmp_path) == ["other/env/code.py"]


class TestGitignore:
    def test_at_the_top_and_below(self, tmp_path: Path) -> None:
        write(tmp_path, ".gitignore", text="/local.py\ngenerated/\n")
        write(tmp_path, "a/.gitignore", text="*.tmp.py\n/here.py\n")
        write(
            tmp_path, "local.py", "a/local.py", "a/generated/x.py", "a/x.tmp.py", "x.tmp.py", "a/here.py", "a/b/here.py"
        )
        assert names(tmp_path) == ["a/b/here.py", "a/local.py", "x.tmp.py"]

    def test_a_nearer_rule_has_the_last_word(self, tmp_path: Path) -> None:
        write(tmp_path, ".gitignore", text="scratch_*.py\n")
        write(tmp_path, "a/.gitignore", text="!scratch_keep.py\n")
        write(tmp_path, "scratch_keep.py", "a/scratch_keep.py", "a/scratch_drop.py")
        assert names(tmp_path) == ["a/scratch_keep.py"]

    def test_exclude_file_of_the_checkout(self, tmp_path: Path) -> None:
        write(tmp_path, ".git/info/exclude", text="mine.py\n")
        write(tmp_path, "mine.py", "ours.py")
        assert names(tmp_path) == ["ours.py"]

    def test_rules_above_the_root(self, tmp_path: Path) -> None:
        write(tmp_path, ".git/HEAD")
        write(tmp_path, ".gitignore", text="secret.py\n/system/only_here.py\n/only_top.py\n")
        write(tmp_path, "system/secret.py", "system/only_here.py", "system/only_top.py", "system/app.py")
        assert names(tmp_path / "system") == ["app.py", "only_top.py"]

    def test_rules_above_that_ignore_the_root_itself(self, tmp_path: Path) -> None:
        write(tmp_path, ".git/HEAD")
        write(tmp_path, ".gitignore", text="work/\n")
        write(tmp_path, "work/system/app.py")
        assert names(tmp_path / "work" / "system") == ["app.py"]

    def test_a_checkout_in_the_tree_has_its_own_rules(self, tmp_path: Path) -> None:
        write(tmp_path, ".gitignore", text="app.py\n")
        write(tmp_path, "one/.git/HEAD", "one/app.py", "two/app.py")
        assert names(tmp_path) == ["one/app.py"]

    def test_patterns_of_many_stars(self, tmp_path: Path) -> None:
        write(tmp_path, ".gitignore", text="*a*b*a*b*.py\nx*?*[yz]*y*z*/\n*c*/*d*d*d*e.py\n")
        write(
            tmp_path, "abab.py", "1ab2ab3.py", "aabb.py", "bab.py", "x1yyz/a.py", "xyz/a.py", "c/dddde.py", "c/dde.py"
        )
        assert names(tmp_path) == ["aabb.py", "bab.py", "c/dde.py", "xyz/a.py"]

    def test_patterns_that_mean_nothing(self, tmp_path: Path) -> None:
        write(tmp_path, ".gitignore", text="!\n\\\nfoo\\\n\nb.py\n")
        write(tmp_path, "a.py", "b.py")
        assert names(tmp_path) == ["a.py"]

    def test_what_the_user_names_is_read(self, tmp_path: Path) -> None:
        write(tmp_path, ".gitignore", text="out/\n*.local.py\n")
        write(tmp_path, "out/deep/app.py", "out/other.py", "a.local.py", "b.local.py", "build/made.py", "build/not.py")
        assert names(tmp_path, "out/deep", "a.local.py", "build/made.py") == [
            "a.local.py",
            "build/made.py",
            "out/deep/app.py",
        ]

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
    @given(
        lines=st.lists(
            st.sampled_from(
                [
                    "*.py",
                    "!a.py",
                    "/a.py",
                    "b/",
                    "/b/*",
                    "!b/a.py",
                    "**/c",
                    "b/**/a.py",
                    "# x",
                    "a?.py",
                    "[ab].py",
                    "!/b/",
                ]
            ),
            max_size=4,
        ),
        inner=st.lists(st.sampled_from(["*.py", "!*.py", "/a.py", "c/", "!c/", "!c", "**"]), max_size=2),
    )
    def test_as_git_itself_decides(
        self, tmp_path_factory: pytest.TempPathFactory, lines: list[str], inner: list[str]
    ) -> None:
        root = tmp_path_factory.mktemp("checkout")
        subprocess.run(["git", "init", "-q", str(root)], check=True)
        write(root, ".gitignore", text="\n".join(lines))
        write(root, "b/.gitignore", text="\n".join(inner))
        write(root, "a.py", "ab.py", "b/a.py", "b/c/a.py", "c/a.py", "c/b/a.py")
        git = ["git", "-C", str(root), "ls-files", "--others", "--exclude-standard", "*.py"]
        expected = subprocess.run(git, check=True, capture_output=True, text=True).stdout.split()
        assert names(root) == sorted(expected)


class TestLeftOut:
    @pytest.mark.parametrize(
        "path",
        [
            "tests/helper.py",
            "app/test/data.py",
            "app/test_views.py",
            "app/views_test.py",
            "app/tests.py",
            "conftest.py",
            "shop/migrations/0001_initial.py",
            "alembic/versions/1.py",
            "protos/users_pb2.py",
            "protos/users_pb2_grpc.py",
        ],
    )
    def test_by_name(self, tmp_path: Path, path: str) -> None:
        write(tmp_path, path, "app.py")
        assert names(tmp_path) == ["app.py"]

    def test_alembic_versions_beside_env(self, tmp_path: Path) -> None:
        write(tmp_path, "db/env.py", "db/script.py.mako", "db/versions/1.py", "api/versions/v1.py")
        assert names(tmp_path) == ["api/versions/v1.py"]

    @pytest.mark.parametrize(
        "head",
        [
            "# Generated by the protocol buffer compiler.  DO NOT EDIT!\n",
            '"""\n    Users\n\n    Generated by OpenAPI Generator\n\n    Do not edit the class manually.\n"""\n',
            "# coding: utf-8\n# Code generated by tool. DO NOT EDIT.\n",
        ],
    )
    def test_generated_by_its_head(self, tmp_path: Path, head: str) -> None:
        write(tmp_path, "made.py", text=head + "x = 1\n")
        write(tmp_path, "written.py", text="# Reports are generated by hand.\nx = 1\n")
        assert names(tmp_path) == ["written.py"]

    def test_only_parts_below_the_root_count(self, tmp_path: Path) -> None:
        write(tmp_path, "tests/fixtures/case/app.py", "tests/fixtures/case/tests/test_app.py")
        assert names(tmp_path / "tests" / "fixtures" / "case") == ["app.py"]

    def test_names_that_only_look_like_tests(self, tmp_path: Path) -> None:
        write(tmp_path, "testing.py", "contest.py", "latest/app.py", "env.py")
        assert names(tmp_path) == ["contest.py", "env.py", "latest/app.py", "testing.py"]


class TestOddTrees:
    def test_links_to_folders_are_not_followed(self, tmp_path: Path) -> None:
        write(tmp_path, "in/app.py")
        (tmp_path / "in" / "loop").symlink_to(tmp_path, target_is_directory=True)
        (tmp_path / "link").symlink_to(tmp_path / "in", target_is_directory=True)
        assert names(tmp_path) == ["in/app.py"]

    def test_links_to_files_only_below_the_root(self, tmp_path: Path) -> None:
        write(tmp_path, "outside.py", "root/real.py")
        (tmp_path / "root" / "inner.py").symlink_to("real.py")
        (tmp_path / "root" / "outer.py").symlink_to("../outside.py")
        (tmp_path / "root" / "broken.py").symlink_to("nowhere.py")
        assert names(tmp_path / "root") == ["inner.py", "real.py"]

    def test_odd_names(self, tmp_path: Path) -> None:
        odd = sorted(
            ["a b/c d.py", "{{cookiecutter.slug}}/app.py", "ünï/分笔.py", "x'y.py", "[a].py", "email/email.py"]
        )
        write(tmp_path, *odd)
        assert names(tmp_path) == odd

    def test_a_folder_that_ends_like_a_file(self, tmp_path: Path) -> None:
        write(tmp_path, "pkg.py/app.py")
        assert names(tmp_path) == ["pkg.py/app.py"]

    @pytest.mark.skipif(os.name != "posix", reason="only there may names be any bytes")
    def test_names_that_cannot_be_written_down(self, tmp_path: Path) -> None:
        write(tmp_path, "good.py")
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.py")).write_text("")
        workspace = read(Config(root=tmp_path))
        assert [file.path for file in workspace.files] == ["good.py"]
        (unreadable,) = workspace.unreadable
        assert (unreadable.path, unreadable.reason) == ("bad\ufffd.py", "the name is not valid UTF-8")

    def test_a_folder_that_may_not_be_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, "closed/app.py", "open/app.py")
        scandir = os.scandir

        def deny(path: str | Path) -> object:
            if Path(path).name == "closed":
                raise PermissionError(13, "Permission denied", str(path))
            return scandir(path)

        monkeypatch.setattr(os, "scandir", deny)
        workspace = read(Config(root=tmp_path))
        assert [file.path for file in workspace.files] == ["open/app.py"]
        assert [(one.path, one.reason) for one in workspace.unreadable] == [("closed", "Permission denied")]

    def test_a_very_deep_tree(self, tmp_path: Path) -> None:
        write(tmp_path, "/".join(["d"] * 300) + "/app.py")
        assert len(names(tmp_path)) == 1


def test_a_path_spelled_differently_gives_the_same_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "system/users/Dockerfile", "system/users/app.py", "system/orders/app.py")
    write(tmp_path, "system/.git/HEAD")
    (tmp_path / "link").symlink_to(tmp_path / "system", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    expected = read(settle([str(tmp_path / "system")]))
    for spelling in ("system", "./system/", "system/../system", "link", "system/users/.."):
        assert read(settle([spelling])) == expected
