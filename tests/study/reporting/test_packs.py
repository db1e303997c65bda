"""Packs: a folder a centre, one row a person, and every hand-over with its day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from optimize import place_sellers
from scenarios import Scenario, generate_city, load_scenario
from study.evaluation.decisions import decide
from study.presentation.language import Language
from study.reporting.hand_over import changes, hand_overs, supporters
from study.reporting.packs import write_packs
from study.results.record import StudyRecord
from tests.study.sample_record import build_record

WAVE = 10


@pytest.fixture(scope="module")
def record() -> StudyRecord:
    """A made-up study with communities and places as they are decided, two waves, and a name that two centres share."""
    scenario = load_scenario(
        "plan",
        {
            "partition.work_limit": 1.0,
            "roll_out.centres_per_wave": 1,
            "roll_out.days_between_waves": WAVE,
        },
    )
    town = generate_city(units=60, centres=2, seed=4)
    made = decide(scenario, town, seed=1)
    return build_record(
        territory=made.territory,
        scenarios={scenario.name: scenario},
        plans=made.plans,
        placement=made.placement.to_frame(),
        targets=made.targets.to_frame(),
    )


def begins(scenario: Scenario, wave: int) -> str:
    """The first day of redrawn communities in a wave."""
    phase = next(p for p in scenario.phases if p.communities == "redrawn")
    return str(phase.start + timedelta(days=WAVE * wave))


def test_whoever_knows_a_unit_and_leaves_it_hands_it_over(record: StudyRecord) -> None:
    """Counted anew from the tables of the territory: no row is missing, none too many."""
    table = hand_overs(record)
    sellers, home = record.territory.sellers, record.plans["redrawn"].assignment
    assert sellers is not None
    works = dict(zip(record.placement["seller_id"].astype(str), record.placement["community"].astype(str), strict=True))
    wanted = {
        (unit, str(seller))
        for seller, knows in zip(sellers["seller_id"], sellers["knows"], strict=True)
        for unit in str(knows).split(";")
        if unit in home.index and works[str(seller)] != home[unit]
    }
    table = table[table["redraw"] == 1]
    units = table[table["what"] == "unit"]
    assert set(zip(units["id"], units["from"], strict=True)) == wanted and len(units) == len(wanted) > 0
    for row in units.to_dict("records"):
        assert all(works[s] == home[row["id"]] for s in row["to"].split(";") if s)
    support = supporters(record).set_index("outlet_id")
    outlets = table[table["what"] == "outlet"].set_index("id")
    changed = support[support["seller_id"] != support["before"]]
    assert set(outlets.index) == set(changed.index)
    assert (outlets["to"] == changed.loc[outlets.index, "seller_id"]).all()
    assert (outlets["from"] == changed.loc[outlets.index, "before"]).all()


def test_a_hand_over_lies_on_the_day_on_which_its_centre_redraws(record: StudyRecord) -> None:
    table = hand_overs(record)
    days = table[table["redraw"] == 1].groupby("centre")["date"].unique()
    assert sorted(day for (day,) in days) == sorted(begins(record.scenario, wave) for wave in range(len(days)))
    assert all(date.fromisoformat(day) for (day,) in days)


def test_a_subdivided_community_is_handed_over_once_more_by_those_who_leave_it(record: StudyRecord) -> None:
    """Teams of the parts counted anew: whoever served a unit and works in another part then hands it over, once."""
    table = hand_overs(record)
    second, home = table[table["redraw"] == 2], record.plans["subdivided"].assignment
    placed = place_sellers(record.scenario, record.territory, record.plans).placements["subdivided"].table
    works = dict(zip(placed["seller_id"].astype(str), placed["community"].astype(str), strict=True))
    coarse = dict(zip(record.placement["seller_id"].astype(str), record.placement["community"], strict=True))
    assert len(second) and set(second["what"]) == {"unit"} and not second.duplicated(["id", "from"]).any()
    for row in second.to_dict("records"):
        assert row["community"] == home[row["id"]] != works[row["from"]]
        assert coarse[row["from"]] == record.plans["redrawn"].assignment[row["id"]]
        assert all(works[seller] == row["community"] for seller in row["to"].split(";") if seller)
    phase = next(p for p in record.scenario.phases if p.communities == "subdivided")
    assert set(second["date"]) <= {str(phase.start + timedelta(days=WAVE * wave)) for wave in range(2)}
    known = {
        str(seller): str(knows).split(";")
        for seller, knows in zip(record.territory.sellers["seller_id"], record.territory.sellers["knows"], strict=True)  # type: ignore[index]
    }
    for unit, part in home.items():  # whoever knew it and stayed in its community, but not in its part, is a row
        stayed = [s for s in works if unit in known[s] and coarse[s] == record.plans["redrawn"].assignment[unit]]
        for seller in stayed:
            rows = second[(second["id"] == unit) & (second["from"] == seller)]
            assert len(rows) == (works[seller] != part)


def test_what_changes_for_a_person_adds_up(record: StudyRecord) -> None:
    shops = record.territory.outlets
    assert shops is not None
    people = changes(record)
    assert [p.seller_id for p in people] == record.placement["seller_id"].astype(str).tolist()
    table = supporters(record)
    assert sorted(o for p in people for o in p.outlets) == sorted(table["outlet_id"][table["seller_id"] != ""])
    before = shops["seller_id"].fillna("").astype(str)
    for person in people:
        own = set(shops["outlet_id"][before == person.seller_id].astype(str))
        assert (own | set(person.taken)) - set(person.given) == set(person.outlets)
        assert 0.0 <= person.familiar <= 1.0 + 1e-9
    assert any(p.why(Language("zh")) != people[0].why(Language("zh")) for p in people)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_centre_gets_a_page_a_map_and_a_workbook(record: StudyRecord, language: str, tmp_path: Path) -> None:
    made = write_packs(record, tmp_path, language)
    whole = pd.read_csv(made[0], dtype=str, keep_default_na=False)
    centres = sorted(record.territory.units["centre"].unique())
    assert len(made) == 1 + len(centres)
    rows, people = 0, []
    for page in made[1:]:
        text = page.read_text("utf-8")
        assert "data:image/png;base64," in text and "http" not in text.split("</style>")[1].replace("data:", "")
        assert (page.parent / "centre.png").read_bytes().startswith(b"\x89PNG")
        rows += len(pd.read_csv(page.parent / "hand_over.csv", dtype=str))
        book = openpyxl.load_workbook(page.parent / "people.xlsx")
        sheet = book.worksheets[0]
        ids = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
        people += ids
    assert sorted(people) == sorted(record.placement["seller_id"].astype(str))
    assert rows == len(whole) == len(hand_overs(record))
    first = {path.name: path.read_bytes() for path in made[1].parent.iterdir()}
    write_packs(record, tmp_path / "again", language)
    again = {path.name: path.read_bytes() for path in (tmp_path / "again" / "packs" / made[1].parent.name).iterdir()}
    assert first == again
