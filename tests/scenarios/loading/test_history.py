"""Histories: what is read, and that every problem of a file is reported at once."""

from pathlib import Path

import pandas as pd
import pytest

import scenarios
from scenarios import InputError, load_scenario
from scenarios.loading.history import OBSERVABLE, is_history, load_history

PLAN = load_scenario("plan")
SHIPPED = Path(scenarios.__file__).parent / "histories"


def written(folder: Path, text: str) -> Path:
    path = folder / "history.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_days_and_months_are_read(tmp_path: Path) -> None:
    daily = load_history(
        written(tmp_path, "date,kpi,business,value,error\n2021-12-06,sales,all,5,\n2021-12-03,sales,all,4,0.5\n"), PLAN
    )
    assert daily.daily and daily.table["value"].tolist() == [4.0, 5.0]
    assert daily.table["error"].iloc[0] == 0.5 and pd.isna(daily.table["error"].iloc[1])
    monthly = load_history(written(tmp_path, "month,kpi,business,value\n2021-12,sales,all,5\n"), PLAN)
    assert not monthly.daily and str(monthly.table["end"].iloc[0]) == "2021-12-31"
    assert monthly.sha256 != daily.sha256


def test_every_problem_of_a_file_is_reported_at_once(tmp_path: Path) -> None:
    rows = [
        "date,kpi,business,value,error",
        "2021-12-04,sales,fixed,3,",  # a Saturday
        "2021-12-06,sales,fixed,x,",
        "2021-12-06,sale,fixed,4,",
        "2021-12-07,sales,fixed,-4,",
        "2021-12-08,channel_sales,fixed,4,",
        "2021-13-08,sales,fixed,4,",
        "2021-12-09,sales,fixed,4,",
        "2021-12-09,sales,fixed,5,",
        "1821-12-09,sales,fixed,4,",
        "2021-12-10,sales,fixed,4,-1",
        "2021-12-10,net_additions,fixed,-4,",
    ]
    with pytest.raises(InputError) as stopped:
        load_history(written(tmp_path, "\n".join(rows) + "\n"), PLAN)
    said = str(stopped.value)
    for part in (
        "row 2 is 2021-12-04; the calendar has no work",
        "row 3, value is x; it must be a number",
        "row 4, kpi is sale",
        "Did you mean 'sales'",
        "row 5, value is -4; sales cannot be negative",
        "row 6, business is fixed; channel_sales is known for mobile",
        "row 7, date is 2021-13-08",
        "row 9 is 2021-12-09 sales fixed; this result stands in the file before",
        "row 10 is 1821-12-09; the study covers",
        "row 11, error is -1",
    ):
        assert part in said, part
    assert "row 12" not in said and len(stopped.value.problems) == 9


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kpi,business,value\nsales,all,1\n", "one of the columns date and month"),
        ("date,month,kpi,business,value\n", "not both"),
        ("date,kpi,value\n2021-12-03,sales,1\n", "the column business is missing"),
        ("date,kpi,business,value\n", "it has no rows"),
        ("month,kpi,business,value\n2021-11,sales,all,1\n", "must lie wholly within"),
        ("month,kpi,business,value\n2022-12,sales,all,1\n", "must lie wholly within"),
        ("date,kpi,business,value\n9999-12-31,sales,all,1\n", "must lie wholly within"),
        ("date,kpi,business,value\n0001-01-01,sales,all,1\n", "must lie wholly within"),
        ("", "the file is empty"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        load_history(written(tmp_path, text), PLAN)


def test_a_month_may_begin_with_a_holiday(tmp_path: Path) -> None:
    scenario = load_scenario("plan", {"calendar.start": "2022-01-04", "phases": [], "target_stages": []})
    assert len(load_history(written(tmp_path, "month,kpi,business,value\n2022-01,sales,all,1\n"), scenario).table) == 1


def test_a_missing_file_is_named() -> None:
    with pytest.raises(InputError, match="no file is there"):
        load_history("nowhere.csv")


def test_the_history_that_comes_with_the_project_is_the_table_of_facts() -> None:
    facts = pd.read_csv(SHIPPED / "china_unicom_monthly.csv", comment="#")
    mobile = facts[(facts["business"] == "mobile") & (facts["month"] <= "2009-04")]
    history = load_history(SHIPPED / "china_unicom_mobile.csv", load_scenario(SHIPPED / "winter_2008.yaml"))
    assert history.table["value"].tolist() == (mobile["net_additions_million"] * 1e6).round().tolist()
    for path in SHIPPED.glob("*.csv"):
        assert "Source:" in path.read_text("utf-8") or "china_unicom_monthly.csv (source" in path.read_text("utf-8")


def test_a_history_is_known_by_its_header(tmp_path: Path) -> None:
    assert is_history(SHIPPED / "china_unicom_mobile.csv") and not is_history(SHIPPED / "china_unicom_monthly.csv")
    assert not is_history(tmp_path) and not is_history(tmp_path / "none.csv")
    assert set(OBSERVABLE) >= {"sales", "churned", "support_wait_hours", "net_additions"}
