"""The report: says no more than the intervals allow, fetches nothing, and reads alike in both languages."""

import base64
import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scenarios import InputError, Problem, Scenario, load_scenario
from scenarios.schema.overlay import SET_BY
from scenarios.schema.reference import LABELS, describe_schema
from sim.kpis import KPIS
from study.presentation.language import LANGUAGES, Language, catalogue
from study.presentation.verdict import GOOD, Estimate, difference, judge, level, write_number
from study.reporting.html import answers, fairness, render, render_report, tables
from study.reporting.html.assumptions import listed, weighty
from study.reporting.html.pictures import Gallery
from study.reporting.html.render import render_page
from study.results.record import StudyRecord
from tests.study.sample_record import build_record

STUDY = Path(__file__).resolve().parents[3] / "study"
FILES = {"en": "report.html", "zh": "report.zh.html"}
DYNAMIC = (
    *("account.head.", "account.how.", "account.status.", "account.table."),
    *("given.fault.", "objections.", "objected.", "limits.", "template.", "packs.", "cut.ways.", "prices."),
    "kpi.",
    "attribute.",
    "generated.",
    "business.",
    "force.",
    "measure.",
    "measure_unit.",
    "measures.name.",
    "measures.redraw.",
    "plan.",
    "proof.",
)
DYNAMIC += (
    "objective.",
    "cut.claim.",
    "cut.method.",
    "cut.verdict.",
    "verdict.",
    "picture.",
    "robust.effort_",
    "robust.rule.",
    "robust.sheet.",
    "section.",
    "answer.",
    "table.",
    "level.",
    "plans.axis.",
    "plans.objective.",
    "app.file.",
    "app.indicator.",
    "app.shade.",
    "check.",
    "aims.one.",
    "aims.source.",
    "stopped.",
    "aims.priced.",
    "cut.attribute.",
    "cut.column.",
    "cut.proof.",
    "doubt.",
    "doubts.",
    *("timeline.better", "timeline.unsure", "timeline.worse"),  # by the verdict
)


class Outline(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    english, chinese = catalogue("en"), catalogue("zh")
    assert set(english) == set(chinese)
    for key, text in english.items():
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", chinese[key])), key
        assert text.strip() and chinese[key].strip(), key


def test_one_of_a_thing_is_told_as_one_and_the_words_for_many_stand_with_their_number() -> None:
    say = Language("en")
    assert say("cut.head", name="Town", units=1, communities=1) == "Town: 1 unit into 1 community"
    assert say("cut.head", name="Town", units="1,001", communities=0) == "Town: 1,001 units into 0 communities"
    told = say("timeline.searched", trials=1, refused=1, runs=2)
    assert told.startswith("1 timeline tried in 2 runs each") and "1 of them goes beyond" in told
    for key, text in catalogue("en").items():
        assert all(f"{{{name}}}" in text for name in re.findall(r"{(\w+):[^}]*\|", text)), key


def test_every_key_that_the_program_says_is_in_the_catalogue_and_none_is_left_over() -> None:
    others = ("run_study.py", "decisions.py", "theme.py")  # they say nothing
    speaking = [p for p in STUDY.rglob("*.py") if p.parent.name != "cli" or p.name in ("validate.py", "city.py")]
    sources = [*STUDY.rglob("*.j2"), *(path for path in speaking if path.name not in others)]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    said = set(re.findall(r"""\bsay\(\s*f?["']([\w.]+)["']""", text)) | set(
        re.findall(r'"((?:map|figure)\.\w+)"', text)
    )
    assert not {key for key in said if key not in catalogue("en") and not key.endswith(".")}
    unused = {k for k in catalogue("en") if k not in said and not k.startswith(DYNAMIC) and f'"{k}"' not in text}
    assert not unused


def test_the_catalogue_knows_every_part_meaning_unit_and_source_of_the_scenarios() -> None:
    chinese = Language("zh")
    english = {field.description for name, field in Scenario.model_fields.items() if name not in LABELS}
    for key, unit, meaning in describe_schema():
        if key.split(".")[0].removesuffix("[]") not in LABELS and ".title." not in key:
            english |= {unit, meaning}
    for name in ("plan", *load_scenario("plan").study.alternatives):
        english |= {item.evidence for item in listed(load_scenario(name))}
    known = {text for text in english if not text.startswith(SET_BY)}
    assert not {text for text in known if chinese.tongue(text) == "en" and not re.fullmatch(r"[F\d-]+", text)}
    assert chinese.gloss("words of somebody else") == "words of somebody else"
    assert Language("en").gloss("share per year") == "share per year"


def test_fairness_is_told_by_person_and_by_inhabitant(record: StudyRecord) -> None:
    stage = record.scenario.target_stages[0]
    mine = record.targets[(record.targets["stage"] == stage.name) & (record.targets["measure"] == "growth")]
    person = mine[mine["level"] == "person"].groupby("id")["value"].sum()
    table = fairness.persons(record, Language("en"))
    everybody = next(row for row in table.rows if row[0] == f"{stage.title.en}, all sellers")
    assert everybody[1] == str(len(person))
    pairs = np.abs(person.to_numpy()[:, None] - person.to_numpy()[None, :])  # Gini by its definition
    assert float(everybody[5]) == pytest.approx(pairs.mean() / (2 * person.mean()), abs=6e-4)
    area = fairness.by_inhabitants(record, Language("en"))
    centre = area.rows[0][0]
    people = record.territory.units.loc[record.territory.units["centre"] == centre, "population"].sum()
    total = mine[(mine["level"] == "centre") & (mine["id"] == centre)]["value"].sum()
    assert float(area.rows[0][1]) == pytest.approx(total / people * 1000, abs=0.006)


def test_every_kpi_of_the_model_has_a_name_a_unit_and_a_direction() -> None:
    for kpi in KPIS:
        assert kpi in GOOD
        for code in LANGUAGES:
            assert Language(code).has(f"kpi.{kpi}.name") and Language(code).has(f"kpi.{kpi}.unit")


@pytest.mark.parametrize(
    ("kpi", "low", "high", "verdict"),
    [
        ("sales", 1.0, 2.0, "better"),
        ("sales", -2.0, -1.0, "worse"),
        ("sales", -1.0, 2.0, "unsure"),
        ("sales.fixed", 1.0, 2.0, "better"),
        ("churned", 1.0, 2.0, "worse"),
        ("dip_days", -2.0, -1.0, "better"),
        ("training_hours", 1.0, 2.0, "more"),
        ("sales", float("nan"), float("nan"), "unsure"),
        ("sales", 0.0, 2.0, "unsure"),
    ],
)
def test_a_verdict_needs_the_whole_interval_on_one_side(kpi: str, low: float, high: float, verdict: str) -> None:
    assert judge(kpi, Estimate((low + high) / 2 if np.isfinite(low) else 1.0, low, high, 5)) == verdict


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9))
def test_a_verdict_never_claims_anything_when_zero_is_inside(mean: float, half: float) -> None:
    low, high = mean - half, mean + half
    if low <= 0 <= high and half > 0:
        assert judge("contribution", Estimate(mean, low, high, 9)) in ("unsure", "same")


def test_the_level_of_a_kpi_is_students_interval(record: StudyRecord) -> None:
    values = pd.DataFrame({"scenario": "plan", "replication": range(3), "kpi": "sales", "value": [1.0, 2.0, 3.0]})
    found = level(values, record.scenario, "sales")
    assert found.mean == 2.0
    assert found.high - found.mean == pytest.approx(4.302653 / np.sqrt(3), rel=1e-6)  # t(0.975, 2), from tables


def test_numbers_and_dates_are_written_as_the_language_does() -> None:
    en, zh = Language("en"), Language("zh")
    assert en.number(1234.5, 1) == "1,234.5"
    assert en.number(-0.001, 1) == "0.0"
    assert en.number(-1234.5, 0, sign=True) == "−1,234"
    assert en.number(float("nan")) == "–"
    assert (en.percent(0.125), zh.percent(0.125)) == ("12.5 %", "12.5%")
    assert (en.day(date(2021, 12, 11)), zh.day(date(2021, 12, 11))) == ("11 Dec 2021", "2021年12月11日")
    assert (en.money(4_168_822.0), zh.money(4_168_822.0)) == ("¥4.17 m", "417万元")
    assert zh.listed(["甲", "乙", "丙"]) == "甲、乙和丙"
    assert en.quoted(["a", "b: c", "d"]) == '"a", "b: c" and "d"' and zh.quoted(["甲", "乙"]) == "“甲”和“乙”"
    assert write_number("dip_depth", 0.171, en) == "17.1"
    with pytest.raises(InputError, match="language"):
        Language("fr")


def test_only_a_proven_optimum_is_called_optimal() -> None:
    say = Language("en")
    assert "optimal" in answers.proof_text({"proof": "optimal", "gap": 0.0}, say)
    feasible = answers.proof_text({"proof": "feasible", "gap": 0.034}, say)
    assert "optimal" not in feasible and "within 3.4 %" in feasible
    for gap in (None, float("nan")):
        assert answers.proof_text({"proof": "feasible", "gap": gap}, say) == say("proof.unbounded")


def contributions(record: StudyRecord, runs: dict[str, list[float]]) -> StudyRecord:
    rows = [(name, i, "contribution", v) for name, values in runs.items() for i, v in enumerate(values)]
    return replace(record, replications=pd.DataFrame(rows, columns=["scenario", "replication", "kpi", "value"]))


def test_ranking_names_the_best_and_its_lead_over_all_others_at_once(record: StudyRecord) -> None:
    runs = {"plan": [10.0, 11.0, 12.0], "big_bang": [12.0, 12.0, 14.0], "slow": [12.0, 13.0, 13.0]}
    best, ahead = answers.ranking(contributions(record, runs), list(runs))
    assert best == "big_bang" and list(ahead) == ["plan", "slow"]  # first of two with the same mean
    lead = ahead["plan"]
    assert lead.mean == pytest.approx(5 / 3)
    assert lead.high - lead.mean == pytest.approx(7.649 / 3, rel=1e-4)  # t of two degrees at 1 - 0.05 / 6 = 7.649


@pytest.mark.slow
def test_of_many_alike_none_is_said_to_be_better_than_the_plan_more_often_than_stated(record: StudyRecord) -> None:
    rng, claims, trials = np.random.default_rng(1), 0, 150
    for _ in range(trials):
        luck = rng.normal(size=(30, 9))
        runs = {name: column.tolist() for name, column in zip(["plan", *"abcdefgh"], luck.T, strict=True)}
        best, ahead = answers.ranking(contributions(record, runs), list(runs))
        claims += best != "plan" and ahead["plan"].low > 0
    assert claims <= 0.05 * trials  # with intervals for each pair alone it is one in nine


@pytest.mark.parametrize(
    ("values", "days", "said"),
    [
        ([1.02, 1.03, 1.04], 120, "1+1>2 is reached: in the last 20 working days"),
        ([0.9, 1.0, 1.1], 120, "is neither shown nor ruled out: in the last 20"),
        ([1.0, 1.0, 1.0], 120, "1+1>2 is not reached: in the last 20"),  # as much is not more
        ([1.02], 120, "One run cannot show"),
        ([0.8, 0.81, 0.82], 5, "not reached: in the last 5"),  # there are no more
    ],
)
def test_more_than_two_is_said_as_far_as_the_runs_allow(
    record: StudyRecord, values: list[float], days: int, said: str
) -> None:
    plan = record.scenario.model_copy(update={"run": record.scenario.run.model_copy(update={"days": days})})
    rows = [("plan", i, "synergy", v) for i, v in enumerate(values)]
    table = pd.DataFrame(rows, columns=["scenario", "replication", "kpi", "value"])
    mine = replace(record, scenarios={"plan": plan}, replications=table, comparison=record.comparison.iloc[:0])
    text = " ".join(answers.answers(mine, Language("en"))[0].points)
    assert said in text and "–" not in text


def test_alternatives_are_sorted_by_what_they_change(record: StudyRecord) -> None:
    kinds = {name: answers.kind_of(s, record.scenario) for name, s in record.scenarios.items()}
    assert kinds["no_merger"] == "nothing"
    assert {kinds[n] for n in ("big_bang", "slow", "no_training", "waves")} == {"timeline"}
    assert kinds["equal_weights"] == "weights"


def test_a_scenario_cut_off_by_the_end_of_the_study_says_so_wherever_it_is_judged(record: StudyRecord) -> None:
    cut = {name for name, s in record.scenarios.items() if answers.unreached(record, s)}
    assert cut == set()  # the last trial run begins in July; 250 working days end in December
    short = {
        n: s.model_copy(update={"run": s.run.model_copy(update={"days": 120})}) for n, s in record.scenarios.items()
    }
    record = replace(record, scenarios=short)
    cut = {name for name, s in record.scenarios.items() if answers.unreached(record, s)}
    assert cut == {"slow"}  # its trial run begins on 21 July; 120 working days end in June
    points = answers.answers(record, Language("en"))[0].points
    assert sum("does not begin everywhere" in p for p in points) == 1


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_fetches_nothing(pages: dict[str, str], code: str) -> None:
    links = [v for _, a in Outline(pages[code]).tags for k, v in a.items() if k in ("href", "src", "xlink:href") and v]
    assert all(v.startswith(("#", "data:")) or v in FILES.values() for v in links)
    assert all(u.startswith(("#", "data:")) for u in re.findall(r"url\(([^)]*)\)", pages[code]))
    assert "<script" not in pages[code]
    assert len(pages[code].encode()) < 8_000_000


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_can_be_read_without_eyes(pages: dict[str, str], code: str) -> None:
    tags = Outline(pages[code]).tags
    assert dict(tags[0][1])["lang"] == {"en": "en", "zh": "zh-CN"}[code]
    heads = [int(t[1]) for t, _ in tags if re.fullmatch(r"h[1-6]", t)]
    assert heads[0] == 1 and heads.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(heads))
    assert all(a.get("scope") in ("col", "row") for t, a in tags if t == "th")
    assert [t for t, _ in tags].count("table") == [t for t, _ in tags].count("caption")
    ids = [a["id"] for _, a in tags if a.get("id")]
    assert len(ids) == len(set(ids))
    for picture in re.findall(r"<svg.*?</svg>", pages[code], flags=re.DOTALL):
        root = ET.fromstring(picture)
        assert root.get("role") == "img"
        assert root[0].tag.endswith("title") and root[0].text and root[1].tag.endswith("desc") and root[1].text
        assert "<metadata" not in picture


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_character_shows_as_a_box(pages: dict[str, str], code: str) -> None:
    data = re.search(r"font/woff;base64,([^)]*)\)", pages[code])
    assert data is not None
    known = set(TTFont(io.BytesIO(base64.b64decode(data.group(1)))).getBestCmap())
    text = re.sub(r"<(style|svg)\b.*?</\1>|<[^>]*>", "", pages[code], flags=re.DOTALL)
    assert {c for c in text if ord(c) > 0x2E7F} <= {chr(c) for c in known}


def test_the_page_says_what_must_be_said(pages: dict[str, str]) -> None:
    for fact in ("F24", "F25", "F26"):
        assert fact in pages["en"] and fact in pages["zh"]
    assert "SYNTHETIC DATA" in pages["en"] and "合成数据" in pages["zh"]
    assert "does not reach its phase" in pages["en"] and "未进入“融合试运行期”" in pages["zh"]
    assert "fusion study plan --replications 4" in pages["en"]
    assert "Only 4 replications" in pages["en"]
    assert "not within the study (0 of 4 replications)" in pages["en"]
    assert "feasible, within 3.4 % of the proven bound" in pages["en"]


@pytest.mark.slow
def test_names_cannot_smuggle_markup_into_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    show = Gallery.show
    monkeypatch.setattr(Gallery, "show", lambda self, name: show(self, name) if name in ("redrawn", "targets") else "")
    evil = "<script>alert('x')</script>&\"<b>"
    record = build_record()
    base = record.territory
    named = replace(
        base,
        name=evil,
        units=base.units.assign(centre=base.units["centre"].replace({base.units["centre"].iloc[0]: evil})),
    )
    warned = (*record.warnings, Problem(evil, evil, evil, evil, "warning"))
    placement = record.placement.assign(centre=record.placement["centre"].replace({base.units["centre"].iloc[0]: evil}))
    scenarios = {"plan": record.scenario, "no_merger": record.scenarios["no_merger"]}
    page = render_page(
        replace(record, territory=named, warnings=warned, placement=placement, scenarios=scenarios), "en", FILES
    )
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_long_table_folds_behind_its_first_ten_rows_and_says_which_these_are() -> None:
    environment = Environment(loader=FileSystemLoader(render.HERE), autoescape=True, undefined=StrictUndefined)
    page = environment.from_string('{% from "grid.html.j2" import grid with context %}{{ grid(table, "Areas") }}')
    rows = tuple((f"area {n}", str(n)) for n in range(13))
    long = page.render(say=Language("en"), table=tables.Grid(("area", "n"), rows, "largest first"))
    shown, folded = long.split("<details")
    assert shown.count("<tr>") == 11 and folded.count("<tr>") == 4
    assert "largest first" in shown and "3 more rows" in folded
    short = page.render(say=Language("zh"), table=tables.Grid(("area", "n"), rows[:12]))
    assert "<details" not in short and short.count("<tr>") == 13


def test_a_scorecard_begins_with_what_lies_furthest_from_the_mean(record: StudyRecord) -> None:
    _, table = tables.scorecards(record, Language("en"))[0]
    card = record.scorecards["redrawn"].set_index("community")["workload_deviation"].abs()
    assert list(card[[row[0] for row in table.rows]]) == sorted(card, reverse=True)


def test_every_assumption_stands_in_the_appendix_and_those_that_matter_before_it(
    record: StudyRecord, pages: dict[str, str]
) -> None:
    before, appendix = pages["en"].split('<section id="appendix">')
    keys = [item.key for item in listed(record.scenario)]
    assert all(f"<code>{key}</code>" in appendix for key in keys)
    assert sum(f"<code>{key}</code>" in before for key in keys) < len(keys) / 10
    table = pd.DataFrame(
        [(key, "contribution", low) for key, low in (("hand_over.loss", 9.0), ("training.seats", 40.0))],
        columns=["key", "kpi", "difference"],
    )
    first = weighty(replace(record, tornado=table), Language("en")).rows
    assert [row[1].split()[0] for row in first] == [
        str(record.scenario.training.seats),
        f"{record.scenario.hand_over.loss:g}",
    ]


def test_without_worlds_the_page_has_no_section_about_them(record: StudyRecord, pages: dict[str, str]) -> None:
    assert record.robust is None
    for page in pages.values():
        assert 'id="robust"' not in page and 'href="#robust"' not in page


def test_whatever_is_wider_than_a_phone_says_so(pages: dict[str, str]) -> None:
    for code, page in pages.items():
        wide = re.findall(r'<(?:figure|div class="scroll[^"]* wide)[^>]*>', page)
        assert wide and all(f'data-cue="{Language(code)("report.swipe")}"' in tag for tag in wide)


def test_the_same_record_gives_the_same_bytes(record: StudyRecord, pages: dict[str, str]) -> None:
    assert render_page(record, "zh", FILES) == pages["zh"]


def test_a_single_language_comes_first_and_the_other_beside_it(
    record: StudyRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gallery, "show", lambda self, name: "")
    small = replace(record, scenarios={"plan": record.scenario}, comparison=record.comparison.iloc[:0])
    path = render_report(small, tmp_path, "zh")
    assert 'lang="zh-CN"' in path.read_text("utf-8")
    assert 'lang="en"' in (tmp_path / "report.en.html").read_text("utf-8")
    assert "未测算其他时间安排" in path.read_text("utf-8")


def test_the_comparison_shows_the_numbers_of_the_record(record: StudyRecord) -> None:
    shown = tables.comparison(record, Language("en"))
    row = next(r for r in shown["rows"] if r.name == "New subscribers")
    found = difference(record.comparison, "no_merger", "sales")
    assert row.cells[0].difference == f"{found.mean:+,.0f}".replace("-", "−")
    assert len(row.cells) == len(shown["scenarios"]) == len(record.scenarios) - 1
