"""One replication as a result: in a notebook, as tables, as files."""

import html
from pathlib import Path

import pandas as pd
import pytest

from scenarios import Scenario
from sim import Run, simulate
from sim.kpis import KPIS, daily, kpis


@pytest.fixture(scope="module")
def run(plan: Scenario) -> Run:
    return simulate(plan)


def test_a_run_is_saved_as_its_kpis_and_its_days(run: Run, tmp_path: Path) -> None:
    out = run.save(tmp_path / "new")
    assert sorted(path.name for path in out.iterdir()) == ["daily.csv", "kpis.csv"]
    saved = pd.read_csv(out / "kpis.csv").set_index("kpi")["value"]
    assert saved.to_dict() == pytest.approx(kpis(run), nan_ok=True)
    days = pd.read_csv(out / "daily.csv")
    assert list(days) == ["date", "kpi", "business", "force", "value"]
    first = run.world.table.days[0].isoformat()
    sales = days[(days["kpi"] == "sales") & (days["business"] == "all") & (days["force"] == "all")]
    assert sales["date"].iloc[0] == first
    assert sales["value"].to_list() == daily(run)["sales", "all", "all"].tolist()


def test_a_notebook_shows_the_kpis_with_their_units(run: Run) -> None:
    shown = run._repr_html_()
    assert html.escape(run.world.scenario.title.en) in shown
    for kpi in ("sales", "support_wait_hours"):
        assert f"<td>{kpi}</td>\n      <td>{KPIS[kpi][0]}</td>" in shown
