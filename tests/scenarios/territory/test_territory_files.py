"""Loading a territory: every form it comes in, and every fault named."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenarios import InputError, Territory, load_territory
from scenarios.territory.tables import workbook as tables_module
from tests.sizes import size

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"
needs_data = pytest.mark.skipif(not SHARED.is_dir(), reason="the public data sets are not on this machine")

UNITS = "unit_id,x,y,population\na,0,0,10\nb,1,0,20\nc,2,0,30\n"
EDGES = "u,v\na,b\nb,c\n"


def folder(path: Path, units: str = UNITS, adjacency: str | None = EDGES, **others: str) -> Path:
    path.mkdir(exist_ok=True)
    (path / "units.csv").write_text(units, "utf-8")
    if adjacency is not None:
        (path / "adjacency.csv").write_text(adjacency, "utf-8")
    for name, text in others.items():
        (path / f"{name}.csv").write_text(text, "utf-8")
    return path


def problems(path: Path, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        load_territory(path, **options)  # type: ignore[arg-type]
    return "\n".join(map(str, caught.value.problems))


def test_it_reads_a_folder(tmp_path: Path) -> None:
    territory = load_territory(folder(tmp_path / "town"))
    assert territory.name == "town"
    assert territory.unit_ids == ("a", "b", "c")
    assert territory.edges[["a", "b"]].to_numpy().tolist() == [["a", "b"], ["b", "c"]]
    assert territory.units["population"].dtype == np.int64
    assert territory.coordinates.tolist() == [[0, 0], [1, 0], [2, 0]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_it_reads_chinese_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = folder(tmp_path / "t")
    text = "小区编号,名称,横坐标,纵坐标,人口（人）,户数,营销中心,社区\n001,甲,0,0,10,4,东,一\n002,乙,1,0,20,8,东,二\n"
    (path / "units.csv").write_bytes(text.encode(encoding))
    (path / "adjacency.csv").write_text("a,b\n001,002\n")
    territory = load_territory(path)
    assert territory.unit_ids == ("001", "002")
    assert territory.units.loc["002", ["name", "population", "households", "centre", "community"]].tolist() == [
        "乙",
        20,
        8,
        "东",
        "二",
    ]
    assert any("人口" in note and "population" in note for note in territory.provenance.notes)


def test_it_turns_metres_into_kilometres(tmp_path: Path) -> None:
    territory = load_territory(folder(tmp_path / "t", "unit_id,x_m,y_m\na,1000,-500\nb,2000,0\n", "p,q\na,b\n"))
    assert territory.coordinates.tolist() == [[1.0, -0.5], [2.0, 0.0]]
    assert "x_m" not in territory.units.columns


def test_it_orders_and_merges_adjacencies_and_keeps_extra_columns(tmp_path: Path) -> None:
    territory = load_territory(folder(tmp_path / "t", adjacency="a,b,shared_border_m\nc,b,250\nb,a,100\na,b,100\n"))
    assert territory.edges[["a", "b"]].to_numpy().tolist() == [["a", "b"], ["b", "c"]]
    assert territory.edges["shared_border_m"].tolist() == [100, 250]
    assert territory.edges["shared_border_km"].tolist() == [0.1, 0.25]
    assert any("twice" in note for note in territory.provenance.notes)


def test_it_keeps_codes_with_leading_zeros_as_text_and_missing_numbers_as_nan(tmp_path: Path) -> None:
    units = "unit_id,x,y,code,share\na,0,0,007,0.5\nb,1,0,012,\nc,2,0,100,0.25\n"
    territory = load_territory(folder(tmp_path / "t", units))
    assert territory.units["code"].tolist() == ["007", "012", "100"]
    assert np.isnan(territory.units.loc["b", "share"])
    assert any("share is missing for 1 of 3 units (b)" in note for note in territory.provenance.notes)
    with pytest.raises(InputError, match="missing for b"):
        territory.attribute("share")


def test_it_names_every_fault_at_once(tmp_path: Path) -> None:
    units = (
        "unit_id,x,y,population,households,other\n"
        "a,0,0,10,4,1\n"
        "b,1,0,many,nan,2\n"
        ",2,0,-3,1,3\n"
        "a,3,0,inf,1,x\n"
        "c,,0,1e16,1,4\n"
    )
    edges = "from,to\na,b\nb,zz\nc,c\n"
    outlets = "outlet_id,unit_id\no1,a\no1,nowhere\n"
    said = problems(folder(tmp_path / "t", units, edges, outlets=outlets))
    for expected in (
        "units.csv row 3, population is many; it must be a number",
        "units.csv row 3, households is nan; it must be a finite number",
        "units.csv row 4, unit_id; an id must not be empty",
        "units.csv row 4, population is -3; it must not be negative",
        "units.csv row 5, unit_id is a, as in row 2; ids must be unique",
        "units.csv row 5, population is inf; it must be a finite number",
        "units.csv row 5, other is x; it must be a number",
        "units.csv row 6, population is 1e+16; it must not exceed",
        "units.csv row 6, x; every unit needs coordinates",
        "adjacency.csv row 3 is zz; an adjacency must join known units",
        "adjacency.csv row 4 is c; a unit cannot be its own neighbour",
        "outlets.csv row 3, outlet_id is o1, as in row 2; ids must be unique",
    ):
        assert expected in said, f"{expected}\nnot in\n{said}"


@pytest.mark.parametrize(
    ("units", "edges", "expected"),
    [
        ("unit_id,x,x,y\na,0,0,0\n", EDGES, "units.csv header is x; a column name must be unique"),
        ("unit_id,,y\na,0,0\n", EDGES, "column 2 without a name"),
        ("id,x,y\na,0,0\n", EDGES, "the column unit_id is missing"),
        ("unit_id,x,y\n", EDGES, "there is no unit"),
        ("", EDGES, "the file is empty"),
        ("unit_id,x,y\na,0,0,5\n", EDGES, "a row must have at most 3 cells"),
        ("unit_id,population\na,1\n", EDGES, "columns x, y [km] or x_m, y_m [m] are missing"),
        ("unit_id,x,y\na,0,0\nb,450000,0\n", "p,q\na,b\n", "coordinates are kilometres"),
        ("unit_id,x,y,share\na,0,0,15%\nb,1,0,3\nc,2,0,4\n", EDGES, "Write 15 % as 0.15"),
        ('unit_id,x,y,population\na,0,0,"12,5"\nb,1,0,3\nc,2,0,4\n', EDGES, "Write decimals with a point"),
        ("unit_id,x,y,centre\na,0,0,east\nb,1,0,\nc,2,0,west\n", EDGES, "every unit needs a centre"),
        (UNITS, "a\nb\n", "the first two columns must be unit ids"),
    ],
)
def test_it_says_where_rule_and_remedy(tmp_path: Path, units: str, edges: str | None, expected: str) -> None:
    assert expected in problems(folder(tmp_path / "t", units, edges))


def test_it_lists_a_few_of_many_faults_and_counts_the_rest(tmp_path: Path) -> None:
    rows = "".join(f"u{k},0,0,bad\n" for k in range(500))
    with pytest.raises(InputError) as caught:
        load_territory(folder(tmp_path / "t", "unit_id,x,y,population\n" + rows, "a,b\nu0,u1\n"))
    assert len(caught.value.problems) < 40
    assert "row 14, population, and 487 more after it; it must be a number" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("t.gpkg", b"no database", "it is not a GeoPackage"),
        ("t.geojson", b"{broken", "it is not GeoJSON"),
        ("t.geojson", b'{"type": "Topology"}', "must be a GeoJSON FeatureCollection"),
        ("t.shp", b"no shapes at all", "it is not a Shapefile"),
        ("t.xlsx", b"no zip", "it is not an .xlsx file"),
        ("t.xlsx", b"", "the file is empty"),
        ("t.csv", b"unit_id\n", "there is no unit"),
        ("t.docx", b"PK", "a territory is a folder, an .xlsx file or a polygon file"),
    ],
)
def test_it_refuses_files_that_are_not_what_they_say(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert expected in problems(tmp_path / name)


def test_it_refuses_binary_csv_and_unknown_encodings(tmp_path: Path) -> None:
    path = folder(tmp_path / "t")
    (path / "units.csv").write_bytes("unit_id,x,y\n".encode("utf-16"))
    assert "UTF-16" in problems(path)
    (path / "units.csv").write_bytes(b"unit_id,x,y\na,0,0\nb\xff\xff,1,1\n")
    assert "units.csv line 3; text must be UTF-8, or in a code page that its characters tell" in problems(path)


def test_it_refuses_a_workbook_that_unpacks_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables_module, "MAX_UNPACKED_BYTES", 1_000_000)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 2_000_000)
    assert len(data.getvalue()) < 10_000
    (tmp_path / "bomb.xlsx").write_bytes(data.getvalue())
    assert "2000000 bytes unpacked" in problems(tmp_path / "bomb.xlsx")


@pytest.mark.slow
def test_a_sheet_formatted_to_its_last_cell_is_read_quickly(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "units"
    for row in (["unit_id", "x", "y"], ["a", 0, 0], ["b", 1, 0]):
        sheet.append(row)
    sheet["XFD1048576"].font = openpyxl.styles.Font(bold=True)
    other = book.create_sheet("adjacency")
    for row in (["a", "b"], ["a", "b"]):
        other.append(row)
    book.save(tmp_path / "t.xlsx")
    assert load_territory(tmp_path / "t.xlsx").unit_ids == ("a", "b")


def test_it_suggests_near_names_for_a_path_that_does_not_exist(tmp_path: Path) -> None:
    folder(tmp_path / "springfield")
    assert "Did you mean springfield" in problems(tmp_path / "springfeld")
    with pytest.raises(InputError, match="model_city"):
        load_territory("model_town")


def test_it_reads_a_workbook_as_file_or_in_a_folder(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "units"
    for row in (["unit_id", "x", "y", "population"], [101, 0, 0, 10], [102, 1.5, 0, 20]):
        sheet.append(row)
    other = book.create_sheet("Adjacency")
    for row in (["a", "b"], [101, 102]):
        other.append(row)
    (tmp_path / "in").mkdir()
    book.save(tmp_path / "in" / "data.xlsx")
    for path in (tmp_path / "in" / "data.xlsx", tmp_path / "in"):
        territory = load_territory(path)
        assert territory.unit_ids == ("101", "102")
        assert territory.units["population"].tolist() == [10, 20]
        assert territory.units["x"].tolist() == [0.0, 1.5]


def test_it_renames_columns_and_refuses_unknown_ones(tmp_path: Path) -> None:
    path = folder(tmp_path / "t", "key,x,y,POP\na,0,0,1\nb,1,0,2\n", "p,q\na,b\n")
    territory = load_territory(path, id="key", rename={"POP": "population"}, name="T")
    assert (territory.name, territory.units["population"].tolist()) == ("T", [1, 2])
    said = problems(path, id="key", rename={"PUP": "population", "x": "y"})
    assert "units.csv has no column PUP. Choose POP." in said
    assert "already has a column y" in said
    assert "--id keys; units.csv has no column keys. Choose key." in problems(path, id="keys")


def test_it_reads_outlets_halls_and_sellers(tmp_path: Path) -> None:
    path = folder(
        tmp_path / "t",
        outlets="网点编号,单元,网格经理,月销量\no2,b,g1,12\no1,a,,7.5\n",
        halls="hall_id,unit_id,business,clerks,x,y\nh1,c,网通,4,2.1,0.1\n",
        sellers="工号,姓名,岗位,驻地单元,负责单元\ng1,甲,网格经理,a,a；b\nc1,乙,社区经理,c,\n",
    )
    territory = load_territory(path)
    assert territory.outlets is not None and territory.halls is not None and territory.sellers is not None
    assert territory.outlets["outlet_id"].tolist() == ["o1", "o2"]
    assert territory.outlets["seller_id"].tolist() == ["", "g1"]
    assert territory.outlets["x"].tolist() == [0.0, 1.0]
    assert territory.halls.iloc[0][["business", "clerks", "x"]].tolist() == ["fixed", 4, 2.1]
    assert territory.sellers["force"].tolist() == ["CM", "GM"]
    assert territory.sellers["knows"].tolist() == ["", "a;b"]


def test_it_checks_outlets_halls_and_sellers(tmp_path: Path) -> None:
    said = problems(
        folder(
            tmp_path / "t",
            outlets="outlet_id,unit_id,seller_id\no1,a,nobody\no2,zz,\n",
            halls="hall_id,unit_id,business,clerks\nh1,a,both,2.5\n",
            sellers="seller_id,force,home_unit,knows,counter_share\ns1,XM,a,,0\ns2,CM,,,0\ns3,GM,a,a;q,1.5\n",
        )
    )
    for expected in (
        "outlets.csv row 2, seller_id is nobody; it must be a seller",
        "outlets.csv row 3, unit_id is zz; it must be a unit of the territory",
        "halls.csv row 2, business is both; it must be fixed or mobile",
        "halls.csv row 2, clerks is 2.5; it must be a whole number",
        "sellers.csv row 2, force is XM; it must be CM or GM",
        "sellers.csv row 3 is s2; a seller needs a home_unit or units he knows",
        "sellers.csv row 4, knows is q; it must list units",
        "sellers.csv row 4, counter_share is 1.5; it must lie between 0 and 1",
    ):
        assert expected in said, f"{expected}\nnot in\n{said}"


def test_its_digest_follows_the_content(tmp_path: Path) -> None:
    first = load_territory(folder(tmp_path / "p")).provenance.sha256
    assert load_territory(folder(tmp_path / "q")).provenance.sha256 == first
    assert load_territory(folder(tmp_path / "q", UNITS.replace("30", "31"))).provenance.sha256 != first


def test_it_names_separate_pieces_and_bridges_the_nearest(tmp_path: Path) -> None:
    units = "unit_id,name,x,y\n" + "".join(f"u{k},N{k},{x},0\n" for k, x in enumerate([0, 1, 2, 5, 6, 20]))
    path = folder(tmp_path / "t", units, "a,b\nu0,u1\nu1,u2\nu3,u4\n")
    said = problems(path)
    assert "component of 2 units is u3 N3, u4 N4" in said
    assert "island is u5 N5" in said
    assert "--bridge nearest" in said
    territory = load_territory(path, bridge="nearest")
    assert set(territory.provenance.bridges) == {("u2", "u3"), ("u4", "u5")}
    assert len(territory.components()) == 1


def grid(n: int) -> gpd.GeoDataFrame:
    cells = [shapely.box(x, y, x + 1000, y + 1000) for y in range(0, n * 1000, 1000) for x in range(0, n * 1000, 1000)]
    return gpd.GeoDataFrame({"unit_id": [f"{k:04d}" for k in range(n * n)]}, geometry=cells, crs="EPSG:32650")


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp"])
def test_polygons_get_rook_adjacency_centroids_and_areas(tmp_path: Path, suffix: str) -> None:
    frame = grid(4).set_geometry(grid(4).translate(500_000, 4_000_000))
    path = tmp_path / f"grid.{suffix}"
    (frame.to_crs("EPSG:4326") if suffix == "geojson" else frame).to_file(path)
    territory = load_territory(path)
    assert len(territory.edges) == 2 * 4 * 3  # corners do not count
    assert np.allclose(territory.units["area_km2"], 1.0, rtol=2e-3)
    assert np.allclose(territory.edges["shared_border_km"], 1.0, rtol=2e-3)
    assert np.allclose(territory.units.loc["0000", ["x", "y"]].to_numpy(dtype=float), [500.5, 4000.5], atol=1e-3)


def test_borders_with_extra_vertices_and_hair_gaps_are_found_and_told(tmp_path: Path) -> None:
    left = shapely.Polygon([(0, 0), (1000, 0), (1000, 1000), (0, 1000)])
    right = shapely.Polygon([(1000, 0), (2000, 0), (2000, 1000), (1000, 1000), (1000, 400)])
    upper = shapely.Polygon([(0, 1000.05), (2000, 1000.05), (2000, 2000), (0, 2000)])
    gpd.GeoDataFrame({"unit_id": ["l", "r", "u"]}, geometry=[left, right, upper], crs="EPSG:32650").to_file(
        tmp_path / "t.gpkg"
    )
    territory = load_territory(tmp_path / "t.gpkg")
    assert territory.edges[["a", "b"]].to_numpy().tolist() == [["l", "r"], ["l", "u"], ["r", "u"]]
    assert territory.edges["shared_border_km"].tolist() == pytest.approx([1.0, 1.0, 1.0], abs=0.002)
    assert any("0.1 m apart" in note for note in territory.provenance.notes)


def test_it_names_units_with_bad_geometry(tmp_path: Path) -> None:
    shapes = [
        shapely.box(0, 0, 1, 1),
        shapely.Polygon([(1, 0), (2, 1), (2, 0), (1, 1)]),
        shapely.Polygon(),
        shapely.Point(0, 0),
    ]
    frame = gpd.GeoDataFrame({"unit_id": list("abcd")}, geometry=shapes, crs="EPSG:4326")
    frame.to_file(tmp_path / "t.geojson")
    said = problems(tmp_path / "t.geojson")
    assert "t.geojson, unit b is Self-intersection" in said
    assert "t.geojson, unit c; its geometry is empty" in said
    assert "t.geojson, unit d is Point; it must be a polygon" in said


def test_two_units_cannot_have_one_polygon(tmp_path: Path) -> None:
    cells = [shapely.box(0, 0, 1, 1), shapely.box(0, 0, 1, 1)]
    gpd.GeoDataFrame({"unit_id": ["a", "b"]}, geometry=cells, crs="EPSG:4326").to_file(tmp_path / "t.gpkg")
    assert "unit b is that of a; two units cannot have the same polygon" in problems(tmp_path / "t.gpkg")


def test_of_several_polygon_files_it_asks_for_one(tmp_path: Path) -> None:
    for name in ("one.gpkg", "two.gpkg"):
        grid(2).to_file(tmp_path / name)
    assert "one.gpkg, two.gpkg; there must be one polygon file" in problems(tmp_path)


def test_a_harmless_flaw_is_mended_and_told(tmp_path: Path) -> None:
    spike = shapely.Polygon([(0, 0), (1000, 0), (1000, 1000), (1000, 1500), (1000, 1000), (0, 1000)])
    frame = gpd.GeoDataFrame(
        {"unit_id": ["a", "b"]}, geometry=[spike, shapely.box(1000, 0, 2000, 900)], crs="EPSG:32650"
    )
    frame.to_file(tmp_path / "t.gpkg")
    spiked = load_territory(tmp_path / "t.gpkg")  # a spike leaves a line behind: its area is none
    assert spiked.units.loc["a", "area_km2"] == pytest.approx(1.0)
    assert any("mended the outline of a" in note for note in spiked.provenance.notes)
    loop = shapely.Polygon([(0, 0), (2000, 0), (1000, 1000), (2000, 2000), (0, 2000), (1000, 1000)])
    frame = gpd.GeoDataFrame({"unit_id": ["a", "b"]}, geometry=[loop, shapely.box(0, -500, 2000, 0)], crs="EPSG:32650")
    frame.to_file(tmp_path / "u.gpkg")
    territory = load_territory(tmp_path / "u.gpkg")
    assert territory.units.loc["a", "area_km2"] == pytest.approx(2.0)
    assert any("mended the outline of a" in note for note in territory.provenance.notes)


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
def test_degrees_without_reference_system_are_an_error_and_metres_a_note(tmp_path: Path) -> None:
    frame = grid(2)
    frame.set_geometry(frame.scale(1e-5, 1e-5, origin=(0, 0))).set_crs(None, allow_override=True).to_file(
        tmp_path / "d.gpkg"
    )
    assert "look like degrees" in problems(tmp_path / "d.gpkg")
    frame.set_crs(None, allow_override=True).to_file(tmp_path / "m.gpkg")
    territory = load_territory(tmp_path / "m.gpkg")
    assert territory.units["area_km2"].tolist() == [1.0] * 4
    assert any("taken as metres" in note for note in territory.provenance.notes)


def test_a_mercator_map_is_measured_elsewhere(tmp_path: Path) -> None:
    frame = grid(3).set_geometry(grid(3).translate(500_000, 5_000_000))
    frame.to_crs("EPSG:3857").to_file(tmp_path / "t.gpkg")
    assert np.allclose(load_territory(tmp_path / "t.gpkg").units["area_km2"], 1.0, rtol=2e-3)


def test_it_joins_polygons_to_a_table_by_unit_id(tmp_path: Path) -> None:
    path = folder(
        tmp_path / "t", "unit_id,x,y,population\n0000,7,7,1\n0001,8,7,2\n0002,7,8,3\n", "a,b\n0000,0001\n0000,0002\n"
    )
    grid(2).to_crs("EPSG:4326").to_file(path / "units.geojson")
    territory = load_territory(path)
    assert territory.geometry is not None
    assert list(territory.geometry.index) == list(territory.unit_ids)
    assert territory.units["x"].tolist() == [7, 8, 7]
    assert any("0003" in note for note in territory.provenance.notes)
    (path / "units.csv").write_text("unit_id,x,y\n0000,0,0\n9,1,1\n")
    assert "units.geojson is 9; every unit needs a polygon" in problems(path)


@pytest.mark.parametrize("form", ["folder", "polygons"])
def test_save_and_load_give_the_same_territory(tmp_path: Path, form: str) -> None:
    if form == "folder":
        units = "unit_id,x,y,名称,population,share\na,0,0,甲,10,0.5\nb,1,0,乙,20,\nc,2,0,丙,30,0.1234567890123\n"
        sellers = "seller_id,force,home_unit\ns1,CM,a\n"
        territory = load_territory(folder(tmp_path / "t", units, sellers=sellers))
    else:
        grid(3).set_geometry(grid(3).translate(500_000, 4_000_000)).to_file(tmp_path / "g.gpkg")
        territory = load_territory(tmp_path / "g.gpkg", name="G")
    saved = territory.save(tmp_path / "new" / "copy")
    again = load_territory(saved)
    assert again.name == territory.name
    pd.testing.assert_frame_equal(again.units, territory.units)
    pd.testing.assert_frame_equal(again.edges, territory.edges)
    assert set(territory.provenance.notes) <= set(again.provenance.notes)
    if territory.sellers is not None:
        pd.testing.assert_frame_equal(again.sellers, territory.sellers)
    if territory.geometry is not None:
        assert again.geometry.crs == territory.geometry.crs
        assert (again.geometry.hausdorff_distance(territory.geometry) < 0.02).all()
    before = {p.name: p.read_bytes() for p in saved.iterdir()}
    assert {p.name: p.read_bytes() for p in again.save(tmp_path / "again").iterdir()}.keys() == before.keys()


@settings(max_examples=size(16, 40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ids=st.lists(st.text("abcXYZ019-_社区", min_size=1, max_size=6), min_size=2, max_size=8, unique=True),
    data=st.data(),
)
def test_whatever_is_saved_comes_back(tmp_path: Path, ids: list[str], data: st.DataObject) -> None:
    number = st.one_of(st.floats(-1e12, 1e12), st.just(float("nan")))
    label = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).map(
        lambda text: (text.strip() or "x") + ',"\n'[: len(text) % 4] + "."
    )
    n = len(ids)
    units = pd.DataFrame(
        {
            "x": data.draw(st.lists(st.floats(-500, 500), min_size=n, max_size=n)),
            "y": data.draw(st.lists(st.floats(-500, 500), min_size=n, max_size=n)),
            "name": pd.Series(data.draw(st.lists(label, min_size=n, max_size=n)), dtype="str"),
            "count": np.array(
                data.draw(st.lists(st.integers(-(10**14), 10**14), min_size=n, max_size=n)), dtype=np.int64
            ),
            "share": [0.5, *data.draw(st.lists(number, min_size=n - 1, max_size=n - 1))],
        }
    ).set_index(pd.Index(ids, dtype="str", name="unit_id"))
    units = units.sort_index()
    chain = list(units.index)
    edges = pd.DataFrame({"a": pd.Series(chain[:-1], dtype="str"), "b": pd.Series(chain[1:], dtype="str")})
    territory = Territory("T", units, edges)
    again = load_territory(territory.save(tmp_path / "t"))
    pd.testing.assert_frame_equal(again.units, units, check_exact=True)
    pd.testing.assert_frame_equal(again.edges, edges)


def test_saving_over_a_folder_replaces_its_own_files_and_leaves_others(tmp_path: Path) -> None:
    sellers = "seller_id,force,home_unit\ns1,CM,a\n"
    target = load_territory(folder(tmp_path / "t", sellers=sellers)).save(tmp_path / "out")
    (target / "mine.txt").write_text("stay")
    load_territory(folder(tmp_path / "u")).save(target)
    assert sorted(p.name for p in target.iterdir()) == ["adjacency.csv", "mine.txt", "territory.json", "units.csv"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "t", "u"]


@pytest.mark.slow
@needs_data
def test_it_reads_the_real_tracts_of_boston() -> None:
    territory = load_territory(
        SHARED / "boston" / "boston_tracts.gpkg",
        id="poltract",
        rename={"POP": "population", "MEDV": "income", "TOWN": "community"},
    )
    assert len(territory) == 506
    assert len(territory.components()) == 1
    assert territory.units["community"].nunique() == 92
    assert territory.attribute("income").mean() == pytest.approx(22.53, abs=0.01)  # published mean of MEDV
    sphere = gpd.read_file(SHARED / "boston" / "boston_tracts.gpkg").to_crs("EPSG:6933").area.sum() / 1e6
    assert territory.units["area_km2"].sum() == pytest.approx(sphere, rel=2e-3)


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize(("name", "units", "edges"), [("henan", 182, 480), ("sichuan", 186, 493)])
def test_it_reads_real_provinces_and_finds_the_same_borders_in_their_polygons(
    name: str, units: int, edges: int
) -> None:
    territory = load_territory(SHARED / name)
    assert (len(territory), len(territory.edges), len(territory.components())) == (units, edges, 1)
    assert territory.units["prefecture"].dtype != np.float64
    drawn = load_territory(SHARED / name / "units.geojson")
    mine = set(map(tuple, drawn.edges[["a", "b"]].to_numpy().tolist()))
    given = set(map(tuple, territory.edges[["a", "b"]].to_numpy().tolist()))
    assert len(mine ^ given) <= 0.01 * len(given)
    stated = territory.units["area_km2"].to_numpy()
    assert np.median(np.abs(drawn.units["area_km2"].to_numpy() / stated - 1)) < 0.01


@needs_data
@pytest.mark.parametrize(
    ("name", "islanders"), [("hebei", ["131024", "131028", "131082", "130271"]), ("guangdong", ["440523"])]
)
def test_it_names_real_islands_and_bridges_them(name: str, islanders: list[str]) -> None:
    said = problems(SHARED / name)
    assert all(unit in said for unit in islanders)
    territory = load_territory(SHARED / name, bridge="nearest")
    assert len(territory.components()) == 1
    ends = {unit for pair in territory.provenance.bridges for unit in pair}
    assert all(len({unit} & ends) or name == "hebei" for unit in islanders)


@needs_data
@pytest.mark.parametrize(("name", "units"), [("ID_county", 44), ("OK_county", 77)])
def test_it_takes_published_instances_as_they_are(name: str, units: int) -> None:
    territory = load_territory(SHARED / "published" / name)
    assert len(territory) == units
    raw = pd.read_csv(SHARED / "published" / name / "units.csv").set_index("unit_id").loc[list(territory.unit_ids)]
    assert (territory.units["x"] == raw["x"]).all()
