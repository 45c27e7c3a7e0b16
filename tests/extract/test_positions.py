r"""The places of nodes are those of libcst's own position provider, however odd the code looks."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

import commlint
from commlint.extract.positions import _MARKED, Positions

SOURCES = sorted(Path(commlint.__file__).parent.rglob("*.py"))

# Each stands at the left margin and is whole.
SNIPPETS = (
    "x = f(1)\n",
    "",
    "\n\n   \n",
    "# a comment: é\n",
    "'''doc\n  string\n'''\n",
    "@deco\n@other(1)  # why\n\n@a.b.c(x)(y)\n# between\ndef f(a, b=g()): pass\n",
    "@( deco )\nasync  def  f ( ) :\n\treturn  await  h ( )\n",
    "class  A ( B , metaclass = M ( ) ) :\n  x: int = f()\n\n  def m(self): return super().m()\n",
    "x = ((  (f) ) (  (1) ) )\n",
    "((a)).b((c))\n",
    "(\n    client\n    .get(url)  # one\n    .json()\n)[0].items()\n",
    "x = a \\\n  .b \\\n  (c)\n",
    "if a: f(); g()\nelif (b): h()\nelse: k()\n",
    "if a:\n    f()\n    # odd\nelif b:\n\n    g()\n",
    "for x in y :\n\tf(x)\nelse:\n\tg()\n",
    "while  f() : break\n",
    "try:\n    f()\nexcept (A, B) as e :\n    g()\nexcept C: pass\n",
    "try: f()\nexcept* E as g: h()\n",
    "with (a() as b, c() as d,): e()\n",
    "async def f():\n    async with a() as b: pass\n    async for c in d(): e(c)\n",
    "match  f(x) :\n    case [A(), *b] if g(): h()\n    case _: pass\n",
    "é = ünï('日本', '😀'); 名 = f(é)\n",
    "x = '😀😀'; f(x)\n",
    "\f\ndef f():\n    \f\n    g()\n",
    "x = f'{a(b)} {c!r:>{d()}}' 'e' f\"{g}\"\n",
    "s = '''\na\n  b'''.format(f(), g())\n",
    "s = 'a\\\nb' + f()\n",
    "x = [f(a) for a in b() if c(a) for d in a]\n",
    "x = lambda a, *b, c=f(), **d: g(a)\n",
    "import a.b as c, d\nfrom . import (\n    e as f,\n    g,\n)\nfrom .. h import *\n",
    "global_ = 1; del global_;\n",
    "x = not f(a) if b else -c()\n",
    "print (a , b , sep = c ( ) , * d , ** e )\n",
    "f(a)(b)(c)[d](e)\n",
    "if a:\n        if b:\n         f()\n        g()\n",
    "x = f(\n\n  # inside\n\n  a, # after\n)\n",
)
ENDS = ("", "x = f()", "    # only a comment", "def f(): g()", "x = \\\n  f()", "\t")


def same(code: str | bytes) -> int:
    """Compares all marked nodes of a module; says how many there are."""
    wrapper = MetadataWrapper(cst.parse_module(code))
    expected = wrapper.resolve(PositionProvider)
    positions = Positions(wrapper.module)
    marked = [node for node in expected if type(node) in _MARKED]
    for node in marked:
        place = expected[node]
        assert isinstance(place, CodeRange)
        line, column = place.start.line, place.start.column + 1
        assert (positions.of(node), positions.line(node)) == ((line, column), line), node
    return len(marked)


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_each_snippet_alone_and_with_windows_line_ends(snippet: str) -> None:
    assert same(snippet) == same(snippet.replace("\n", "\r\n"))


@settings(derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(SNIPPETS), max_size=6), st.sampled_from(ENDS), st.sampled_from(("\n", "\r\n", "\r")))
def test_snippets_together(snippets: list[str], end: str, newline: str) -> None:
    same(("".join(snippets) + end).replace("\n", newline))


@settings(derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SNIPPETS), st.sampled_from(("\n", "\r\n", "\r"))), min_size=2, max_size=6))
def test_line_ends_of_several_kinds_in_one_file(snippets: list[tuple[str, str]]) -> None:
    same("".join(snippet.replace("\n", newline) for snippet, newline in snippets))


@settings(derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(SNIPPETS), max_size=5), st.sampled_from(("class K:\n", "def k():\n", "if k:\n")))
def test_snippets_in_a_block(snippets: list[str], head: str) -> None:
    # Texts over several lines are indented with the rest, which makes other texts of them and no other code.
    body = "".join(snippets).splitlines(keepends=True)
    same(head + "".join(f"\t{line}" for line in body) + "\tpass\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_columns_count_characters_in_any_encoding(encoding: str) -> None:
    declared = "" if encoding == "utf-8-sig" else f"# -*- coding: {encoding} -*-\n"
    assert same(f"{declared}é = 'ü'; f(é)\n".encode(encoding)) > 0


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_files_of_commlint_itself(path: Path) -> None:
    code = path.read_bytes()
    assert same(code) > 0
    assert Positions(cst.parse_module(code)).lines == code.count(b"\n")


@pytest.mark.parametrize(
    ("code", "lines"),
    [("x", 1), ("x\n", 1), ("x\ny", 2), ("x\r\ny\r\n", 2), ("x\ry\r", 2), ("\n\n", 2), ("x\n\f\n", 2), ("x\n# y", 2)],
)
def test_lines_are_counted_as_python_counts_them(code: str, lines: int) -> None:
    assert Positions(cst.parse_module(code)).lines == lines
