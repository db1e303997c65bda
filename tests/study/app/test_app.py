"""The dashboard's parts without a browser: choices, levers, maps, bands, files, and what the server lets through."""

import asyncio
import io
import json
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scenarios import InputError, Scenario, generate_city, load_scenario
from scenarios.loading.case import case_of
from scenarios.loading.load import parse_setting
from study import what_if
from study.app.by_hand import ByHand
from study.app.choice import Choice, settled
from study.app.choices import BROKEN, Deck, describe_deck, plan_of, read_deck
from study.app.dashboard import Dashboard
from study.app.parts.kept_plans import kept_plan
from study.app.parts.limits import Limits
from study.app.parts.together import Together
from study.app.parts.weigh_objections import weighed_for
from study.app.reproduce import command
from study.app.saved_choices import Kept, Shelf, link, linked
from study.app.scenes.attainment_table import attainment_table
from study.app.scenes.chances import chances
from study.app.scenes.hand_scene import hand_scene, hand_words
from study.app.scenes.kept_principles import breach_of, principles_line
from study.app.scenes.kpi_intervals import bands, gap
from study.app.scenes.map_scene import scene
from study.app.scenes.objections_table import objections_table
from study.app.scenes.tables import by_community, last_stage_days, targets_table, who_changes
from study.app.scenes.timeline_strip import strip
from study.app.server import EXTENSIONS, HOST, free_port, settings
from study.app.tray import side_by_side
from study.app.uploads import LARGEST, Uploads, safe_name
from study.app.worker import Worker, _counted, main
from study.app.worker_client import Hand
from study.app.worker_client import message_text as reason
from study.cli import build_parser as command_parser
from study.cli import main as fusion
from study.cli.execute import BAD_INPUT
from study.presentation.language import Language
from study.presentation.verdict import kpi_name, write_number

TOWN = generate_city(units=40, centres=2, seed=8)
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def deck(tmp_path_factory: pytest.TempPathFactory) -> Deck:
    room = tmp_path_factory.mktemp("deck")
    TOWN.save(room / "town")
    content = describe_deck(
        ["plan"],
        {"run.days": 30},
        {"source": str(room / "town")},
        replications=2,
        cache=str(room / "cache"),
    )
    found = read_deck(json.dumps(content))
    what_if(found.first, {"indicators.enterprises": [1.0]}, territory=found.ground, replications=2, cache=found.cache)
    return found


def test_the_deck_holds_the_scenario_its_alternatives_and_timelines(deck: Deck) -> None:
    assert next(iter(deck.scenarios)) == "plan" and {"no_merger", "equal_weights"} <= set(deck.scenarios)
    assert {"big_bang", "slow", "waves"} <= set(deck.timelines("plan"))
    assert deck.timelines("no_merger") == []


def test_every_stage_has_a_slider_for_each_force_and_levers_change_the_scenario(deck: Deck) -> None:
    levers = deck.levers(deck.reference, Language("en"))
    keys = [lever.key for lever in levers]
    assert len([k for k in keys if k.startswith("target_stages")]) == 2 * len(deck.first.target_stages)
    assert all(0 <= lever.value <= 1 for lever in levers)
    key = "target_stages.stage2.weights.CM.fixed"
    choice = settled(deck.reference, {key: 0.7, "indicators.income": 0.3}, levers)
    assert choice.levers == ((key, 0.7),)
    weights = deck.scenario(choice).target_stages[1].weights.CM
    assert (weights.fixed, weights.mobile) == (0.7, 0.3)
    assert deck.scenario(settled(deck.reference, {}, levers)).sha256 == deck.first.sha256


def test_weights_that_cannot_be_are_refused(deck: Deck) -> None:
    names = ("population", "households", "income", "enterprises")
    with pytest.raises(InputError, match="above 0"):
        deck.scenario(Choice("plan", "", tuple((f"indicators.{n}", 0.0) for n in names)))


def test_a_what_if_of_the_command_line_is_found_in_the_cache(deck: Deck) -> None:
    found = deck.point(Choice("plan", "", (("indicators.enterprises", 1.0),)))
    assert found is not None and len(found["kpis"]["sales"]) == 2
    assert deck.point(Choice("plan", "", (("indicators.enterprises", 0.9),))) is None


def test_a_map_has_an_area_for_every_community_and_hatches_what_moves(deck: Deck) -> None:
    point = deck.point(Choice("plan", "", (("indicators.enterprises", 1.0),)))
    assert point is not None
    today, redrawn = (plan_of(point, kind, deck.ready) for kind in ("current", "redrawn"))
    drawn = scene(deck.ready, redrawn, Language("en"), before=today, title="t")
    assert {area["id"] for area in drawn["areas"]} == set(redrawn)
    assert all(area["d"].startswith("M") and area["fill"].startswith("#") for area in drawn["areas"])
    assert drawn["moved"].startswith("M") and drawn["borders"].startswith("M")
    assert scene(deck.ready, redrawn, Language("en"), before=redrawn)["moved"] == ""
    values = pd.Series({name: float(n) for n, name in enumerate(sorted(set(redrawn)))})
    shaded = scene(deck.ready, redrawn, Language("zh"), values=values)
    assert len({area["fill"] for area in shaded["areas"]}) == len(values) and len(shaded["key"]) == 5
    wide = scene(deck.ready, redrawn, Language("en"), values=values, limits=(-10.0, 90.0))
    assert [wide["key"][0]["text"], wide["key"][-1]["text"]] == ["−10.0", "90.0"]
    json.dumps(drawn)


def test_a_territory_without_polygons_becomes_dots(deck: Deck) -> None:
    from dataclasses import replace

    flat = replace(deck.ready, geometry=None, features=None)
    drawn = scene(flat, plan_of({}, "current", flat), Language("en"))
    assert sum(area["d"].count("M") for area in drawn["areas"]) == len(flat)


def test_targets_of_communities_sum_to_those_of_their_parts(deck: Deck) -> None:
    point = deck.point(deck.reference)
    assert point is not None
    redrawn, parts = (plan_of(point, kind, deck.ready) for kind in ("redrawn", "subdivided"))
    sums = by_community(point, redrawn, parts)
    assert sums.to_numpy().sum() == by_community(point, parts, parts).to_numpy().sum() > 0
    assert set(sums.index) == set(redrawn)
    assert by_community(point, pd.Series(np.arange(len(parts)), index=parts.index).astype(str), parts).empty


def test_names_never_become_markup(deck: Deck) -> None:
    point = deck.point(deck.reference)
    assert point is not None
    say = Language("en")
    evil = deck.ready.with_columns({"centre": deck.ready.units["centre"].astype(str) + EVIL})
    shown = targets_table(point, None, evil, plan_of(point, "subdivided", evil), EVIL, 1.0, say)
    assert "<img" not in shown and "&lt;img" in shown


def test_bands_say_better_only_where_the_interval_does(deck: Deck) -> None:
    point, reference = {"kpis": {"contribution": [10.0, 11.0]}}, {"kpis": {"contribution": [1.0, 2.0]}}
    found = gap(point, reference, "contribution", 0.95)
    assert (found.mean, found.low, found.high) == (9.0, 9.0, 9.0)
    say = Language("en")
    assert "better" in bands(point, reference, say, 0.95, same=False)
    assert "no clear difference" in bands({"kpis": {"contribution": [9.0, -9.0]}}, reference, say, 0.95, same=False)
    tiny = bands({"kpis": {"skill": [0.7 + 2e-4, 0.7 + 3e-4]}}, {"kpis": {"skill": [0.7, 0.7]}}, say, 0.95, same=False)
    assert "+0.0002" in tiny
    assert "baseline" in bands(reference, reference, say, 0.95, same=True)


def test_choices_that_are_kept_are_there_after_a_restart_and_a_broken_file_keeps_nothing(deck: Deck) -> None:
    shelf = Shelf(deck)
    levers = (("target_stages.stage2.weights.CM.fixed", 0.7),)
    kept = [Kept("甲方案", Choice("plan", "waves", levers)), Kept("as written", deck.reference)]
    shelf.write(kept)
    assert Shelf(deck).read() == kept
    shelf.write([*kept, Kept("of another scenario", Choice("elsewhere")), Kept("gone", Choice("plan", "no_such"))])
    assert Shelf(deck).read() == kept
    half = '[{"name":"x","scenario":"plan","timeline":"","levers":3}]'
    for broken in ("", "[1, 2]", '[{"name": "x"}]', "null", half):
        shelf.path.write_text(broken)
        assert Shelf(deck).read() == []
    shelf.path.unlink()
    said = shlex.split(command(deck, kept[0].choice))
    assert said[:3] == ["fusion", "simulate", "waves"]
    assert commanded(said).target_stages == deck.scenario(kept[0].choice).target_stages


def commanded(words: list[str]) -> Scenario:
    """Return the scenario that a command line simulates, as its own parser reads it."""
    options = command_parser().parse_args(words[1:])
    return load_scenario(options.scenario, dict(parse_setting(text) for text in options.settings))


@pytest.mark.parametrize(
    "choice",
    [
        Choice("plan"),
        Choice("equal_weights"),
        Choice("plan", "waves"),
        Choice("equal_weights", "big_bang"),  # both change the target stages
        Choice("equal_weights", "slow", (("target_stages.full_service.weights.CM.fixed", 0.7),), (("transition", 80),)),
        Choice("equal_weights", "waves", (("indicators.households", 0.3),)),
    ],
)
def test_the_command_shown_simulates_the_very_choice(deck: Deck, choice: Choice) -> None:
    """Truth: the parser of the command line, and the key by which a simulation is kept."""
    words = shlex.split(command(deck, choice))
    assert case_of(commanded(words)).key == case_of(deck.scenario(choice)).key
    options = command_parser().parse_args(words[1:])
    assert options.territory == deck.content["territory"]["source"] and options.replications == 2


def test_the_command_of_ones_own_scenario_puts_its_alternatives_on_top_of_it(deck: Deck, tmp_path: Path) -> None:
    mine, source = tmp_path / "mine.yaml", deck.content["territory"]["source"]
    mine.write_text("base: plan\nset:\n  run.days: 31\n  market.rival_pull: 0.4\n", encoding="utf-8")
    about = {"replications": 3, "cache": str(tmp_path / "cache"), "seed": 5, "solver": "cbc"}
    settings = {"selling.speed_km_per_hour": 9.5}
    own = read_deck(json.dumps(describe_deck([str(mine)], settings, {"source": source}, **about)))
    for choice in (Choice("mine"), Choice("mine", "waves"), Choice("equal_weights"), Choice("equal_weights", "slow")):
        words = shlex.split(command(own, choice))
        made, options = commanded(words), command_parser().parse_args(words[1:])
        assert case_of(made).key == case_of(own.scenario(choice)).key
        assert made.run.days == 31 and made.selling.speed_km_per_hour == 9.5
        assert (options.seed, options.solver, options.replications) == (5, "cbc", 3)


def test_phases_of_another_length_are_what_a_patch_of_the_timeline_makes_of_them(deck: Deck) -> None:
    choice = Choice("plan", "", (), (("transition", 60),))
    written = load_scenario("plan", {"run.days": 30, "phases.transition.days": 60})
    made = deck.scenario(choice)
    assert made.phases == written.phases and made.target_stages == written.target_stages
    assert [phase.name for phase in deck.closed_phases(choice)] == ["adjustment", "transition"]
    assert commanded(shlex.split(command(deck, choice))).phases == made.phases


def test_communities_that_are_locked_stay_and_the_command_says_so(deck: Deck) -> None:
    name = deck.communities[0]
    choice = Choice("plan", locks=(name,))
    assert deck.scenario(choice).partition.wishes.lock == (name,)
    assert "1" in deck.title(choice, Language("en")) and deck.title(choice, Language("en")) != deck.first.title.en
    assert f'partition.wishes.lock=["{name}"]' in shlex.split(command(deck, choice))


def test_a_link_opens_its_choice_and_none_that_does_not_fit(deck: Deck) -> None:
    key = "target_stages.stage2.weights.CM.fixed"
    choice = Choice("plan", "slow", ((key, 0.7),), (("transition", 80),), (deck.communities[-1],))
    assert linked(deck, link(choice).removeprefix("?")) == choice
    assert Choice.read(json.loads(json.dumps(choice.plain()))) == choice
    for other in (
        Choice("elsewhere"),
        Choice("plan", "no_such"),
        Choice("plan", "", (("partition.plan", 1.0),)),
        Choice("plan", "", (("indicators.income", -1.0),)),
        Choice("plan", "", (), (("no_such", 5),)),
        Choice("plan", "", (), (("transition", -5),)),
        Choice("plan", "", (), (("transition", 10**9),)),
        Choice("plan", locks=("nowhere",)),
    ):
        assert linked(deck, link(other).removeprefix("?")) is None
    for query in ("", "choice=", "choice=3", "choice=%7B%7D", "choice=[", "token=x"):
        assert linked(deck, query) is None


def test_the_strip_has_a_handle_for_every_phase_with_an_end_and_phases_keep_their_colour(deck: Deck) -> None:
    say, known = Language("en"), [phase.name for phase in deck.first.phases]
    whole = load_scenario("plan")
    shown = strip(whole, say, known)
    assert [p["name"] for p in shown["phases"] if "days" in p] == ["adjustment", "transition"]
    assert [p["days"] for p in shown["phases"][:2]] == [10, 101]
    assert shown["phases"][0]["to"] == shown["phases"][1]["from"] and shown["phases"][2]["to"] == shown["whole"]
    fills = {p["name"]: p["fill"] for p in shown["phases"]}
    without = strip(load_scenario("plan", {"phases.adjustment": None}), say, known)
    assert {p["name"]: p["fill"] for p in without["phases"]} == {k: fills[k] for k in ("transition", "trial_run")}
    assert set(strip(load_scenario("no_merger"), say, known)) == {"none"}


def test_who_changes_compares_stages_of_one_length(deck: Deck) -> None:
    point = deck.point(deck.reference)
    assert point is not None
    say = Language("en")
    same = who_changes(point, point, deck.ready, 1.0, say)
    assert deck.ready.sellers is not None and len(same["rows"]) == len(deck.ready.sellers)
    assert all(row[-1]["by"] == 0 for row in same["rows"])
    table = [row for row in point["targets"] if row[1] == "person" and row[4] == "growth"]
    last = [row for row in table if row[0] == table[-1][0]]
    assert sum(row[4]["by"] + row[5]["by"] for row in same["rows"]) == sum(row[5] for row in last) > 0
    half = who_changes(point, point, deck.ready, 0.5, say)
    assert {round(row[-1]["by"], 9) for row in half["rows"] if row[4]["by"] + row[5]["by"] > 0} == {1.0}
    long, short = load_scenario("plan", {"run.days": 120}), load_scenario("plan", {"run.days": 100})
    assert last_stage_days(long) - last_stage_days(short) == 20


def test_choices_side_by_side_show_paired_differences(deck: Deck) -> None:
    moved = Choice("plan", "", (("indicators.enterprises", 1.0),))
    kept = [Kept("as written", deck.reference), Kept("<b>enterprises</b>", moved), Kept("new", Choice("plan", "slow"))]
    points = [deck.point(one.choice) for one in kept]
    assert points[2] is None
    text = side_by_side(kept, points, deck.point(deck.reference), deck, Language("en"))
    assert "<b>enterprises</b>" not in text and "&lt;b&gt;enterprises" in text
    tables = pd.read_html(io.StringIO(text), converters=dict.fromkeys(range(4), str))
    assert tables[0].shape[1] == 4 and (tables[0]["new"] == "not computed yet").all()
    values = [np.mean(point["kpis"]["sales.fixed"]) for point in points[:2] if point is not None]
    row = tables[0][tables[0].iloc[:, 0].str.startswith(kpi_name("sales.fixed", Language("en")))].iloc[0]
    assert row["as written"] == write_number("sales.fixed", values[0], Language("en"))
    change = write_number("sales.fixed", values[1] - values[0], Language("en"), sign=True)
    assert change in row["<b>enterprises</b>"]


@pytest.mark.slow
def test_a_finished_study_is_shown_as_it_is_and_nothing_of_it_is_computed_again(tmp_path: Path) -> None:
    out = tmp_path / "study"
    shown = (
        "run.days=30",
        "study.sensitivity={}",
        "study.measures={}",
        "study.alternatives=[big_bang]",
        "study.worlds=0",
    )
    settings = [part for one in shown for part in ("--set", one)]
    town = str(TOWN.save(tmp_path / "town"))
    arguments = ["--territory", town, "--replications", "2", *settings, "--out", str(out), "--quiet"]
    assert fusion(["study", "plan", *arguments]) == 0
    content = describe_deck(
        ["plan"],
        {
            "run.days": 30,
            "study.sensitivity": {},
            "study.measures": {},
            "study.alternatives": ["big_bang"],
            "study.worlds": 0,
        },
        {"source": town},
        replications=2,
        cache=str(tmp_path / "empty"),
        study=str(out),
    )
    found = read_deck(json.dumps(content))
    table = pd.read_csv(out / "replications.csv")
    plan = pd.read_csv(out / "plan.csv", dtype=str).set_index("unit_id")["community"]
    for choice in (found.reference, Choice("plan", "big_bang")):
        point = found.point(choice)
        assert point is not None
        mine = table[table["scenario"] == found.scenario(choice).name]
        for kpi in ("contribution", "sales", "churned"):
            assert point["kpis"][kpi] == mine[mine["kpi"] == kpi]["value"].tolist()
    reference = found.point(found.reference)
    assert reference is not None and reference["plans"]["redrawn"] == plan.to_dict()
    anew = read_deck(json.dumps(content | {"study": None, "cache": str(tmp_path / "other")}))
    what_if(anew.first, {"indicators.enterprises": [1.0]}, territory=anew.ground, replications=2, cache=anew.cache)
    assert anew.point(anew.reference) == reference


def test_the_worker_counts_over_all_rounds() -> None:
    heard: list[dict[str, object]] = []
    _counted(lambda m: heard.append(dict(m)), 3, 10, 30)({"state": "simulating", "done": 4, "total": 20})
    assert heard == [{"state": "simulating", "done": 10, "total": 60}]


def test_the_worker_computes_a_choice_and_says_how_far_it_is(deck: Deck, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("study.app.worker.read_deck", lambda: deck)
    choice = {"scenario": "plan", "timeline": "big_bang", "levers": []}
    impossible = {"scenario": "plan", "timeline": "", "levers": [["indicators.income", -1.0]]}
    lines = [{"id": n, "what": "points", "choices": [c]} for n, c in enumerate((impossible, choice))]
    told = []
    for line in lines:
        out = io.StringIO()
        monkeypatch.setattr("study.app.worker.Worker.points", _patient(line, monkeypatch))
        main(io.StringIO(json.dumps(line) + "\n"), out)
        told.append([json.loads(text) for text in out.getvalue().splitlines()])
    assert told[0][-1]["state"] == "failed" and "indicators.income" in told[0][-1]["problems"][0]
    assert "indicators.income：现为-1.0；须不小于0" in reason(told[0][-1], Language("zh"))
    states = [m["state"] for m in told[1]]
    assert list(dict.fromkeys(states)) == ["deciding", "simulating", "ready", "done"]
    assert [m["done"] for m in told[1] if m["state"] == "simulating"][-1] == 2
    assert deck.point(Choice("plan", "big_bang")) is not None


def _patient(line: object, monkeypatch: pytest.MonkeyPatch) -> object:
    """Return the worker's own method, deaf to the end of the input that follows the only request at once."""
    from study.app.worker import Worker

    own = getattr(Worker.points, "own", Worker.points)

    def points(self: Worker, choices: list[Choice], tell: object, _: object) -> None:
        own(self, choices, tell, lambda: True)

    points.own = own  # type: ignore[attr-defined]
    return points


def test_a_city_that_is_dropped_is_read_and_taken_or_refused(deck: Deck, tmp_path: Path) -> None:
    worker = Worker(deck)
    generate_city(units=30, centres=2, seed=3).save(tmp_path / "folder")
    kept = tmp_path / "我的城市.xlsx"
    with pd.ExcelWriter(kept) as book:
        for name in ("units", "adjacency"):
            pd.read_csv(tmp_path / "folder" / f"{name}.csv").to_excel(book, sheet_name=name, index=False)
    told = worker.read(str(kept))
    assert told["units"] == 30 and set(told["account"]) == {"en", "zh"}
    assert "population" in told["account"]["en"] and "我的城市" in told["account"]["en"]
    there = deck.elsewhere(str(kept))
    assert len(there.ground) == 30 and there.study is None and there.first.sha256 == deck.first.sha256
    assert there.store.shared != deck.store.shared  # what is known of the other city is not shown for this one
    broken = tmp_path / "broken.xlsx"
    pd.DataFrame({"unit_id": ["a", "a"], "x": [0, 1], "y": [0, 1]}).to_excel(broken, sheet_name="units", index=False)
    with pytest.raises(InputError):
        worker.read(str(broken))


def test_a_dropped_file_is_kept_in_a_folder_of_its_own_and_only_if_it_may_be_a_city(
    deck: Deck, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    async def drop() -> None:
        uploads = Uploads(deck, Language("en"), lambda _: None)
        asked: list[dict[str, Any]] = []
        monkeypatch.setattr(uploads.hand, "ask", lambda what, choices, **rest: asked.append({"what": what, **rest}))
        for name, buffers in (
            ("../../evil.sh", [b"x"]),
            ("a.xlsx", []),
            ("a.xlsx", [bytes(LARGEST + 1)]),
            ("", [b"x"]),
        ):
            uploads._dropped(None, {"name": name, "size": LARGEST + 1}, buffers)
            assert "failed" in uploads.words.value and not asked
        assert not deck.uploads.exists()
        uploads._dropped(None, {"name": f"../{EVIL}.XLSX", "size": 1}, [memoryview(b"x")])
        path = Path(asked[0]["path"])
        assert path.parent.parent == deck.uploads and path.read_bytes() == b"x" and path.suffix == ".xlsx"
        assert "<img" not in uploads.words.value and uploads.use.layout.display == "none"
        uploads._heard({"state": "failed", "problems": [EVIL]})
        assert "<img" not in uploads.words.value

    asyncio.run(drop())


@pytest.mark.slow
def test_communities_drawn_by_hand_are_simulated_as_they_are(deck: Deck) -> None:
    point = deck.point(deck.reference)
    assert point is not None
    say, plan = Language("en"), plan_of(point, "redrawn", deck.ready)
    ground = deck.territory(deck.first)
    shown = hand_scene(ground, plan, 0.05, say)
    names, of = shown["communities"], list(shown["of"])
    assert [names[n] for n in of] == plan.tolist() and len(shown["units"]) == len(ground)
    units = shown["units"]
    assert all(n in units[other]["near"] for n, unit in enumerate(units) for other in unit["near"])
    n, to = next(
        (n, of[other])
        for n, unit in enumerate(units)
        for other in unit["near"]
        if of[n] != of[other]
        and shown["centres"][of[n]] == shown["centres"][of[other]]
        and len(ground.subset(plan.index[(plan == plan.iloc[n]) & (plan.index != plan.index[n])]).components()) == 1
    )
    of[n] = to
    used: list[str] = []
    by_hand = ByHand(deck, say, used.append, lambda _: None)
    by_hand.show(ground, plan, 0.05)
    by_hand._open(None)
    for wrong in ([], of[1:], [*of[1:], 99], [*of[1:], "0"]):
        by_hand._drawn({"of": wrong})
    assert used == []
    by_hand._drawn({"of": of, "count": 1})
    choice = Choice("plan", plan=used[0])
    assert deck.fits(choice) and not deck.fits(Choice("plan", plan="../choices.csv"))
    written = pd.read_csv(deck.uploads / used[0], dtype=str).set_index("unit_id")["community"]
    assert written.to_dict() == {unit: names[c] for unit, c in zip(ground.units.index, of, strict=True)}
    Worker(deck).points([choice], lambda _: None, lambda: True)
    made = deck.point(choice)
    assert made is not None and made["plans"]["redrawn"] == written.to_dict()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("我的城市.xlsx", "我的城市.xlsx"),
        ("../../etc/passwd.xlsx", "passwd.xlsx"),
        ("C:\\maps\\my city.GPKG", "my city.gpkg"),
        ("..xlsx", "city.xlsx"),
        ("<img>.json", "_img_.json"),
        ("a\x00b.json", "a_b.json"),
    ],
)
def test_names_of_dropped_files_lead_nowhere(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_hand_without_a_worker_can_be_let_go(deck: Deck) -> None:
    import asyncio

    async def hold() -> None:
        hand = Hand(lambda _: None, deck)
        hand.forget()
        hand.close()
        assert hand.process is None

    asyncio.run(hold())


def test_the_server_is_closed_to_all_but_the_token_on_this_machine() -> None:
    config = settings(8866, "t", browser=False, quiet=True)
    assert config.Voila.ip == HOST == "127.0.0.1" and config.Voila.token == "t"
    assert config.Voila.tornado_settings["allow_remote_access"] is False
    assert config.VoilaConfiguration.file_allowlist == [] and "anywidget" in EXTENSIONS


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        with pytest.raises(InputError, match="--port"):
            free_port(other.getsockname()[1])
    assert free_port(0) > 0
    with pytest.raises(InputError, match="--port"):
        free_port(70000)


def test_bad_input_ends_the_verb_before_anything_is_served(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fusion(["app", "plan", "--set", "training.seats=0", "--no-browser"]) == BAD_INPUT
    assert "training.seats is 0" in capsys.readouterr().err
    assert fusion(["app", "erlang_c", "--no-browser"]) == BAD_INPUT
    assert "territory" in capsys.readouterr().err


@pytest.fixture
def laid(deck: Deck, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Dashboard, list[tuple[Hand, str]]]]:
    """Return the dashboard without a browser, and what was asked of workers, of which none is started."""
    asked: list[tuple[Hand, str]] = []
    monkeypatch.setattr(Hand, "ask", lambda self, what, *_, **__: asked.append((self, what)))
    loop = asyncio.new_event_loop()
    monkeypatch.setattr(asyncio, "get_event_loop", lambda: loop)
    yield Dashboard(deck), asked
    loop.close()


def test_another_language_keeps_what_is_opened_chosen_and_under_way(
    laid: tuple[Dashboard, list[tuple[Hand, str]]], tmp_path: Path
) -> None:
    page, asked = laid
    workers = page.hand, page.downloads.hand, page.uploads.hand
    page.by_hand._open(None)
    scene, moving = page.by_hand.map.scene, page.by_hand.map
    page.downloads._make(None)
    page.downloads._heard({"state": "simulating", "done": 3, "total": 9})
    page.uploads.path = tmp_path / "city.xlsx"
    account = {"en": "<p>a</p>", "zh": "<p>b</p>"}
    page.uploads._heard({"state": "read", "units": 40, "account": account})
    page.maps.shade.value, page.maps.kinds["left"].value = "population", ("reference", "redrawn")
    page.controls.locks.value = [page.deck.communities[0]]  # not yet drawn with
    page.speak("zh")
    assert (page.hand, page.downloads.hand, page.uploads.hand) == workers
    assert [what for _, what in asked].count("files") == 1 and page.downloads.making is not None
    assert page.downloads.words.value.count("3") and "9" in page.downloads.words.value
    assert page.uploads.account.value == "<p>b</p>" and page.uploads.use.layout.display == ""
    assert Language("zh")("app.read", units="40") in page.uploads.words.value
    assert page.by_hand.map is moving and moving.scene["words"] == hand_words(Language("zh"))
    assert {k: v for k, v in moving.scene.items() if k != "words"} == {k: v for k, v in scene.items() if k != "words"}
    assert (page.maps.shade.value, page.maps.kinds["left"].value) == ("population", ("reference", "redrawn"))
    assert list(page.controls.locks.value) == [page.deck.communities[0]] and page.asked.locks == ()
    page.by_hand._open(None)
    assert page.by_hand.map.scene["opened"] == scene["opened"] + 1  # begins anew where that is asked


def test_another_city_lets_the_workers_of_the_old_one_go(
    laid: tuple[Dashboard, list[tuple[Hand, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    page, _ = laid
    closed: list[Hand] = []

    def close(hand: Hand) -> None:
        closed.append(hand)

    monkeypatch.setattr(Hand, "close", close)
    old = [page.hand, page.downloads.hand, page.uploads.hand, page.objections.hand]
    page._take(page.deck)
    assert closed == old
    assert not {*old} & {page.hand, page.downloads.hand, page.uploads.hand, page.objections.hand}


def test_the_targets_reached_stand_by_stage_business_and_centre(deck: Deck) -> None:
    """Truth: sums over the runs that the point keeps, divided by hand."""
    scenario = load_scenario("plan", {"run.days": 90})
    stage, say = scenario.target_stages[0], Language("en")
    attained = {
        "stages": [stage.name],
        "centres": ["East", EVIL],
        "wanted": [[[10.0, 30.0], [20.0, 0.0]]],
        "reached": [[[[9.0, 24.0], [30.0, 0.0]]], [[[11.0, 26.0], [30.0, 0.0]]]],
    }
    text = attainment_table({"attained": attained}, scenario, say)
    assert EVIL not in text and stage.title.short("en") in text
    assert "88 %" in text and "100 %" in text and "83 %" in text  # East: 35 of 40; fixed 10 of 10, mobile 25 of 30
    assert "150 %" in text and "108 %" in text  # the other: 30 of 20; the company: 65 of 60
    for nothing in ({}, {**attained, "reached": [[[[None] * 2] * 2]]}):
        assert say("app.no_attainment") in attainment_table({"attained": nothing}, scenario, say)


def test_the_chances_of_the_study_stand_by_horizon_and_say_what_breaks_a_principle() -> None:
    scenarios = {name: load_scenario(name) for name in ("plan", "waves")}
    one = {"value": 0.1, "low": 0.05, "high": 0.2}

    def then(kept: float) -> dict[str, Any]:
        return {"probability_best": one, "probability_not_interrupted": {"value": kept, "low": kept, "high": kept}}

    about = {
        "broken": {"hall_refused": {"value": 0.7}},
        "against_studied": {"value": 0.0, "low": 0.0, "high": 0.0},
        **then(0.3),
        "horizons": {"120": then(0.95), "250": then(0.3)},
    }
    robust = {"horizons": [120, 250], "broken_at_most": 0.1, "worlds": 48, "confidence": 0.95, "studied": "plan"}
    robust |= {"recommended": "plan", "admissible": ["plan"], "scenarios": {"plan": about, "waves": about}}
    text = chances(robust, scenarios, "waves", Language("en"))
    assert text.count("▼ 70 %") == 2 and text.count("5 %") >= 2 and "▼ 5 %" not in text
    assert (text.count('class="own"') == 1 and "Customers refused" in text) or "refused" in text.lower()
    assert Language("en")("app.chances_not_tried") in chances(robust, scenarios, None, Language("en"))
    assert Language("zh")("app.no_chances") in chances(None, {}, None, Language("zh"))


def test_a_choice_says_how_often_it_breaks_a_principle() -> None:
    rules = {"study.principles": {"dip_depth": {"slack": 0.0}}, "study.broken_at_most": 0.4}
    first, say = load_scenario("plan", rules), Language("en")
    reference = {"kpis": {"dip_depth": [0.1, 0.1, 0.1, 0.1], "sales": [1.0] * 4}}
    worse = {"kpis": {"dip_depth": [0.2, 0.1, None, 0.2, 0.9], "sales": [1.0] * 5}}
    assert "▼" in principles_line(worse, reference, first, say)
    assert "breaks a principle in 50 % of the runs" in principles_line(worse, reference, first, say)
    kept = principles_line(reference, reference, first, say)
    assert "▼" not in kept and "0 %" in kept
    assert principles_line(worse, None, first, say) == "" and breach_of(None, reference, first) is None


def test_limits_move_what_is_judged_and_not_what_is_simulated(deck: Deck) -> None:
    point = deck.point(Choice("plan", "", (("indicators.enterprises", 1.0),)))
    assert point is not None
    days = max(v for v in point["kpis"]["dip_days"] if v is not None)
    strict = Choice("plan", limits=(("dip_days.most", days - 1.0), (BROKEN, 0.0)))
    loose = Choice("plan", limits=(("dip_days.most", days + 1.0),))
    assert case_of(deck.scenario(strict)).key == case_of(deck.first).key  # nothing is simulated anew
    found, kept = (breach_of(point, point, deck.judge(choice)) for choice in (strict, loose))
    assert found is not None and kept is not None
    assert found.by["dip_days"] > 0 and found.too_often and kept.by["dip_days"] == 0
    assert Choice.read(json.loads(json.dumps(strict.plain()))) == strict and deck.fits(strict)
    words = command(deck, strict)
    assert "study.principles.dip_days.most" in words and "study.broken_at_most" in words


def test_a_typed_limit_is_read_in_its_unit_and_nonsense_changes_nothing(deck: Deck) -> None:
    told: list[int] = []
    limits = Limits(deck, Language("en"), lambda: told.append(1), deck.reference)
    assert limits.value == ()
    limits.fields["dip_depth.slack"].value = "2.5"
    assert limits.value == (("dip_depth.slack", 0.025),) and told == [1]
    for wrong in ("deep", "-3"):
        limits.fields["dip_depth.slack"].value = wrong
        assert limits.fields["dip_depth.slack"].value == "2.5" and EVIL not in limits.wrong.value
    limits.fields["dip_depth.slack"].value = ""  # its only limit
    assert limits.value == (("dip_depth.slack", 0.025),) and told == [1]
    limits.fields["dip_depth.most"].value = "15 %"
    limits.fields["dip_depth.slack"].value = ""
    assert dict(limits.value) == {"dip_depth.slack": None, "dip_depth.most": 0.15}
    assert deck.judge(Choice("plan", limits=limits.value)).study.principles["dip_depth"].most == 0.15


def test_groups_kept_together_become_a_wish_and_merge_where_they_share_a_unit(deck: Deck) -> None:
    group = Together(Language("en"), (), lambda: None)
    units = [str(unit) for unit in deck.ready.unit_ids[:4]]
    group.add(units[:2])
    group.add(units[2:3])  # one alone is no group
    group.add(units[1:3])
    assert group.wanted == (tuple(sorted(units[:3])),) and group.drawn == ()
    choice = Choice("plan", together=group.wanted)
    assert deck.scenario(choice).partition.wishes.keep_together == group.wanted
    assert deck.fits(choice) and not deck.fits(Choice("plan", together=(("nowhere", units[0]),)))


def test_objections_are_weighed_as_the_command_line_weighs_them(deck: Deck) -> None:
    ready, point = deck.ready, deck.point(Choice("plan", "", (("indicators.enterprises", 1.0),)))
    assert point is not None
    plan = plan_of(point, "redrawn", ready)
    near = [(a, b) for a, b in ready.edge_positions if ready.units["centre"].iloc[a] == ready.units["centre"].iloc[b]]
    unit, other = next((a, b) for a, b in near if plan.iloc[a] != plan.iloc[b])
    home, wanted = str(ready.unit_ids[unit]), str(plan.iloc[other])
    choice = Choice("plan", "", (("indicators.enterprises", 1.0),), plan=kept_plan(deck.uploads, plan))
    stays = str(ready.unit_ids[other])
    found = weighed_for(deck, choice, [[home, wanted, EVIL], [stays, wanted]])
    first, second = found["rows"]
    assert second["moves"] == 0 and second["plan"] == ""  # it is so already
    assert set(first["answer"]) == {"en", "zh"} and all(first["answer"].values())
    if first["plan"]:
        drawn = pd.read_csv(deck.uploads / first["plan"], dtype=str).set_index("unit_id")["community"]
        assert drawn[home] == wanted and int((drawn != plan.reindex(drawn.index)).sum()) == first["moves"]
    shown = objections_table(found, None, {}, 0.95, Language("en"))
    assert EVIL not in shown and "&lt;img" in shown
    with pytest.raises(InputError, match="no such unit"):
        weighed_for(deck, choice, [["nowhere", wanted]])
