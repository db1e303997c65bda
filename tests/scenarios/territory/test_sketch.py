"""The sketch of a territory: a shape for each unit, colours that part neighbours, names that can't break it."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pandas as pd
import pytest

from scenarios import Territory, generate_city
from scenarios.territory.notebook_map import FILLS, sketch

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def city() -> Territory:
    return generate_city(units=80, centres=4, seed=2)


@pytest.mark.parametrize("kind", ["path", "circle"])
def test_a_sketch_has_one_shape_for_each_unit_inside_its_frame(city: Territory, kind: str) -> None:
    shown = city if kind == "path" else replace(city, geometry=None)
    picture = ET.fromstring(sketch(shown))
    shapes = picture.findall(f"{SVG}{kind}")
    assert len(shapes) == len(city)
    width, height = float(picture.get("width")), float(picture.get("height"))
    for shape in shapes:
        text = shape.get("d") or f"{shape.get('cx')} {shape.get('cy')}"
        numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", text)]
        assert all(-1 <= x <= width + 1 for x in numbers[::2]) and all(-1 <= y <= height + 1 for y in numbers[1::2])


def test_areas_that_touch_differ_in_colour_where_the_palette_suffices(city: Territory) -> None:
    fills = [shape.get("fill") for shape in ET.fromstring(sketch(city)).findall(f"{SVG}path")]
    centre = city.units["centre"].to_numpy()
    assert set(fills) <= set(FILLS)
    for a, b in city.edge_positions:
        assert (fills[a] == fills[b]) == (centre[a] == centre[b])


def test_names_cannot_break_the_picture(city: Territory) -> None:
    label = pd.Series('<script>"&', index=city.units.index)
    assert "<script>" not in sketch(replace(city, name='<b>"'), label)
    ET.fromstring(sketch(replace(city, name='<b>"'), label))


def test_a_territory_shows_itself_and_says_what_is_made_up(city: Territory) -> None:
    assert "<svg" in city._repr_html_() and "synthetic" in city._repr_html_()
    assert f"{len(city)} units" in str(city)
