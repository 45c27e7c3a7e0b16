"""What each kind of statement and expression becomes."""

from __future__ import annotations

import math
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import libcst as cst
import msgspec
import pytest
from facts_text import show
from hypothesis import given, settings
from hypothesis import strategies as st

from commlint import facts
from commlint.building import building
from commlint.extract import extract
from commlint.extract.lower import lower

STATEMENTS = [
    ("import a", "[Import(- 0 [Alias(a a)] @1)]"),
    ("import a.b, c.d as e", "[Import(- 0 [Alias(a a) Alias(c.d e)] @1)]"),
    ("from a.b import c as d, e", "[Import(a.b 0 [Alias(c d) Alias(e e)] is_from @1)]"),
    ("from . import a", "[Import(- 1 [Alias(a a)] is_from @1)]"),
    ("from ..a import *", "[Import(a 2 [Alias(* *)] is_from @1)]"),
    ("x = y = 1", "[Assign([x y] 1 - @1)]"),
    (
        "a.b, (c, *d), e[0] = f()",
        "[Assign([Sequence(tuple [a.b Sequence(tuple [c Star(d)]) Subscript(e 0 @1:17)])] Call(f [] [] @1:22) - @1)]",
    ),
    ("x += 1", "[Assign([x] 1 + @1)]"),
    ("x: int = 1", "[Annotated(x int 1 @1)]"),
    ('self.x: "a.B"', "[Annotated(self.x a.B - @1)]"),
    ('x: "list[A] | None" = None', "[Annotated(x Binary(| Subscript(list A @0:0) None) None @1)]"),
    ('x: "not a type!"', "[Annotated(x Other([]) - @1)]"),
    ('x: "f()"', "[Annotated(x Other([]) - @1)]"),
    ('"""doc"""', "[]"),
    ("...", "[]"),
    ("x", "[]"),
    ("x.y", "[Evaluate(x.y @1)]"),
    ("f()", "[Evaluate(Call(f [] [] @1:1) @1)]"),
    ("return", "[Return(- @1)]"),
    ("return x", "[Return(x @1)]"),
    ("raise", "[Raise(- @1)]"),
    ('raise E("x") from e', "[Raise(Call(E ['x'] [] @1:7) @1)]"),
    ("assert x, f()", "[Assert(x @1)]"),
    ("del a, b[0]", "[Delete([a Subscript(b 0 @1:10)])]"),
    ("del (a)", "[Delete([a])]"),
    ("global a, b", "[Outer(global [a b])]"),
    ("pass; break", "[Jump(break)]"),
    ("continue", "[Jump(continue)]"),
    (
        "if a:\n  f()\nelif b: g()\nelse:\n  h()",
        (
            "[If(a [Evaluate(Call(f [] [] @2:3) @2)] [If(b [Evaluate(Call(g [] [] @3:9) @3)] "
            "[Evaluate(Call(h [] [] @5:3) @5)] @3)] @1)]"
        ),
    ),
    (
        "for x, y in z:\n  f()\nelse:\n  g()",
        "[For(Sequence(tuple [x y]) z [Evaluate(Call(f [] [] @2:3) @2)] [Evaluate(Call(g [] [] @4:3) @4)] @1)]",
    ),
    ("while x:\n  break\nelse: f()", "[While(x [Jump(break)] [Evaluate(Call(f [] [] @3:7) @3)] @1)]"),
    (
        "try:\n  f()\nexcept (A, B) as e:\n  g()\nexcept:\n  h()\nelse:\n  i()\nfinally:\n  j()",
        (
            "[Try([Evaluate(Call(f [] [] @2:3) @2)] [Handler(Sequence(tuple [A B]) e [Evaluate(Call(g [] [] "
            "@4:3) @4)] @3) Handler(- - [Evaluate(Call(h [] [] @6:3) @6)] @5)] [Evaluate(Call(i [] [] @8:3) "
            "@8)] [Evaluate(Call(j [] [] @10:3) @10)] @1)]"
        ),
    ),
    (
        "try: f()\nexcept* A: g()",
        "[Try([Evaluate(Call(f [] [] @1:6) @1)] [Handler(A - [Evaluate(Call(g [] [] @2:12) @2)] @2)] [] [] @1)]",
    ),
    (
        "with a() as b, c: d()",
        "[With([WithItem(Call(a [] [] @1:6) b) WithItem(c -)] [Evaluate(Call(d [] [] @1:19) @1)] @1)]",
    ),
    (
        ('match x:\n  case A(b, c=d) if e: f()\n  case [1, *g] | {"k": h, **i}: pass\n  case j: pass\n  case _: pass'),
        (
            "[Match(x [Case([b d] e [Evaluate(Call(f [] [] @2:24) @2)]) Case([g i h] - []) Case([j] "
            "catch_all - []) Case([] catch_all - [])] @1)]"
        ),
    ),
    (
        '@d1\n@d2(1)\ndef f(a, /, b: B, c=1, *d, e: "E" = 2, **g) -> list[F]:\n  return a',
        (
            "[Function(f [Parameter(a positional - -) Parameter(b normal B -) Parameter(c normal - 1) "
            "Parameter(d args - -) Parameter(e keyword E 2) Parameter(g kwargs - -)] [Return(a @4)] [d1 "
            "Call(d2 [1] [] @2:2)] Subscript(list F @3:53) @3:5)]"
        ),
    ),
    (
        "async def f():\n  async with a() as b: pass\n  async for c in d: pass\n  await e()",
        (
            "[Function(f [] [With([WithItem(Call(a [] [] @2:14) b)] [] is_async @2) For(c d [] [] is_async "
            "@3) Evaluate(Await(Call(e [] [] @4:9)) @4)] [] - is_async @1:11)]"
        ),
    ),
    (
        "def f():\n  yield\n  x = yield from g()",
        (
            "[Function(f [] [Evaluate(Yield(-) @2) Assign([x] Yield(Call(g [] [] @3:18) each) - @3)] [] - "
            "is_generator @1:5)]"
        ),
    ),
    (
        "def f():\n  def g(): yield\n  return lambda: (yield)",
        (
            "[Function(f [] [Function(g [] [Evaluate(Yield(-) @2)] [] - is_generator @2:7) "
            "Return(Lambda(Function(<lambda> [] [Return(Yield(-) @0)] [] - is_generator @0:0)) @3)] [] - @1:5)]"
        ),
    ),
    (
        '@d\nclass A(B, c.D, metaclass=M):\n  """doc"""\n  x: int\n  def m(self): ...',
        (
            "[Class(A [B c.D] [Keyword(metaclass M)] [d] [Annotated(x int - @4) Function(m [Parameter(self "
            "normal - -)] [] [] - @5:7)] @2:7)]"
        ),
    ),
    ("a.b.c", "[Evaluate(a.b.c @1)]"),
    ("f(a, *b, c=d, **e)", "[Evaluate(Call(f [a Star(b)] [Keyword(c d) Keyword(- e)] @1:1) @1)]"),
    ("a.b(1).c()", "[Evaluate(Call(Call(a.b [1] [] @1:3).c [] [] @1:8) @1)]"),
    ("a[0](1)", "[Evaluate(Call(Subscript(a 0 @1:3) [1] [] @1:1) @1)]"),
    ("a\\\n .b()\\\n .c()", "[Evaluate(Call(Call(a.b [] [] @2:3).c [] [] @3:3) @1)]"),
]

ARGUMENTS = [
    (
        'f(-1, 1.5, True, None, 2 ** 70, 1j, b"x", ...)',
        "-1 1.5 True None Binary(** 2 70) Other([]) Other([]) Other([])",
    ),
    ('f("a" "b")', "'ab'"),
    ('f("a" f"b{c}d" "e" f"g")', "Format(['ab' c 'deg'])"),
    ('f(b"a" b"b")', "Format([Other([]) Other([])])"),
    ('f(f"{{{a}}}{b!r:>{w}}")', "Format(['{' a '}' Call(repr [b] [] @1:1)])"),
    ('f("%s" % a + b)', "Binary(+ Binary(% '%s' a) b)"),
    (
        'f([a, *b], (), {c}, {"d": e, **g})',
        "Sequence(list [a Star(b)]) Sequence(tuple []) Sequence(set [c]) Mapping([Item('d' e) Item(- g)])",
    ),
    (
        "f(a[1], a[1, b], a[1:b:c], a[::2, d()], a[...])",
        (
            "Subscript(a 1 @1:5) Subscript(a Sequence(tuple [1 b]) @1:11) Subscript(a Slice(1 b c) @1:20) Subscript(a "
            "Sequence(tuple [Slice(- - 2) Call(d [] [] @1:35)]) @1:30) Subscript(a Other([]) @1:43)"
        ),
    ),
    (
        "f(lambda a, *b, c=1: a)",
        (
            "Lambda(Function(<lambda> [Parameter(a normal - -) Parameter(b args - -) Parameter(c keyword - "
            "1)] [Return(a @0)] [] - @0:0))"
        ),
    ),
    (
        "f([a for a in b if c if d for (e, g) in h])",
        "Comprehension(list [a] [Clause(a b [c d]) Clause(Sequence(tuple [e g]) h [])] @1)",
    ),
    ("f({a: b for a in c})", "Comprehension(dict [a b] [Clause(a c [])] @1)"),
    ("f(a for a in b)", "Comprehension(generator [a] [Clause(a b [])] @1)"),
    ("f(a if b else c)", "Conditional(b a c)"),
    ("f(a and b and c or d)", "Boolean(or [Boolean(and [a b c]) d])"),
    ("f(not a, ~a, -a, +1)", "Not(a) Other([a]) Other([a]) Other([])"),
    (
        "f(a < b <= c, a not in b, a is not None)",
        "Compare(a [< <=] [b c]) Compare(a [not in] [b]) Compare(a [is not] [None])",
    ),
    ("f(x := 1)", "Walrus(x 1)"),
    ("f(a - b * c)", "Binary(- a Binary(* b c))"),
]


@pytest.mark.parametrize(("code", "expected"), STATEMENTS, ids=[code.split("\n")[0] for code, _ in STATEMENTS])
def test_statements(code: str, expected: str) -> None:
    assert show(lower(cst.parse_module(code)).body) == expected


@pytest.mark.parametrize(("code", "expected"), ARGUMENTS, ids=[code for code, _ in ARGUMENTS])
def test_arguments(code: str, expected: str) -> None:
    assert show(lower(cst.parse_module(code)).body) == f"[Evaluate(Call(f [{expected}] [] @1:1) @1)]"


def test_a_lambda_has_the_line_of_no_name_and_its_calls_their_own() -> None:
    body = lower(cst.parse_module("x = (\n    lambda:\n    f()\n)\n")).body
    assert show(body) == "[Assign([x] Lambda(Function(<lambda> [] [Return(Call(f [] [] @3:5) @0)] [] - @0:0)) - @1)]"


def test_a_quoted_annotation_has_no_places() -> None:
    # They would be those of the text, not of the file.
    assert show(lower(cst.parse_module('x: "list[f(a)]"\n')).body) == "[Annotated(x Other([]) - @1)]"


def read(tmp_path: Path, code: str | bytes) -> facts.Extracted:
    data = code.encode() if isinstance(code, str) else code
    (tmp_path / "x.py").write_bytes(data)
    return extract(tmp_path, [("x.py", len(data))])


def constant(tmp_path: Path, literal: str) -> object:
    [module] = read(tmp_path, f"x = {literal}\n").modules
    [statement] = module.body
    assert isinstance(statement, facts.Assign)
    return statement.value.value if isinstance(statement.value, facts.Const) else None


LONG = {
    "5,000 terms": "x = " + " + ".join(f"a{i} + '{i}'" for i in range(2_500)),
    "300 elifs": "if a == 0:\n    pass\n" + "".join(f"elif a == {i}:\n    f({i})\n" for i in range(1, 300)),
    # The time that libcst takes for it grows with the square.
    "1,000 calls": "x = a" + ".b(1)" * 1_000,
    "3,000 indexes": "x = a" + "[0]" * 3_000,
    "3,000 attributes": "x = a" + ".b" * 3_000,
    "3,000 calls": "x = a" + ".b(c, 1)" * 3_000,
    "500 literals side by side": "x = (" + "\n".join("'a'" for _ in range(500)) + ")",
    "3,000 operands": "x = " + " and ".join(f"a{i}" for i in range(3_000)),
    "2,000 conditionals": "x = " + "a if b else " * 2_000 + "c",
    "20,000 elements": "x = [" + "f(1), " * 20_000 + "]",
    "300 lambdas": "x = " + "lambda: " * 300 + "1",
    "90 blocks": "".join(f"{' ' * i}if a:\n" for i in range(90)) + " " * 90 + "f()",
}


@cache
def long(name: str) -> facts.Extracted:
    with TemporaryDirectory() as folder:
        return read(Path(folder), f"{LONG[name]}\n")


@pytest.mark.parametrize("name", LONG)
def test_long_code_is_read_or_said_not_to_be(name: str) -> None:
    assert long(name).failed == ()
    assert len(long(name).modules) + len(long(name).unreadable) == 1


@pytest.mark.parametrize("name", ["300 elifs", "500 literals side by side", "20,000 elements"])
def test_length_that_is_no_depth_is_read(name: str) -> None:
    assert len(long(name).modules) == 1


@pytest.mark.parametrize("name", LONG)
def test_long_code_that_is_read_can_be_sent(name: str) -> None:
    with building():
        sent = facts.encode(long(name))
        assert facts.encode(facts.decode(sent)) == sent


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("0", 0),
        ("0x_ff", 255),
        (str(2**63 - 1), 2**63 - 1),
        (str(2**63), None),
        (f"-{2**63 - 1}", 1 - 2**63),
        ("0x" + "f" * 10_000, None),
        ("9" * 10_000, None),
        ("1e400", math.inf),
        (r"'\ud800'", "?"),
        (r"'a\ud800b\udfff'", "a?b?"),
        (r"'\U0001F600'", "😀"),
        (r"'\x00\n'", "\0\n"),
        ("r'\\d'", "\\d"),
        ("u'a'", "a"),
        (r"b'\xff'", None),
        ("'''a\nb'''", "a\nb"),
        ("'a\\\nb'", "ab"),
    ],
)
def test_literals(tmp_path: Path, literal: str, value: object) -> None:
    assert constant(tmp_path, literal) == value


def test_an_unknown_escape_is_kept_and_warns_nobody(tmp_path: Path) -> None:
    # A warning about it would be about the code that is read, printed as if it were about commlint's.
    assert constant(tmp_path, r"'\d'") == r"\d"


@pytest.mark.parametrize(
    "code",
    [
        "\n".join(code for code, _ in STATEMENTS if code not in ("continue", "return x")),
        r"x = '\ud800'",
        r"x = f'\ud800{a}'",
        r"x = '\x00'",
        "x = 1e400",
        f"x = {2**64}",
    ],
    ids=["everything", "surrogate", "in an f-string", "null", "infinity", "65 bits"],
)
def test_what_is_read_can_be_sent(tmp_path: Path, code: str) -> None:
    extracted = read(tmp_path, f"{code}\n")
    assert len(extracted.modules) == 1
    assert plain(facts.decode(facts.encode(extracted))) == plain(extracted)


names = st.sampled_from(["a", "b", "é"])
constants = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text()
leaves: st.SearchStrategy[facts.Expr] = st.builds(facts.Name, names) | st.builds(facts.Const, constants)
expressions: st.SearchStrategy[facts.Expr] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(facts.Attr, inner, names),
        st.builds(
            facts.Call,
            inner,
            st.lists(inner, max_size=2).map(tuple),
            st.lists(st.builds(facts.Keyword, names, inner), max_size=2).map(tuple),
            st.integers(0, 9),
            st.integers(0, 9),
        ),
        st.builds(facts.Format, st.lists(inner, max_size=2).map(tuple)),
        st.builds(facts.Binary, st.just("+"), inner, inner),
        st.builds(facts.Mapping, st.lists(st.builds(facts.Item, st.none() | inner, inner), max_size=2).map(tuple)),
        st.builds(facts.Yield, st.none() | inner, st.booleans()),
        st.builds(facts.Star, inner),
    ),
    max_leaves=8,
)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.builds(facts.Evaluate, expressions, st.integers(1, 9)), max_size=3), st.text())
def test_facts_are_the_same_after_a_journey(statements: list[facts.Evaluate], text: str) -> None:
    sent = facts.Extracted(
        (facts.Module(text, tuple(statements), 3),), (facts.Unreadable(text, 1, 2, text),), (facts.Failed(text, text),)
    )
    assert plain(facts.decode(facts.encode(sent))) == plain(sent)


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=40))
def test_bytes_from_a_stranger_are_facts_or_an_error(data: bytes) -> None:
    with suppress(msgspec.DecodeError):
        assert isinstance(facts.decode(data), facts.Extracted)


def plain(extracted: facts.Extracted) -> object:
    """Facts compared by what they say."""
    return msgspec.to_builtins(extracted)
