"""Maps: neighbours differ, labels keep clear, and what moves is what moved."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.graph_colouring import colour_map
from scenarios import InputError, Plan, Territory, generate_city
from scenarios.rules.moved import moved_units, origins
from study.plotting.map_layout import dissolve, neighbours, place_labels, ruler, text_width
from study.plotting.maps import draw_before_after, draw_map, save_map
from study.plotting.theme import AREAS, to_svg
from study.results.record import StudyRecord
from tests.sizes import size


def strip(count: int) -> Territory:
    """Return units in a row, each the neighbour of the next."""
    ids = [f"u{i:02d}" for i in range(count)]
    units = pd.DataFrame(
        {"x": np.arange(count) * 1.0, "y": 0.0, "population": 10.0}, index=pd.Index(ids, name="unit_id")
    )
    return Territory("strip", units, pd.DataFrame({"a": ids[:-1], "b": ids[1:]}))


def test_neighbouring_communities_differ_in_colour(record: StudyRecord) -> None:
    for plan in record.plans.values():
        label = plan.assignment.to_numpy(dtype=object)
        touching = neighbours(record.territory, label)
        colours = colour_map(touching, len(AREAS))
        assert all(colours[a] != colours[b] for a in touching for b in touching[a])


@given(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda e: e[0] < e[1]), max_size=20))
@settings(max_examples=size(20, 50))
def test_colours_differ_on_any_graph_that_has_colours_enough(edges: set[tuple[int, int]]) -> None:
    touching: dict[str, set[str]] = {str(i): set() for i in range(10)}
    for a, b in sorted(edges):
        touching[str(a)].add(str(b))
        touching[str(b)].add(str(a))
    colours = colour_map(touching, 10, {"0": 3, "1": 3})
    assert all(colours[str(a)] != colours[str(b)] for a, b in edges)
    assert colours["0"] == 3


def test_labels_never_overlap_and_the_first_has_its_wish() -> None:
    rng = np.random.default_rng(1)
    anchors, texts = rng.uniform(0, 100, (40, 2)), [f"社区{i}" for i in range(40)]
    spots = place_labels(anchors, texts, 8.0, 0.4)
    assert spots[0] == tuple(anchors[0])
    boxes = [
        (x - text_width(t) * 8 * 0.4 / 2, y - 8 * 0.4 / 2, x + text_width(t) * 8 * 0.4 / 2, y + 8 * 0.4 / 2)
        for t, spot in zip(texts, spots, strict=True)
        if spot is not None
        for x, y in [spot]
    ]
    assert len(boxes) > 5
    assert all(a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1] for a, b in combinations(boxes, 2))


def test_a_label_makes_way_for_a_mark_and_hides_one_only_for_want_of_room() -> None:
    anchors, mark = np.array([[0.0, 0.0]]), (-1.0, -1.0, 1.0, 1.0)
    (spot,) = place_labels(anchors, ["社区"], 8.0, 0.4, [mark])
    assert spot is not None and spot != (0.0, 0.0)
    assert abs(spot[1]) >= 1.0 + 8 * 0.4 / 2 or abs(spot[0]) >= 1.0 + 2 * 8 * 0.4 / 2
    everywhere = [(-99.0, -99.0, 99.0, 99.0)]
    assert place_labels(anchors, ["社区"], 8.0, 0.4, everywhere) == [(0.0, 0.0)]


def test_a_unit_moves_when_it_leaves_the_main_origin_of_its_new_community() -> None:
    territory = strip(6)
    before = pd.Series(list("AAABBB"), index=territory.units.index)
    after = pd.Series(list("11122x"), index=territory.units.index).replace({"x": "1"})
    assert origins(territory, before, after) == {"1": "A", "2": "B"}
    assert moved_units(territory, before, after).tolist() == [False] * 5 + [True]
    assert not moved_units(territory, before, before).any()


@given(st.floats(0.01, 1e5))
def test_a_scale_bar_is_round_and_fits(width: float) -> None:
    length = ruler(width)
    assert 0.07 * width <= length <= 0.2 * width * (1 + 1e-9)
    assert f"{length:e}"[0] in "125"


def test_dissolved_communities_cover_what_their_units_cover(record: StudyRecord) -> None:
    geometry = record.territory.geometry
    assert geometry is not None
    label = record.plans["current"].assignment.to_numpy(dtype=object)
    shapes = dissolve(record.territory, label)
    for name, shape in shapes.items():
        assert shape.area == pytest.approx(geometry[label == name].area.sum(), rel=1e-3)


def test_a_territory_without_polygons_is_drawn_as_points_and_edges() -> None:
    territory = strip(12)
    plan = pd.Series(list("AAAABBBBCCCC"), index=territory.units.index)
    figure = draw_map(territory, plan, title="strip", moved=np.arange(12) < 2, seats={"A": "u01"})
    axes = figure.axes[0]
    assert len(axes.collections) >= 4
    assert {t.get_text() for t in axes.texts} >= {"A", "B", "C"}
    assert to_svg(figure).startswith("<svg")


def test_shades_need_an_attribute_that_exists(record: StudyRecord) -> None:
    with pytest.raises(InputError, match="no_such"):
        draw_map(record.territory, record.plans["current"].assignment, colour_by="no_such")
    figure = draw_map(record.territory, record.plans["current"].assignment, colour_by="income", language="zh")
    assert "收入" in figure.axes[1].get_ylabel()


def test_the_same_map_is_the_same_picture(record: StudyRecord, tmp_path: object) -> None:
    plans = record.plans
    pair = [
        to_svg(draw_before_after(record.territory, plans["current"].assignment, plans["redrawn"].assignment))
        for _ in range(2)
    ]
    assert pair[0] == pair[1]


def test_a_map_is_saved_as_png(record: StudyRecord, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = save_map(
        record.territory, record.plans["redrawn"], tmp_path_factory.mktemp("map") / "map.png", language="zh"
    )
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_eight_thousand_units_are_drawn_as_pixels() -> None:
    city = generate_city(units=8_000, centres=20, seed=1)
    figure = draw_map(city, Plan(city.units["community"].astype(str)).assignment)
    assert len(to_svg(figure)) < 8_000_000


def test_names_with_dollars_are_not_read_as_formulas() -> None:
    territory = strip(4)
    named = replace(territory, units=territory.units.assign(centre="$x_1$ & <b>"))
    text = to_svg(draw_map(named, pd.Series(["$a^2$", "$a^2$", "<b>", "<b>"], index=named.units.index)))
    assert "<b>" not in text
