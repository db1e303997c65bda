"""The animation shows the study's own first replication."""

from dataclasses import replace
from pathlib import Path

import pytest

from scenarios import generate_city, load_scenario
from study.pipeline.run_study import run_study
from study.reporting.animation import watched
from study.results.read_back import read_record
from study.results.storage import save_record


@pytest.mark.slow
def test_it_ends_where_the_first_replication_of_the_study_ended(tmp_path: Path) -> None:
    """Truth: sales less those who left in the study's replication 0; without targets effort is another."""
    settings = {"run.days": 40, "study.sensitivity": {}, "study.alternatives": []}
    plan = load_scenario("plan", settings)
    record = run_study(plan, territory=generate_city(units=40, centres=2, seed=8), replications=2, worlds=0)
    assert plan.effort.follows_targets
    runs = record.replications[(record.replications["scenario"] == "plan") & (record.replications["replication"] == 0)]
    kpis = dict(zip(runs["kpi"], runs["value"], strict=True))
    save_record(record, tmp_path)
    for kept in (record, read_record(tmp_path)):
        assert watched(kept, 20)[-1].growth.sum() == kpis["sales"] - kpis["churned"]
    bare = replace(record, targets=record.targets.iloc[:0])
    assert watched(bare, 20)[-1].growth.sum() != kpis["sales"] - kpis["churned"]
