"""What fixes do to a text: what they say, and nothing else."""

from __future__ import annotations

import ast
import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commlint.finding import (
    Change,
    Edit,
    Fix,
    Gather,
    Imported,
    Location,
    ReadSetting,
    SetArgument,
    SetDefault,
    SetNamed,
    SpreadKnown,
    UseGet,
)
from commlint.fix import apply, edits

FILE = "app.py"
ASYNCIO, OS, EXCLUDE = Imported("asyncio"), Imported("os"), Imported("marshmallow", "EXCLUDE")


def at(line: int, column: int = 1) -> Location:
    return Location(FILE, line, column)


def fix(*changes: Change, imports: tuple[Imported, ...] = ()) -> Fix:
    return Fix("do it", safe=True, changes=changes, imports=imports)


def fixed(text: str, *fixes: Fix) -> str:
    done = apply({FILE: text.encode()}, fixes)
    assert done.refused == {}
    assert done.later == ()
    return done.files[FILE].decode()


def spot(text: str, name: str) -> Location:
    """Where a name stands first."""
    before = text[: text.index(name)]
    return at(before.count("\n") + 1, len(before) - before.rfind("\n"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x.get()", "x.get(timeout=10)"),
        ("x.get(1)", "x.get(1, timeout=10)"),
        ("x.get(1,)", "x.get(1, timeout=10,)"),
        ("x.get(timeout=None)", "x.get(timeout=10)"),
        ("x.get(timeout=(None))", "x.get(timeout=10)"),
        ("x.get(1, None)", "x.get(1, 10)"),
        ("x.get(*a, None)", "x.get(*a, None, timeout=10)"),
        ("x.get(\n    1,\n    a=2,  # b, c\n)", "x.get(\n    1,\n    a=2,  # b, c\n    timeout=10,\n)"),
        ("x.get(\n    1,\n    a=2  # b, c\n)", "x.get(\n    1,\n    a=2,  # b, c\n    timeout=10\n)"),
        ("x.get(\n    1,\n    a=2\n)", "x.get(\n    1,\n    a=2,\n    timeout=10\n)"),
        ("x.get(\n    **a\n)", "x.get(\n    **a,\n    timeout=10\n)"),
        ("x.get(1, {\n    2: 3\n}, a={\n    2: 3\n})", "x.get(1, 10, a={\n    2: 3\n})"),
        ("x.get(a={\n    2: 3\n})", "x.get(a={\n    2: 3\n}, timeout=10)"),
        ("y(\n    x.get(1),\n)", "y(\n    x.get(1, timeout=10),\n)"),
    ],
)
def test_an_argument(before: str, after: str) -> None:
    assert fixed(before, fix(SetArgument(spot(before, "get"), "arg:1|kw:timeout", "10"))) == after


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("x.get(y for y in z)", SetArgument(at(1, 3), "kw:timeout", "10")),
        ("x.get(1)", SetArgument(at(1, 4), "kw:timeout", "10")),
        ("x.get(1)", SetArgument(at(7, 1), "kw:timeout", "10")),
        ("x.get(1)", SetArgument(at(1, 3), "arg:5", "10")),
        ("def f(a): pass", SetDefault(at(1, 5), "a", "10")),
        ("a = {'x': 1}, {'x': 2}", SetNamed(at(1), "x", "3")),
        ("a['x'] = b['y']", UseGet(at(1, 3))),
        ("del a['x']", UseGet(at(1, 7))),
        ("a[1:2]", UseGet(at(1, 3))),
        ("a = await f(); b = await g()\n", Gather(at(1), 2)),
        ("async def f():\n    a = await f()\n    x()\n    b = await g()\n", Gather(at(2), 2)),
        ("async def f():\n    a = await f()\n", Gather(at(2), 2)),
        ("a = 'http://u' 'sers'", ReadSetting(at(1), "http://users", "USERS_URL")),
        ("def f(USERS_URL):\n    return 'http://users/'", ReadSetting(at(2), "http://users", "USERS_URL")),
        ("f(**a, **b)", SpreadKnown(at(1, 1))),
    ],
)
def test_what_does_not_look_as_expected_is_left_alone(text: str, change: Change) -> None:
    done = apply({FILE: text.encode()}, [fix(change)])
    assert done.files == {}
    assert list(done.refused) == [fix(change)]
    assert FILE in done.refused[fix(change)]


def test_a_name_that_means_something_else_is_not_imported() -> None:
    text = "os = 1\n\n\ndef f():\n    return 'http://users/'\n"
    done = apply({FILE: text.encode()}, [fix(ReadSetting(at(5), "http://users", "USERS_URL"), imports=(OS,))])
    assert done.files == {}
    assert "`os` means something else there" in next(iter(done.refused.values()))


def test_a_default() -> None:
    text = "class A:\n    async def f(self, a, *, timeout: float | None = None): ...\n"
    wanted = text.replace("None =", "None =").replace("= None", "= 10")
    assert fixed(text, fix(SetDefault(spot(text, "f(self"), "timeout", "10"))) == wanted


@pytest.mark.parametrize(
    ("before", "place", "after"),
    [
        ('class A(B, extra="forbid"): ...', (1, 7), 'class A(B, extra="ignore"): ...'),
        ("class A(B, extra=Extra.forbid): ...", (1, 7), "class A(B, extra=Extra.ignore): ..."),
        ('m = C(frozen=True, extra="forbid")', (1, 1), 'm = C(frozen=True, extra="ignore")'),
        ('m = C(frozen=True, extra="forbid")', (1, 5), 'm = C(frozen=True, extra="ignore")'),
        ('m = {"extra": "forbid"}', (1, 1), 'm = {"extra": "ignore"}'),
        ("a.extra: str = FORBID", (1, 1), 'a.extra: str = "ignore"'),
    ],
)
def test_what_is_said_under_a_name(before: str, place: tuple[int, int], after: str) -> None:
    assert fixed(before, fix(SetNamed(at(*place), "extra", '"ignore"'))) == after


def test_a_read_that_may_find_nothing() -> None:
    text = "for x in p['a']['b']:\n    p['a'] = (p)['a'] + q['a']\n"
    done = fixed(text, fix(UseGet(at(1, 12))), fix(UseGet(at(2, 18))))
    assert done == "for x in p.get('a')['b']:\n    p['a'] = (p).get('a') + q['a']\n"


def test_only_the_fields_that_are_known() -> None:
    assert fixed("x = a.Item(**(b or c))\n", fix(SpreadKnown(at(1, 7)))) == (
        "x = a.Item(**{key: value for key, value in (b or c).items() if key in a.Item.__dataclass_fields__})\n"
    )


def test_awaited_together() -> None:
    text = '''"""Doc."""
from fastapi import FastAPI

app = FastAPI()


async def f():
    a = await g(1)  # first

    # then
    b, c = await h(
        2,
    )
    d = await i("""
""")  # last
    return a, b, c, d
'''
    done = fixed(text, fix(Gather(spot(text, "    a = "), 3), imports=(ASYNCIO,)))
    assert (
        done
        == '''"""Doc."""
import asyncio

from fastapi import FastAPI

app = FastAPI()


async def f():
    a, (b, c), d = await asyncio.gather(
        g(1),  # first
        # then
        h(
            2,
        ),
        i("""
"""),  # last
    )
    return a, b, c, d
'''
    )


def test_addresses_from_the_environment() -> None:
    text = """import os
from a import (b, c)

import requests

USERS = 'http://users:80/v1'


def f(a):
    requests.get('http://users:80/{}'.format(a))
    requests.get(f'http://users:80/{a}')
    requests.get("http://users:80")
    requests.get("http://users:80" "/x")
"""
    changes = [ReadSetting(at(6), "http://users:80", "USERS_URL")]
    changes += [ReadSetting(at(line, 14), "http://users:80", "USERS_ADDRESS") for line in (10, 11, 12, 13)]
    done = fixed(text, *(fix(change, imports=(OS,)) for change in changes))
    assert (
        done
        == """import os
from a import (b, c)

import requests

USERS_ADDRESS = os.environ.get("USERS_ADDRESS", "http://users:80")

USERS = os.environ.get("USERS_URL", 'http://users:80/v1')


def f(a):
    requests.get(f'{USERS_ADDRESS}/{{}}'.format(a))
    requests.get(f'{USERS_ADDRESS}/{a}')
    requests.get(USERS_ADDRESS)
    requests.get(f"{USERS_ADDRESS}" "/x")
"""
    )


LINE = "from marshmallow import EXCLUDE\n"
LOAD = "x.load(1)\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{load}", "{line}\n{load}"),
        ("#!/x\n# coding: utf-8\n\n{load}", "#!/x\n# coding: utf-8\n\n{line}\n{load}"),
        ("'''D'''\n{load}", "'''D'''\n\n{line}{load}"),
        ("from __future__ import a\n{load}", "from __future__ import a\n\n{line}{load}"),
        ("{line}{load}", "{line}{load}"),
        ("from marshmallow import EXCLUDE, Schema\n{load}", "from marshmallow import EXCLUDE, Schema\n{load}"),
        ("from marshmallow import Schema\nimport y\n{load}", "from marshmallow import Schema\n{line}import y\n{load}"),
        ("def f():\n    {line}{load}", "{line}\ndef f():\n    {line}{load}"),
    ],
)
def test_imports(before: str, after: str) -> None:
    before = before.format(line=LINE, load=LOAD)
    after = after.format(line=LINE, load="x.load(1, unknown=EXCLUDE)\n")
    wanted = fix(SetArgument(spot(before, "load"), "kw:unknown", "EXCLUDE"), imports=(EXCLUDE,))
    assert fixed(before, wanted) == after


def test_of_two_fixes_of_one_place_the_second_waits() -> None:
    first = fix(SetArgument(at(1, 1), "kw:timeout", "10"))
    second = fix(SetArgument(at(1, 1), "kw:retries", "3"))
    done = apply({FILE: b"f(1)"}, [first, second])
    assert done.files == {FILE: b"f(1, timeout=10)"}
    assert done.made == (first,)
    assert done.later == (second,)


def test_the_same_change_for_two_findings_is_made_once() -> None:
    one = fix(SetArgument(at(1, 1), "kw:timeout", "10"))
    same = Fix("do it too", safe=False, changes=one.changes)
    done = apply({FILE: b"f(1)"}, [one, same])
    assert done.files == {FILE: b"f(1, timeout=10)"}
    assert done.made == (one, same)


@pytest.mark.parametrize("value", ["1 +", ")", "ä"])
def test_what_is_no_python_or_cannot_be_written_leaves_the_file_alone(value: str) -> None:
    other = fix(SetArgument(Location("other.py", 1, 1), "kw:a", "1"))
    bad = fix(SetArgument(at(2, 1), "kw:timeout", value))
    good = fix(SetArgument(at(3, 1), "kw:timeout", "1"))
    text = b"# coding: ascii\nf(1)\ng(1)\n"
    done = apply({FILE: text, "other.py": b"f()"}, [bad, good, other])
    assert done.files == {"other.py": b"f(a=1)"}
    assert done.made == (other,)
    assert set(done.refused) == {bad, good}


# --- laws -------------------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "bc", "größe", "x1"])
VALUES = st.sampled_from(
    ["1", "None", "(2)", '"ä, b"', "{\n  1: 2}", "[\n]", "f(3)", "lambda: 0", "a if b else c", "x[1:2]"]
)
SPACE = st.sampled_from(["", " ", "\n    ", "  # c, d)\n  ", "\n\n  # e\n    "])


@st.composite
def calls(draw: st.DrawFn) -> str:
    """`get(...)` with arguments of all kinds and white space of all kinds."""
    count = draw(st.integers(0, 3))
    names = draw(st.lists(NAMES, unique=True, max_size=2))
    args = [draw(VALUES) for _ in range(count)]
    args += [f"{name}{draw(st.sampled_from(['=', ' = ']))}{draw(VALUES)}" for name in names]
    if draw(st.sampled_from([True, False])):
        args.append(f"timeout={draw(VALUES)}")
    if draw(st.sampled_from([True, False])):
        args.append(f"**{draw(NAMES)}")
    parts = [f"{draw(SPACE)}{arg}{draw(SPACE)}" for arg in args]
    text = ",".join(parts) + ("," if parts and draw(st.sampled_from([True, False])) else "")
    return f"get({text}{draw(SPACE)})"


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, str]:
    """A file's bytes, and the text in which the call to be changed stands."""
    head = draw(st.sampled_from(["", "# größe\n", "import os\n\n\x0c\n", "x = '''\n\x0c\n'''\n", "\x0cif x:\n\ty()\n"]))
    around = draw(
        st.sampled_from(["{}", "z = {}.json()", "if {}:\n    pass", "\x0cz[{}] = 'größe'", "return_ = [{}, 1]"])
    )
    tail = draw(st.sampled_from(["", "\n", "\n\n\x0c\n# end", "\n\x0cdef f(): pass\n"]))
    text = head + around.format(draw(calls())) + tail
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    mark = draw(st.sampled_from([b"", codecs.BOM_UTF8]))
    if draw(st.booleans()) and not mark and not head.startswith("\x0c"):
        text = f"# -*- coding: latin-1 -*-\n{text}"
        return text.replace("\n", newline).encode("latin-1"), text
    return mark + text.replace("\n", newline).encode(), text


def place_of_get(text: str) -> Location:
    before = text[: text.index("get(")]
    line = before[before.rfind("\n") + 1 :]
    # As facts have it: without the form feeds that lines begin with.
    return at(before.count("\n") + 1, len(line.lstrip("\x0c")) + 1)


def dumped(data: bytes) -> tuple[str, str]:
    """The tree without the time limit of the call, and the limit."""
    tree = ast.parse(data)
    call = next(n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == "get")
    limits = [ast.unparse(k.value) for k in call.keywords if k.arg == "timeout"]
    call.keywords = [k for k in call.keywords if k.arg != "timeout"]
    return ast.dump(tree), ", ".join(limits)


def edited(data: bytes, wanted: tuple[Edit, ...]) -> bytes:
    """Edits made the plain way, line by line and letter by letter."""
    encoding = "latin-1" if b"latin-1" in data[:30] else "utf-8"
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    lines = data.removeprefix(mark).decode(encoding).split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    text = "\n".join(lines)
    for edit in sorted(wanted, reverse=True):
        start, end = starts[edit.line - 1] + edit.column - 1, starts[edit.end_line - 1] + edit.end_column - 1
        text = text[:start] + edit.text + text[end:]
    return mark + text.encode(encoding)


@given(files())
def test_a_fix_does_what_it_says_and_nothing_else(made: tuple[bytes, str]) -> None:
    data, text = made
    wanted = fix(SetArgument(place_of_get(text), "kw:timeout", "10"))
    done = apply({FILE: data}, [wanted])
    assert done.refused == {}
    after = done.files[FILE]
    assert dumped(after) == (dumped(data)[0], "10")
    assert edited(data, edits({FILE: data}, [wanted])[wanted]) == after
    # It is done, and so nothing is left to do.
    assert apply({FILE: after}, [wanted]).files == {}
