"""Paths of routes as templates: what frameworks write, what of it is a parameter, and which paths fit.

A path is read from text with parameters in braces (`/users/{id}`), angles (`/users/<int:id>`), colons or a regular
expression. Regular expressions are only read, never run: they are other people's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import TypeAlias

import msgspec

# Characters that no path has.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
_NAME = re.compile(r"\w+")
_ANGLES = re.compile(r"<([^<>]*(?:\([^()]*\))?[^<>]*)>")
_COLONS = re.compile(r":(\w+)(?:\([^()]*\))?|\*(\w*)")
_HOLES = re.compile(r"\{[^{}]*\}")
_GROUP = re.compile(r"\?(?:P<(\w+)>|P=(\w+)|[:>]|[aiLmsux-]+:?|<?[=!]|#)")
_QUANTIFIER = re.compile(r"([?*+]|\{[\d,]+\})[?+]?")
_QUERY = re.compile(r"[?#].*$", re.DOTALL)
# Converters that frameworks bring along; which of two words is the name tells the other one.
_KINDS = {
    "int": "int", "integer": "int", "signed": "int", "float": "float", "number": "float", "uuid": "uuid", "str": "",
    "string": "", "strorempty": "", "alpha": "", "slug": "", "path": "many", "any": "", "ymd": "", "date": "",
    "ext": "", "default": "",
    "re": "", "regex": "", "decimal": "float", "dt": "", "datetime": "", "time": "", "timedelta": "",
}  # fmt: skip
_FITS = {
    "int": re.compile(r"[0-9]+"),
    "float": re.compile(r"[0-9.]+"),
    "uuid": re.compile(r"[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}"),
}
# A regular expression with optional parts stands for several paths; more of them than this are not told apart.
_MOST = 16
# Of two paths that fit, one that ends where the other goes on is looser.
_SHORTER = 9
# More than any that is written by hand has; they may be as deep.
_GROUPS = 40


class Hole(msgspec.Struct, frozen=True):
    """A part of a path that is not fixed.

    Attributes:
        name: The parameter's name, or what stands there in code; may be empty.
        kind: What fits: `int`, `float`, `uuid`, or anything where it is empty.
        many: It may go over several segments.
        known: It is a parameter; otherwise a text that is not known, and may be empty.
    """

    name: str = ""
    kind: str = ""
    many: bool = False
    known: bool = True

    def __str__(self) -> str:
        """The hole as a template has it."""
        return f"{{{self.name}...}}" if self.many else f"{{{self.name}}}"


Token: TypeAlias = str | Hole
Text: TypeAlias = tuple[Token, ...]


# --- reading ----------------------------------------------------------------------------------------------------------


def unknown(name: str) -> str:
    """What stands in a text for a part of it that is not known, by its name in the code."""
    return f"{_OPEN}{name}{_CLOSE}"


def read(text: str, style: str = "") -> list[Text]:
    """What a path says, as texts with holes; several where parts of it are optional.

    Args:
        text: The path as it is written, with marks for what is not known of it.
        style: `braces`, `angles`, `named`, `colons` or `regex`; as it looks where that is not known.
    """
    return [_joined(_marked(tokens)) for tokens in _read(text, style or _style(text))]


def _read(text: str, style: str) -> list[Text]:
    if style == "regex":
        return _Regex(text).texts()
    if style == "colons":
        return [tuple(_colons(text))]
    return [tuple(_angles(text, style) if style in ("angles", "named") else _braces(text))]


def _marked(tokens: Text) -> Iterator[Token]:
    """Tokens with holes in place of marks."""
    for token in tokens:
        if isinstance(token, Hole):
            yield token
            continue
        for index, part in enumerate(_MARK.split(token)):
            yield Hole(part, known=False) if index % 2 else part


def _style(text: str) -> str:
    if re.search(r"\(\?P|^\^|\$$|\\[dwSs.]|\[[^\]]*\]\+", text) and not re.search(r"\{\w+:", text):
        return "regex"
    return "angles" if "<" in text else "braces"


def _braces(text: str) -> Iterator[Token]:
    start = 0
    while (opening := text.find("{", start)) >= 0:
        yield text[start:opening]
        depth, end = 0, opening
        for end in range(opening, len(text)):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            if depth == 0:
                break
        if depth:
            yield text[opening:]
            return
        yield _parameter(text[opening + 1 : end], first=True)
        start = end + 1
    # Pyramid's remainder: `/docs/*subpath`.
    rest = text[start:]
    if match := re.search(r"/\*(\w+)$", rest):
        yield rest[: match.start() + 1]
        yield Hole(match[1], many=True)
    else:
        yield rest


def _angles(text: str, style: str) -> Iterator[Token]:
    start = 0
    for match in _ANGLES.finditer(text):
        yield text[start : match.start()]
        yield _parameter(match[1], first=style == "named")
        start = match.end()
    yield text[start:]


def _colons(text: str) -> Iterator[Token]:
    start = 0
    for match in _COLONS.finditer(text):
        yield text[start : match.start()]
        yield Hole(match[1] or match[2] or "", many=match[0].startswith("*"))
        start = match.end()
    yield text[start:]


def _parameter(inside: str, *, first: bool) -> Hole:
    """A parameter by what stands inside its brackets.

    Args:
        inside: `id`, `id:int`, `int:id`, `id:[0-9]+`, `id...`, `proxy+`.
        first: The name stands before the colon where both words could be one.
    """
    before, colon, after = inside.partition(":")
    if not colon:
        name = inside.rstrip(".+")
        return Hole(_plain(name), many=inside != name)
    converter = re.split(r"[(:=]", before, maxsplit=1)[0].strip().lower()
    other = re.split(r"[(:=]", after, maxsplit=1)[0].strip().lower()
    name_first = first
    if converter in _KINDS and (other not in _KINDS or not first) and _NAME.fullmatch(after.rpartition(":")[2].strip()):
        name_first = False
    elif other in _KINDS or not _NAME.fullmatch(after.strip()):
        name_first = True
    name, rule = (before, after) if name_first else (after.rpartition(":")[2], before)
    word = re.split(r"[(:=]", rule, maxsplit=1)[0].strip().lower()
    if word in _KINDS and word not in ("re", "regex"):
        return Hole(_plain(name), "" if _KINDS[word] == "many" else _KINDS[word], many=_KINDS[word] == "many")
    if _NAME.fullmatch(rule.strip()):
        return Hole(_plain(name))
    return Hole(_plain(name), _kind(rule), many=_spans(rule))


def _plain(name: str) -> str:
    match = _NAME.search(name)
    return match[0] if match else ""


def _kind(rule: str) -> str:
    """What the rule of a parameter admits, where that is plain."""
    rule = rule.removeprefix("re:").strip("^$()'\"")
    return "int" if re.fullmatch(r"(\\d|\[0-9\]|\[\\d\])([+*]|\{[\d,]*\})?", rule) else ""


def _spans(rule: str) -> bool:
    """Whether what a regular expression fits may have slashes in it."""
    outside = re.sub(r"\\.", "", re.sub(r"\[(?:\\.|[^\]\\])*\]", "", rule))
    if re.search(r"\.[+*{]", outside) or "/" in outside:
        return True
    for match in re.finditer(r"\[(\^?)((?:\\.|[^\]\\])*)\]", rule):
        if ("/" in match[2]) != bool(match[1]):
            return True
        if "\\S" in match[2] and not match[1]:
            return True
    return bool(re.search(r"\\[SDW][+*{]", rule))


class _Regex:
    """Reads a regular expression as the texts that it stands for."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def texts(self) -> list[Text]:
        if self._pattern.count("(") > _GROUPS:
            return [(Hole(known=False),)]
        found = self._alternatives()
        return [_joined(text) for text in dict.fromkeys(found)][:_MOST]

    def _alternatives(self) -> list[Text]:
        """What stands here up to the end or a closing parenthesis."""
        branches: list[list[Text]] = [[()]]
        while self._at < len(self._pattern) and self._pattern[self._at] != ")":
            if self._pattern[self._at] == "|":
                self._at += 1
                branches.append([()])
                continue
            start = self._at
            piece = self._piece()
            piece = self._quantified(piece, self._pattern[start : self._at])
            branches[-1] = [(*a, *b) for a, b in product(branches[-1], piece)][:_MOST]
        self._at += 1
        return [text for branch in branches for text in branch][:_MOST]

    def _piece(self) -> list[Text]:
        char = self._pattern[self._at]
        self._at += 1
        if char in "^$":
            return [()]
        if char == "\\":
            return [self._escaped()]
        if char == "[":
            return [(Hole(kind=_kind(self._set())),)]
        if char == ".":
            # One character of any kind is most likely meant to be this one.
            repeated = _QUANTIFIER.match(self._pattern, self._at) is not None
            return [(Hole(),)] if repeated else [(char,)]
        if char == "(":
            return self._group()
        return [(char,)]

    def _escaped(self) -> Text:
        char = self._pattern[self._at : self._at + 1]
        self._at += 1
        if char in "AZzbB":
            return ()
        return (Hole(kind="int" if char == "d" else ""),) if char in "dDwWsS" else (char,)

    def _set(self) -> str:
        start = self._at - 1
        self._at += self._pattern[self._at : self._at + 1] == "^"
        self._at += 1
        while self._at < len(self._pattern) and self._pattern[self._at] != "]":
            self._at += 1 + (self._pattern[self._at] == "\\")
        self._at += 1
        return self._pattern[start : self._at]

    def _group(self) -> list[Text]:
        start = self._at
        head = _GROUP.match(self._pattern, start)
        self._at = head.end() if head is not None else start
        inside = self._at
        texts = self._alternatives()
        rule = self._pattern[inside : self._at - 1]
        if head is None or head[1]:
            return [(Hole(head[1] if head is not None else "", _kind(rule), many=_spans(rule)),)]
        if head[2]:
            return [(Hole(head[2]),)]
        # Only groups without a name are part of the text; look-around and flags are none.
        return texts if head[0] in ("?:", "?>") or head[0].endswith(":") else [()]

    def _quantified(self, piece: list[Text], rule: str) -> list[Text]:
        match = _QUANTIFIER.match(self._pattern, self._at)
        if match is None:
            return piece
        self._at = match.end()
        sign = match[1]
        if rule.startswith((".", "[", "\\")) and isinstance(piece[0][0] if piece[0] else "", Hole):
            # How often a character comes does not matter, unless it may be a slash.
            return [(Hole(many=True),)] if sign != "?" and _spans(rule + sign) else piece
        return [*piece, ()] if sign in "?*" or sign.startswith(("{0", "{,")) else piece


def _joined(tokens: Sequence[Token] | Iterator[Token]) -> Text:
    """Tokens with texts beside each other made one, and nameless holes likewise."""
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if token == "":
            continue
        if isinstance(token, str) and isinstance(last, str):
            joined[-1] = last + token
        elif isinstance(token, Hole) and isinstance(last, Hole) and not token.name and not last.name:
            joined[-1] = Hole(kind=last.kind if last.kind == token.kind else "", many=last.many or token.many)
        else:
            joined.append(token)
    return tuple(joined)


def below(prefix: Text, path: Text, *, cut: bool) -> Text:
    """A path below another one.

    Args:
        prefix: What it hangs below.
        path: Itself.
        cut: There is a slash between the two, whether one of them says so or not.
    """
    if not prefix or not path:
        return prefix or path
    last, first = prefix[-1], path[0]
    if isinstance(last, str) and last.endswith("/") and isinstance(first, str) and first.startswith("/"):
        return _joined((*prefix, first.lstrip("/"), *path[1:]))
    ends = isinstance(last, str) and last.endswith("/")
    begins = isinstance(first, str) and first.startswith("/")
    if cut and not ends and not begins and not (isinstance(first, Hole) and not first.known):
        return _joined((*prefix, "/", *path))
    return _joined((*prefix, *path))


# --- templates --------------------------------------------------------------------------------------------------------


class Template(msgspec.Struct, frozen=True):
    """A path cut at its slashes.

    Attributes:
        segments: What stands between them.
        slash: Whether it ends with one.
    """

    segments: tuple[Text, ...]
    slash: bool = False

    def __str__(self) -> str:
        """The path as a reader would write it: `/users/{id}`."""
        text = "/".join("".join(map(str, segment)) for segment in self.segments)
        return f"/{text}/" if self.slash and text else f"/{text}"

    @property
    def sure(self) -> bool:
        """Nothing of it is unknown."""
        return all(token.known for segment in self.segments for token in segment if isinstance(token, Hole))

    @property
    def catches_all(self) -> bool:
        """It fits whatever is asked for."""
        return bool(self.segments) and all(_is_many(segment) for segment in self.segments)

    @property
    def rank(self) -> tuple[int, ...]:
        """How specific it is: of two that fit, the lower one is meant where the order does not matter."""
        return (*map(_looseness, self.segments), _SHORTER)


def cut(text: Text) -> Template:
    """A text as a template."""
    segments: list[list[Token]] = [[]]
    for token in text:
        if isinstance(token, Hole):
            segments[-1].append(token)
            continue
        first, *more = token.split("/")
        segments[-1].append(first)
        segments.extend([part] for part in more)
    cleaned = [_joined(segment) for segment in segments]
    return Template(tuple(segment for segment in cleaned if segment), slash=len(cleaned) > 1 and not cleaned[-1])


def asked(path: str) -> Template:
    """The path of a call, in which `{}` or `{x}` stands for what is not known."""
    path = _HOLES.sub("{}", path)
    return cut(_joined(_pieces(_QUERY.sub("", path))))


def _pieces(path: str) -> Iterator[Token]:
    for index, part in enumerate(path.split("{}")):
        if index:
            yield Hole(known=False)
        yield part


def fit(route: Template, call: Template) -> int | None:
    """How many guesses it takes for a call to mean a route; `None` where it cannot.

    What is not known of a call fits a parameter freely. That it is just what a route has literally is a guess, and only
    made where all that is known of the call is literal in the route too.
    """
    return _fit(route.segments, call.segments, loose=False)


def _fit(route: tuple[Text, ...], call: tuple[Text, ...], *, loose: bool) -> int | None:
    """As `fit`, for what is left of both.

    Args:
        route: What is left of the route.
        call: What is left of the call.
        loose: Something literal of the call has met a parameter.
    """
    if not route:
        return None if call else 0
    if _is_many(route[0]):
        # That nothing at all stands there is the last thing to think of.
        rest = ((_fit(route[1:], call[taken:], loose=loose), not taken) for taken in range(len(call) + 1))
        return min((guesses + none for guesses, none in rest if guesses is not None), default=None)
    if not call:
        return None
    here = _fit_segment(route[0], call[0])
    if here is None or (here and loose):
        return None
    loose = loose or (not here and not _is_hole(call[0]) and route[0] != call[0])
    rest_of = _fit(route[1:], call[1:], loose=loose)
    return None if rest_of is None or (loose and here + rest_of) else here + rest_of


def _is_hole(segment: Text) -> bool:
    return len(segment) == 1 and isinstance(segment[0], Hole)


def _is_many(segment: Text) -> bool:
    """A segment may be several, or none at all."""
    only = segment[0]
    return len(segment) == 1 and isinstance(only, Hole) and (only.many or not only.known)


def _fit_segment(route: Text, call: Text) -> int | None:
    first = route[0]
    if len(route) == 1 and len(call) == 1:
        asked_for = call[0]
        if isinstance(first, str):
            return (0 if first == asked_for else None) if isinstance(asked_for, str) else 1
        if isinstance(asked_for, Hole):
            return 0
        pattern = _FITS.get(first.kind)
        return 0 if pattern is None or pattern.fullmatch(asked_for) else None
    if not _overlap(route, call):
        return None
    # A text with a hole in it for a whole that is not known is a guess too.
    return 1 if _is_hole(call) or not any(isinstance(token, Hole) for token in route) else 0


def _overlap(one: Text, other: Text) -> bool:
    """Whether some text fits both, a hole being any text."""
    first, second = (
        [char for token in text for char in ((None,) if isinstance(token, Hole) else tuple(token))]
        for text in (one, other)
    )
    reach = {(0, 0)}
    todo = [(0, 0)]
    while todo:
        i, j = todo.pop()
        if i == len(first) and j == len(second):
            return True
        a = first[i] if i < len(first) else ""
        b = second[j] if j < len(second) else ""
        steps = []
        if a is None:
            steps += [(i + 1, j), (i, j + 1)] if b != "" else [(i + 1, j)]
        if b is None:
            steps += [(i, j + 1), (i + 1, j)] if a != "" else [(i, j + 1)]
        if a and a == b:
            steps.append((i + 1, j + 1))
        for step in steps:
            if step not in reach:
                reach.add(step)
                todo.append(step)
    return False


def _characters(text: Text) -> list[str | None]:
    """The characters of a text; `None` for a hole."""
    found: list[str | None] = []
    for token in text:
        if isinstance(token, Hole):
            found.append(None)
        else:
            found.extend(token)
    return found


def _looseness(segment: Text) -> int:
    if _is_many(segment):
        return 4
    holes = [token for token in segment if isinstance(token, Hole)]
    if not holes:
        return 0
    if len(segment) > 1:
        return 1
    return 2 if holes[0].kind else 3
