"""Code pages are told by evidence, said, and never Chinese at any price."""

from __future__ import annotations

import random
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from scenarios import load_territory
from tests.scenarios.territory.makers import notes, refusal

NAMES = {
    "cp949": ["종로구", "중구", "용산구", "성동구", "광진구", "동대문구", "중랑구", "성북구", "강북구", "도봉구"],
    "cp1252": ["São Paulo", "Guarulhos", "Mauá", "São Caetano", "Embu-Guaçu", "Taboão", "Poá", "Santo André", "Arujá"],
    "gb18030": ["山城区", "淇滨区", "鹤山区", "浚县", "淇县", "北关区", "文峰区", "殷都区", "龙安区", "汤阴县"],
    "big5hkscs": ["中正區", "大同區", "中山區", "松山區", "大安區", "萬華區", "信義區", "士林區", "北投區"],
    "cp932": ["千代田区", "中央区", "港区", "新宿区", "文京区", "台東区", "墨田区", "江東区", "品川区", "目黒区"],
    "cp1251": ["Арбат", "Басманный", "Замоскворечье", "Якиманка", "Хамовники", "Тверской", "Таганский"],
    "cp1250": ["Łódź", "Kraków", "Wrocław", "Poznań", "Gdańsk", "Częstochowa", "Bełchatów", "Świdnica"],
}


def folder(path: Path, names: list[str], encoding: str) -> Path:
    path.mkdir(exist_ok=True)
    rows = [f"u{i},{name},{i},0,{1000 + i}" for i, name in enumerate(names)]
    (path / "units.csv").write_bytes("\n".join(["unit_id,name,x,y,population", *rows, ""]).encode(encoding))
    pairs = [f"u{i},u{i + 1}" for i in range(len(names) - 1)]
    (path / "adjacency.csv").write_text("\n".join(["a,b", *pairs, ""]))
    return path


@pytest.mark.parametrize("encoding", NAMES)
def test_the_code_page_is_told_by_the_characters_and_said(tmp_path: Path, encoding: str) -> None:
    territory = load_territory(folder(tmp_path / "t", NAMES[encoding], encoding))
    assert territory.units["name"].tolist() == [NAMES[encoding][i] for i in sorted(range(len(territory)), key=str)]
    assert f"({encoding}) by its characters" in notes(territory)


@pytest.mark.parametrize("encoding", NAMES)
@pytest.mark.parametrize("seed", range(5))
def test_few_names_are_read_right_or_not_at_all(tmp_path: Path, encoding: str, seed: int) -> None:
    chosen = random.Random(seed).sample(NAMES[encoding], 5)
    path = folder(tmp_path / "t", chosen, encoding)
    try:
        territory = load_territory(path)
    except ValueError as error:
        assert "--encoding" in str(error)
    else:
        assert territory.units["name"].tolist() == chosen
    assert load_territory(path, encoding=encoding).units["name"].tolist() == chosen


def test_a_stated_code_page_must_exist_and_fit(tmp_path: Path) -> None:
    path = folder(tmp_path / "t", NAMES["cp949"], "cp949")
    assert "it must be the name of a code page" in refusal(path, encoding="klingon")
    assert "does not fit the code page utf-8" in refusal(path, encoding="utf-8")
    assert load_territory(path, encoding="EUC-KR").units["name"].iloc[0] == "종로구"


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("encoding", ["cp949", "cp1252", "gb18030"])
def test_a_shapefile_is_read_as_it_declares_or_as_its_characters_say(
    tmp_path: Path, encoding: str, declared: bool
) -> None:
    names = NAMES[encoding]
    shapes = [shapely.box(500_000 + 1000 * i, 0, 501_000 + 1000 * i, 1000) for i in range(len(names))]
    table = {"unit_id": [f"u{i:02d}" for i in range(len(names))], "name": names, "population": [100] * len(names)}
    path = tmp_path / "t.shp"
    gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:32650").to_file(path, encoding=encoding)
    if not declared:
        path.with_suffix(".cpg").unlink(missing_ok=True)
    assert load_territory(path).units["name"].tolist() == names
