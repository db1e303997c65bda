"""Empty import files for a user's own territory, scenario and history, each column with its meaning and unit."""

from __future__ import annotations

from pathlib import Path

from foundation.atomic_files import write_bytes
from scenarios.loading.history import OBSERVABLE

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "units.csv": (
        "one row per basic unit (小区/街区), the area that is never split",
        {
            "unit_id": "text, unique (单元编号); a code such as 410621 stays text",
            "name": "optional (名称)",
            "centre": "marketing centre (营销中心); made by optimisation where the column is missing",
            "community": "today's community (社区); generated where the column is missing",
            "x": "km, planar; or use x_m, y_m in metres",
            "y": "km, planar",
            "population": "persons (人口)",
            "households": "households (户数); generated where missing",
            "income": "yuan per person and year, or any other measure of wealth (收入)",
            "enterprises": "number (企业数)",
            "fixed_subscribers": "fixed-line subscribers of the company (固网用户)",
            "mobile_subscribers": "mobile subscribers of the company (移动用户)",
        },
    ),
    "adjacency.csv": (
        "one row per pair of units that share a border; leave the file out for polygon files",
        {"a": "unit_id", "b": "unit_id", "shared_border_m": "optional, metres; further columns are kept"},
    ),
    "outlets.csv": (
        "independent outlets (社会渠道); generated from the scenario's rates where the file is missing",
        {
            "outlet_id": "text, unique",
            "name": "optional",
            "unit_id": "unit it lies in",
            "seller_id": "grid manager who supports it today; may be empty",
            "mobile_sales_per_month": "new mobile subscribers per month",
        },
    ),
    "halls.csv": (
        "own service halls (自有营业厅); generated where the file is missing",
        {
            "hall_id": "text, unique",
            "name": "optional",
            "unit_id": "unit it lies in",
            "business": "fixed or mobile: the company it came from",
            "clerks": "number of clerks",
        },
    ),
    "sellers.csv": (
        "front-line sellers of both forces; generated where the file is missing",
        {
            "seller_id": "text, unique",
            "name": "optional; results show it",
            "force": "CM (社区经理) or GM (网格经理)",
            "home_unit": "unit the seller works from",
            "knows": "units of the territory the seller works today, separated by ;",
            "counter_share": "share of the day on counter duty, 0 to 1",
            "forecast_fixed": "own forecast: new fixed-line subscribers a month",
            "forecast_mobile": "own forecast: new mobile subscribers a month",
        },
    ),
    "history.csv": (
        "observed results for `fusion calibrate`, by day; by month with a column month (2021-12) instead of date",
        {
            "date": "working day (日期), 2021-12-11",
            "kpi": "result (指标): " + ", ".join(OBSERVABLE),
            "business": "fixed, mobile or all (业务)",
            "value": "what was observed (数值); leave a row out where nothing was",
            "error": "optional: standard deviation of the measurement, in units of the value",
        },
    ),
}

SCENARIO = """\
name: my_scenario
base: plan
set:
  phases.pilot: {after: adjustment, like: transition, days: 40, communities: current}
  phases.transition.days: 60
# Five lines: the plan with a pilot before the transition, which lasts 60 days; all that follows stays in line, target
# stages too. `fusion validate --timeline scenario.yaml` draws it, `fusion study scenario.yaml` studies it.
# More that may stand below `set` (`fusion validate --schema` lists every key with unit and meaning):
#   phases.adjustment: null                          # leaves a phase out
#   target_stages.stage2.weights: {CM: {fixed: 0.7, mobile: 0.3}, GM: {fixed: 0.3, mobile: 0.7}}
#   calendar.move_to: 2026-12-11                     # the whole plan in another winter
#   territory.source: my_city                        # a folder with units.csv, beside this file
#   partition.plan: communities.csv                  # communities that people drew
# and beside `set`:
# title: {en: My scenario, zh: 我的方案}
# evidence:
#   phases: "assumed: a pilot first"
"""


def template_files() -> dict[str, bytes]:
    """Return the content of every template by the name of its file."""
    files = {}
    for name, (about, columns) in TABLES.items():
        lines = [f"# {about}", *(f"# {column}: {meaning}" for column, meaning in columns.items()), ",".join(columns)]
        files[name] = ("\ufeff" + "\n".join(lines) + "\n").encode()
    return {**files, "scenario.yaml": SCENARIO.encode()}


def write_templates(folder: Path) -> list[Path]:
    """Write every template; existing files of these names are replaced.

    Returns
    -------
    list of Path
        The files written.
    """
    return [write_bytes(folder / name, data) for name, data in template_files().items()]
