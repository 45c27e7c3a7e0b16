"""What a run asks of the operating system: nothing of the network, no program, and no writing but to its cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SHOP = Path(__file__).parent.parent / "examples" / "shop"
SOURCE = Path(__file__).parent.parent / "src"

# Watches its own process; what it sees it writes down when that ends. `compile` and `exec` tell the name of the code.
WATCHER = """
import atexit, os, sys
seen = []
LISTENED = ("open", "compile", "exec", "import", "subprocess.Popen", "ctypes.dlopen")
FAMILIES = ("socket.", "os.", "shutil.", "tempfile.", "urllib.", "ftplib.", "http.")
def watch(event, args):
    if event in LISTENED or event.startswith(FAMILIES):
        code = args[0] if args else ""
        name = getattr(code, "co_filename", None) or (str(args[1]) if event == "compile" else "")
        seen.append((event, name or repr(args)[:300]))
sys.addaudithook(watch)
"""
RUN = """
from commlint.cli import main
status = 0
try:
    main(sys.argv[1:])
except SystemExit as end:
    status = end.code
for event, told in list(seen):
    print(f"{event}\\t{told!a}", file=sys.stderr)
sys.exit(status)
"""


def shop(root: Path) -> Path:
    """The example, with code in it that tells of itself when it runs, is compiled or is imported."""
    copy = root / "shop"
    shutil.copytree(SHOP / "fragile", copy)
    for name in ("sitecustomize.py", "conftest.py", "setup.py", "commlint.py", "libcst.py", "orders/trap.py"):
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_text("open('owned', 'w').close()\nprint('owned')\n")
    return copy


def environment(cache: Path) -> dict[str, str]:
    return {**os.environ, "COMMLINT_CACHE_DIR": str(cache), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(SOURCE)}


def test_as_python_sees_it(tmp_path: Path) -> None:
    tree, cache = shop(tmp_path), tmp_path / "cache"
    done = subprocess.run(
        [sys.executable, "-c", WATCHER + RUN, "check", ".", "--jobs", "1"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment(cache),
        timeout=120,
    )
    assert done.returncode == 1, done.stderr[-2000:]
    assert "COMM101" in done.stdout
    assert "owned" not in done.stdout
    events = [line.split("\t", 1) for line in done.stderr.splitlines() if "\t" in line]
    assert {"open", "import", "compile", "exec"} <= {event for event, _ in events}
    # Making a socket object is not asking for a connection; nothing even does that.
    assert [told for event, told in events if event.startswith(("socket.", "urllib.", "http.", "ftplib."))] == []
    assert [told for event, told in events if event in ("subprocess.Popen", "os.system", "os.exec", "os.fork")] == []
    assert [told for event, told in events if event in ("compile", "exec") and str(tree) in told] == []


def test_as_the_system_sees_it(tmp_path: Path) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    tree, cache, log = shop(tmp_path), tmp_path / "cache", tmp_path / "log"
    wanted = "trace=network,execve,execveat,open,openat,creat,rename,renameat,renameat2,link,linkat,symlink,symlinkat"
    wanted += ",unlink,unlinkat,mkdir,mkdirat,rmdir,truncate,chmod,fchmodat,chown,mknod"
    command = [sys.executable, "-m", "commlint", "check", str(tree), "--jobs", "2"]
    done = subprocess.run(
        [strace, "-f", "-qq", "-y", "-e", wanted, "-o", str(log), *command],
        capture_output=True,
        text=True,
        check=False,
        env=environment(cache),
        cwd=tmp_path,
        timeout=240,
    )
    if "ptrace" in done.stderr and "COMM101" not in done.stdout:
        pytest.skip("strace may not trace here")
    assert done.returncode == 1, done.stderr[-2000:]
    assert "COMM101" in done.stdout
    calls = [line.split(" ", 1)[1].strip() for line in log.read_text("utf-8", "replace").splitlines()]
    calls = [call for call in calls if re.match(r"\w+\(", call)]
    assert any(str(tree) in call for call in calls)
    network = [call for call in calls if re.match(r"(socket|connect|bind|listen|accept4?|sendto|sendmsg)\(", call)]
    assert network == []
    # The interpreter itself: nothing is started by it.
    programs = [call for call in calls if call.startswith("execve") and call.endswith("= 0")]
    assert len(programs) == 1
    changes = r"(creat|rename\w*|link\w*|symlink\w*|unlink\w*|mkdir\w*|rmdir|truncate|chmod|fchmodat|chown|mknod)\("
    writing = [
        call
        for call in calls
        if not re.search(r"= -1 E\w+", call)
        and (re.match(changes, call) or (call.startswith("open") and re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", call)))
    ]
    assert any(f'"{cache}' in call for call in writing)
    elsewhere = [call for call in writing if f'"{cache}' not in call and '"/dev/' not in call]
    assert elsewhere == []
    assert not list(tmp_path.rglob("owned"))
