"""The drawing of a map: what a reader would stumble over."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest

from commlint.report.maps.layout import BOX_HEIGHT, BOX_WIDTH, Arrow, Layout, lay_out


def made_up(boxes: int, arrows: int, seed: int) -> list[Arrow]:
    chance = random.Random(seed)  # noqa: S311
    return [Arrow(chance.randrange(boxes), chance.randrange(boxes), firm=chance.random() < 0.7) for _ in range(arrows)]


SYSTEMS = [(0, []), (1, []), (1, [Arrow(0, 0)]), (7, []), (2, [Arrow(0, 1), Arrow(1, 0), Arrow(0, 1, firm=False)])]
SYSTEMS += [(size, made_up(size, count, size)) for size, count in ((3, 4), (12, 20), (60, 130), (80, 300))]


@pytest.fixture(params=SYSTEMS, ids=lambda system: f"{system[0]}-{len(system[1])}")
def drawn(request: pytest.FixtureRequest) -> tuple[list[Arrow], Layout]:
    size, arrows = request.param
    return arrows, lay_out(size, arrows)


def test_boxes_do_not_overlap(drawn: tuple[list[Arrow], Layout]) -> None:
    for (x, y), (other_x, other_y) in combinations(drawn[1].boxes, 2):
        assert abs(x - other_x) >= BOX_WIDTH or abs(y - other_y) >= BOX_HEIGHT


def test_all_is_inside_the_drawing(drawn: tuple[list[Arrow], Layout]) -> None:
    _, layout = drawn
    corners = [(x + across, y + down) for x, y in layout.boxes for across, down in ((0, 0), (BOX_WIDTH, BOX_HEIGHT))]
    for x, y in [*corners, *(point for route in layout.routes for point in route)]:
        assert 0 <= x <= layout.width
        assert 0 <= y <= layout.height


def test_arrows_go_from_box_to_box_and_through_no_other(drawn: tuple[list[Arrow], Layout]) -> None:
    arrows, layout = drawn
    for arrow, route in zip(arrows, layout.routes, strict=True):
        for box, (x, y) in ((arrow.first, route[0]), (arrow.second, route[-1])):
            left, top = layout.boxes[box]
            assert left <= x <= left + BOX_WIDTH
            assert top <= y <= top + BOX_HEIGHT
        # Between columns nothing stands, and inside them a route is level.
        for (x, y), (next_x, next_y) in pairwise(route):
            if y == next_y and abs(x - next_x) == BOX_WIDTH:
                assert not any(left == min(x, next_x) and top < y < top + BOX_HEIGHT for left, top in layout.boxes)
            else:
                assert not any(min(x, next_x) < left < max(x, next_x) for left, _ in layout.boxes)


def test_calls_go_to_the_right_and_events_where_they_must() -> None:
    layout = lay_out(4, [Arrow(2, 1), Arrow(1, 0), Arrow(0, 2, firm=False), Arrow(0, 3, firm=False)])
    left = [x for x, _ in layout.boxes]
    assert left[2] < left[1] < left[0] < left[3]


def test_a_ring_is_entered_where_it_is_called() -> None:
    layout = lay_out(4, [Arrow(1, 2), Arrow(2, 3), Arrow(3, 1), Arrow(0, 2)])
    left = [x for x, _ in layout.boxes]
    assert left[0] < left[2] < left[3]


def test_the_same_system_is_drawn_the_same() -> None:
    assert lay_out(40, made_up(40, 90, 3)) == lay_out(40, made_up(40, 90, 3))
