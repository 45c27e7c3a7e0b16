"""Where boxes and arrows of a drawing go: columns from left to right, so that arrows point to the right where they can.

The steps are those of Sugiyama, Tagawa and Toda: turn the arrows that close a circle, give each box a column, let an
arrow over several columns pass each of them in a lane of its own, order the columns so that few arrows cross, and move
boxes and lanes level with what they are joined to. Nothing is random: the same boxes and arrows are laid out the same.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

BOX_WIDTH = 184
BOX_HEIGHT = 54
_GAP = 24  # between boxes of a column
_LANE = 14  # from one lane to the next
_ROUNDS = 16
_ROWS = 1.9  # rows of a column, times the root of the number of boxes; a row is much lower than a column is wide
_SHAPE = 1.5  # width to height of a drawing with room to spare
_SPREAD = 2.0  # how far rows may be drawn apart to get there
_PORT = 12  # between the ends of two arrows at one side of a box

Point = tuple[int, int]
_Pair = tuple[int, int]


class Arrow(msgspec.Struct, frozen=True):
    """An arrow between two boxes, or from one to itself.

    Attributes:
        first: The box where it begins.
        second: The box that it points to.
        firm: It should point to the right; one that is not goes where it has to.
    """

    first: int
    second: int
    firm: bool = True


class Layout(msgspec.Struct, frozen=True):
    """A drawing, in pixels from its left top corner.

    Attributes:
        boxes: Left top corner of each box.
        routes: Points of each arrow from its first box to its second; level inside columns, to be curved between them.
            That of an arrow from a box to itself begins and ends at its top.
        width: Of everything.
        height: Of everything.
    """

    boxes: tuple[Point, ...]
    routes: tuple[tuple[Point, ...], ...]
    width: int
    height: int


class _Item:
    """A box, or the lane by which an arrow passes a column."""

    __slots__ = ("box", "left", "place", "right", "y")

    def __init__(self, *, box: bool) -> None:
        self.box = box
        self.left: list[_Item] = []
        self.right: list[_Item] = []
        self.place = 0
        self.y = 0.0

    @property
    def room(self) -> float:
        return (BOX_HEIGHT + _GAP) / 2 if self.box else _LANE / 2


def lay_out(size: int, arrows: Sequence[Arrow]) -> Layout:
    """Lays out boxes and the arrows between them.

    Args:
        size: How many boxes there are.
        arrows: The arrows; their order settles what nothing else does.
    """
    column = _columns(size, arrows)
    spans = [
        (arrow.first, arrow.second)
        if column.get(arrow.first, 0) <= column.get(arrow.second, 0)
        else (arrow.second, arrow.first)
        for arrow in arrows
    ]
    items = [_Item(box=True) for _ in range(size)]
    columns: list[list[_Item]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    for box in sorted(column):
        columns[column[box]].append(items[box])
    lanes = [_lanes(span, items, column, columns) for span in spans]
    _order(columns)
    _level(columns)
    lefts = _lefts(columns)
    _stretch(columns, lefts)

    bottom = max((item.y + item.room for items_ in columns for item in items_), default=0.0)
    places = {box: (lefts[at], round(items[box].y - BOX_HEIGHT / 2)) for box, at in column.items()}
    places |= _apart([box for box in range(size) if box not in column], lefts, round(bottom))
    passed = [
        [
            (x, round(lane.y))
            for left, lane in zip(lefts[column.get(span[0], 0) + 1 :], between, strict=False)
            for x in (left, left + BOX_WIDTH)
        ]
        for span, between in zip(spans, lanes, strict=True)
    ]
    routes = list(_routes(arrows, spans, passed, places))
    return Layout(
        tuple(places[box] for box in range(size)),
        tuple(routes),
        max((x + BOX_WIDTH for x, _ in places.values()), default=0),
        max((*(y + BOX_HEIGHT for _, y in places.values()), *(y for route in routes for _, y in route)), default=0),
    )


def _columns(size: int, arrows: Sequence[Arrow]) -> dict[int, int]:
    """The column of each box that is joined to another.

    It is right of all boxes whose firm arrows point to the box, but for those that close a circle. Loose arrows count
    for boxes without a firm one.
    """
    between = [arrow for arrow in arrows if arrow.first != arrow.second]
    firm = {box for arrow in between if arrow.firm for box in (arrow.first, arrow.second)}
    pointing = [arrow for arrow in between if arrow.firm or arrow.second not in firm]
    before: dict[int, set[int]] = {box: set() for arrow in between for box in (arrow.first, arrow.second)}
    for first, second in _without_circles(size, [(arrow.first, arrow.second) for arrow in pointing]):
        before[second].add(first)
    most = max(6, math.ceil(_ROWS * math.sqrt(len(before))))
    column: dict[int, int] = {}
    filled: Counter[int] = Counter()
    waiting = sorted(before)
    while waiting:
        least = {
            box: max((column[other] + 1 for other in before[box]), default=0)
            for box in waiting
            if before[box] <= column.keys()
        }
        box = min(least, key=lambda box: (least[box], box))
        place = least[box]
        while filled[place] >= most:
            place += 1
        column[box] = place
        filled[place] += 1
        waiting.remove(box)
    return column


def _without_circles(size: int, pairs: Sequence[_Pair]) -> set[_Pair]:
    """The pairs but for those that would close a circle."""
    following: list[set[int]] = [set() for _ in range(size)]

    def reaches(start: int, goal: int) -> bool:
        seen, waiting = {start}, [start]
        while waiting:
            box = waiting.pop()
            if box == goal:
                return True
            waiting += following[box] - seen
            seen |= following[box]
        return False

    for first, second in _from_the_heads(size, pairs):
        if not reaches(second, first):
            following[first].add(second)
    return {(first, second) for first in range(size) for second in following[first]}


def _from_the_heads(size: int, pairs: Sequence[_Pair]) -> list[_Pair]:
    """The pairs in the order in which they are met from boxes that nothing points to."""
    following: list[list[int]] = [[] for _ in range(size)]
    for first, second in pairs:
        following[first].append(second)
    pointed = {second for _, second in pairs}
    steps: dict[int, int] = {}
    for start in sorted(range(size), key=lambda box: box in pointed):
        # Boxes of a circle without a head are met last, and the first of them is its head.
        if start in steps:
            continue
        steps[start] = 0
        waiting = [start]
        for box in waiting:
            for after in following[box]:
                if after not in steps:
                    steps[after] = steps[box] + 1
                    waiting.append(after)
    return sorted(pairs, key=lambda pair: steps[pair[0]])


def _lanes(span: _Pair, items: Sequence[_Item], column: dict[int, int], columns: list[list[_Item]]) -> list[_Item]:
    """Joins the left and the right box of an arrow by a lane in each column between them."""
    left, right = span
    if column.get(left) == column.get(right):
        return []
    lanes = [_Item(box=False) for _ in range(column[left] + 1, column[right])]
    for number, lane in enumerate(lanes, column[left] + 1):
        columns[number].append(lane)
    for before, after in pairwise([items[left], *lanes, items[right]]):
        before.right.append(after)
        after.left.append(before)
    return lanes


def _order(columns: list[list[_Item]]) -> None:
    """Orders each column by the middle of what its items are joined to, forth and back, and keeps the best order."""
    for column in columns:
        _number(column)
    best = [list(column) for column in columns]
    least = _crossings(columns)
    for turn in range(_ROUNDS):
        forth = turn % 2 == 0
        for column in columns if forth else reversed(columns):
            column.sort(key=lambda item: _middle(item.left if forth else item.right, item.place))
            _number(column)
        crossings = _crossings(columns)
        if crossings < least:
            least, best = crossings, [list(column) for column in columns]
    for number, column in enumerate(best):
        columns[number] = column
        _number(column)


def _number(column: Sequence[_Item]) -> None:
    for place, item in enumerate(column):
        item.place = place


def _middle(joined: Sequence[_Item], default: float) -> float:
    return sum(item.place for item in joined) / len(joined) if joined else default


def _crossings(columns: Sequence[Sequence[_Item]]) -> int:
    total = 0
    for column in columns:
        seen = [0] * (max((after.place for item in column for after in item.right), default=0) + 1)
        for item in column:
            places = [after.place for after in item.right]
            total += sum(sum(seen[place + 1 :]) for place in places)
            for place in places:
                seen[place] += 1
    return total


def _level(columns: Sequence[Sequence[_Item]]) -> None:
    """Moves items level with what they are joined to, as near as the order and the room of each allow."""
    for column in columns:
        y = 0.0
        for item in column:
            item.y = y + item.room
            y += 2 * item.room
    for turn in range(_ROUNDS):
        forth = turn % 2 == 0
        last = turn >= _ROUNDS - 2
        for column in columns if forth else reversed(columns):
            wishes = []
            for item in column:
                joined = [*item.left, *item.right] if last else item.left if forth else item.right
                # A bent lane is worse than an arrow that leaves its box at a slant.
                weights = [1 if item.box or other.box else 8 for other in joined]
                level = sum(w * other.y for w, other in zip(weights, joined, strict=True)) / max(sum(weights), 1)
                wishes.append((level, sum(weights)) if joined else (item.y, 0.01))
            _settle(column, wishes)
    top = min((item.y - item.room for column in columns for item in column), default=0.0)
    for column in columns:
        for item in column:
            item.y -= top


def _settle(column: Sequence[_Item], wishes: Sequence[tuple[float, float]]) -> None:
    """Gives each item the place nearest to its wish (least squares) at which nobody is in another's room."""
    offset = 0.0
    offsets = []
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many items
    for item, (wish, weight) in zip(column, wishes, strict=True):
        offset += item.room
        offsets.append(offset)
        block = (wish - offset, weight, 1)
        offset += item.room
        while blocks and blocks[-1][0] >= block[0]:
            mean, heavy, count = blocks.pop()
            together = heavy + block[1]
            block = ((mean * heavy + block[0] * block[1]) / together, together, count + block[2])
        blocks.append(block)
    means = [mean for mean, _, count in blocks for _ in range(count)]
    for item, mean, own in zip(column, means, offsets, strict=True):
        item.y = mean + own


def _lefts(columns: Sequence[Sequence[_Item]]) -> list[int]:
    """Where each column begins; where many arrows pass there is more room between two."""
    lefts = []
    x = 0
    for column in columns:
        lefts.append(x)
        x += BOX_WIDTH + min(60 + 2 * sum(len(item.right) for item in column), 180)
    return lefts


def _stretch(columns: Sequence[Sequence[_Item]], lefts: Sequence[int]) -> None:
    """Draws the rows of a low and wide drawing apart, since it will be shown on a screen."""
    high = max((item.y + item.room for column in columns for item in column), default=1.0)
    factor = min(max((lefts[-1] + BOX_WIDTH) / (_SHAPE * high), 1.0), _SPREAD) if lefts else 1.0
    for column in columns:
        for item in column:
            item.y *= factor


def _apart(boxes: Sequence[int], lefts: Sequence[int], bottom: int) -> dict[int, Point]:
    """Boxes that nothing is joined to, in rows below the others."""
    wide = max((lefts[-1] if lefts else 0) // (BOX_WIDTH + _GAP) + 1, math.ceil(math.sqrt(len(boxes))))
    top = bottom + (2 * _GAP if lefts else 0)
    return {
        box: (number % wide * (BOX_WIDTH + _GAP), top + number // wide * (BOX_HEIGHT + _GAP))
        for number, box in enumerate(boxes)
    }


def _routes(
    arrows: Sequence[Arrow],
    spans: Sequence[_Pair],
    passed: Sequence[Sequence[Point]],
    places: dict[int, Point],
) -> Iterator[tuple[Point, ...]]:
    """The points of each arrow; its ends stand in the order in which the arrows leave the sides of a box."""
    sides: dict[tuple[int, bool], list[tuple[int, int]]] = defaultdict(list)
    for number, ((left, right), points) in enumerate(zip(spans, passed, strict=True)):
        if left != right:
            beside = places[left][0] == places[right][0]
            sides[left, True].append((points[0][1] if points else places[right][1] + BOX_HEIGHT // 2, number))
            sides[right, beside].append((points[-1][1] if points else places[left][1] + BOX_HEIGHT // 2, number))
    ports: dict[tuple[int, int], Point] = {}
    for (box, leaving), ends in sides.items():
        x, y = places[box]
        step = min(_PORT, (BOX_HEIGHT - 14) / max(len(ends) - 1, 1))
        for place, (_, number) in enumerate(sorted(ends)):
            shift = (place - (len(ends) - 1) / 2) * step
            ports[number, box] = (x + BOX_WIDTH if leaving else x, round(y + BOX_HEIGHT / 2 + shift))
    for number, (arrow, (left, right), points) in enumerate(zip(arrows, spans, passed, strict=True)):
        if left == right:
            x, y = places[left]
            yield ((x + BOX_WIDTH - 60, y), (x + BOX_WIDTH - 30, y))
        else:
            route = (ports[number, left], *points, ports[number, right])
            yield route if left == arrow.first else route[::-1]
