"""The dashboard as a person meets it: in a real browser, with nothing but this machine, and never without its token."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pyogrio
import pytest

from scenarios import generate_city, load_scenario
from scenarios.loading.load import load_alternative
from study import run_study, what_if
from study.reporting.deliver import deliver
from tests.browser import Page, chromium, needs_chromium
from tests.served import Served, served_app

pytestmark = [pytest.mark.slow, needs_chromium]

DAYS, RUNS = 40, 2
STATUS = "document.querySelector('.fusion-status')"
RIGHT = ".fusion-columns .fusion-panel:nth-child(2)"
FIND = "[...document.querySelectorAll('button')].find(b => b.textContent === {})"
PRESS = FIND + ".click(); 0"
DIP = "[...document.querySelectorAll('.fusion-limit input')][3]"
"""The fixed limit of the days in the dip."""

HIT = """(() => {
  const area = document.querySelector('.fusion-map.over .area');
  area.scrollIntoView({block: 'center'});
  const b = area.ownerSVGElement.getBoundingClientRect(), spots = [];
  for (let x = 0.1; x < 0.95; x += 0.1) for (let y = 0.1; y < 0.95; y += 0.1) {
    const met = document.elementFromPoint(b.x + x * b.width, b.y + y * b.height);
    if (met?.classList.contains('area')) spots.push(!!met.closest('.over'));
  }
  return [area.dataset.id, spots.length > 0 && spots.every(Boolean)];
})()"""
"""The first area of the upper map, and whether every area that a pointer meets belongs to that map."""

BORDER = """(() => {
  const units = [...document.querySelectorAll('.fusion-hand .unit')];
  const tools = document.querySelector('.fusion-hand .tools');
  for (const unit of units) {
    unit.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));
    const option = tools.querySelector('select').options[0];
    unit.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));
    if (option) return [unit.dataset.id, option.textContent];
  }
})()"""
"""A unit and a community beside its own that it touches."""

SHAPES = f"[...document.querySelectorAll('{RIGHT} .area')].map(e => e.getAttribute('d')).join()"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="module")
def served(room: Path) -> Iterator[Served]:
    """Serve a town of which the plan, one step of a slider and the files of a study are known."""
    generate_city(units=40, centres=2, seed=8).save(room / "town")
    plan = load_scenario("plan", {"run.days": DAYS, "study.sensitivity": {}, "study.measures": {}, "study.worlds": 0})
    town, cache = str(room / "town"), str(room / "cache")
    what_if(plan, {"indicators.enterprises": [1.0]}, territory=town, replications=RUNS, cache=cache)
    record = run_study(plan, load_alternative(plan, "no_merger"), territory=town, replications=RUNS)
    deliver(record, room / "study")
    same = [
        "--set",
        f"run.days={DAYS}",
        "--set",
        "study.sensitivity={}",
        "--set",
        "study.measures={}",
        "--set",
        "study.worlds=0",
        "--replications",
        str(RUNS),
    ]
    with served_app(room, ["--territory", town, *same, "--cache", cache, "--study", str(room / "study")]) as running:
        yield running


@pytest.fixture(scope="module")
def page(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, Path]]:
    """Open the dashboard with its token and wait for what the cache has."""
    downloads = tmp_path_factory.mktemp("downloads")
    with chromium(downloads) as opened:
        opened.size(1440, 1000)
        opened.go(served.page)
        opened.wait(f"{STATUS}?.classList.contains('done')")
        yield opened, downloads


def test_without_its_token_nothing_of_the_dashboard_can_be_reached(served: Served) -> None:
    with urllib.request.urlopen(served.address) as answer:
        text = answer.read().decode()
        assert "/login" in answer.url and "fusion" not in text.lower()
    kernel = "00000000-0000-0000-0000-000000000000"
    for path in (f"/api/kernels/{kernel}", "/voila/files/dashboard.ipynb", "/voila/files/server.py"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(served.address + path)
        assert refused.value.code in (403, 404)
        refused.value.close()
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "eA==",
    }
    channel = urllib.request.Request(f"{served.address}/api/kernels/{kernel}/channels", headers=upgrade)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(channel)
    assert refused.value.code == 403
    refused.value.close()
    channel = urllib.request.Request(f"{served.address}/voila/query/{kernel}", headers=upgrade)
    with urllib.request.urlopen(channel) as answer:
        assert "/login" in answer.url  # nobody there: as any other address
    wrong = urllib.request.Request(served.address, headers={"Authorization": "token 0123456789abcdef"})
    with urllib.request.urlopen(wrong) as answer:
        assert "/login" in answer.url
    foreign = urllib.request.Request(f"{served.address}/?token={served.token}", headers={"Host": "evil.example.org"})
    with pytest.raises(urllib.error.HTTPError) as stranger:
        urllib.request.urlopen(foreign)
    stranger.value.close()


def test_it_listens_to_this_machine_alone(served: Served) -> None:
    port = int(served.address.rsplit(":", 1)[1])
    rows = [line.split() for name in ("tcp", "tcp6") for line in _table(name)]
    bound = {row[1].split(":")[0] for row in rows if int(row[1].split(":")[1], 16) == port and row[3] == "0A"}
    assert bound == {"0100007F"}


def _table(name: str) -> list[str]:
    path = Path("/proc/net") / name
    if not path.exists() and "CI" not in os.environ:
        pytest.skip("this machine has no table of open ports to look into")
    return path.read_text().splitlines()[1:]


def test_it_opens_from_the_cache(page: tuple[Page, Path]) -> None:
    opened, _ = page
    assert f"{RUNS} replications" in opened.value(f"{STATUS}.textContent")
    assert opened.value("document.querySelectorAll('.fusion-bands tbody tr').length") == 8
    assert opened.value("document.querySelectorAll('.fusion-map').length") == 2
    opened.wait("document.fonts.check('16px \"Study Han\"', '区')")


def test_a_slider_redraws_the_map_from_the_cache(page: tuple[Page, Path]) -> None:
    opened, _ = page
    before = opened.value(SHAPES)
    _press_slider(opened, "End")
    opened.wait(f"{SHAPES} !== {json.dumps(before)}")
    opened.wait(f"{STATUS}?.classList.contains('done')")
    assert "Known results" in opened.value(f"{STATUS}.textContent")
    assert opened.value("document.querySelectorAll('.fusion-bands td:last-child b').length") == 8


def _press_slider(opened: Page, key: str) -> None:
    """Press a key on the slider of the enterprises' weight."""
    opened.value("document.querySelectorAll('.noUi-handle')[3].id = 'weight'; 0")
    opened.press("#weight", key)


def test_what_is_not_in_the_cache_is_computed_while_the_page_lives_on(page: tuple[Page, Path]) -> None:
    opened, _ = page
    _press_slider(opened, "End")
    opened.wait(f"{STATUS}?.classList.contains('done')")
    _press_slider(opened, "ArrowLeft")
    opened.wait(f"{STATUS}?.classList.contains('busy')")
    assert "Computing" in opened.value(f"{STATUS}.textContent")
    opened.value(
        f"document.querySelector('{RIGHT} .area').dispatchEvent(new MouseEvent('click', {{bubbles: true}})); 0"
    )
    opened.wait("!!document.querySelector('.fusion-card')")
    opened.wait(f"{STATUS}?.classList.contains('done')")
    assert f"Computed: {RUNS} replications" in opened.value(f"{STATUS}.textContent")


def test_a_click_on_a_community_shows_its_scorecard(page: tuple[Page, Path]) -> None:
    opened, _ = page
    name = opened.value(f"document.querySelectorAll('{RIGHT} .area')[1].dataset.id")
    opened.value(f"document.querySelectorAll('{RIGHT} .area')[1].id = 'second'; 0")
    shape = f"document.querySelectorAll('{RIGHT} .area')[1]"
    opened.value(f"{shape}.dispatchEvent(new MouseEvent('click', {{bubbles: true}})); 0")
    opened.wait(f"[...document.querySelectorAll('h3')].some(e => e.textContent === {json.dumps(name)})")
    assert "Workload against the mean" in opened.value("document.querySelector('.fusion-card').textContent")


def test_files_can_be_taken_away_and_opened(page: tuple[Page, Path], room: Path) -> None:
    opened, downloads = page
    opened.value("[...document.querySelectorAll('button')].find(b => b.textContent.includes('Back to')).click(); 0")
    opened.wait("document.querySelectorAll('.fusion-files button:enabled').length >= 3")
    for name in ("workbook.xlsx", "plan.gpkg", "report.html"):
        opened.value(f"document.querySelector('.fusion-files button[title=\"{name}\"]').click(); 0")
        path = downloads / name
        end = time.monotonic() + 60
        while not path.is_file() or path.stat().st_size < (room / "study" / name).stat().st_size:
            assert time.monotonic() < end, f"{name} does not arrive: {opened.errors}"
            time.sleep(0.1)
        assert path.read_bytes() == (room / "study" / name).read_bytes()
    assert "Plan" in openpyxl.load_workbook(downloads / "workbook.xlsx", read_only=True).sheetnames
    assert "communities_redrawn" in [name for name, _ in pyogrio.list_layers(downloads / "plan.gpkg")]


def test_a_choice_is_pinned_compared_and_found_again_when_the_page_is_opened_anew(
    page: tuple[Page, Path], served: Served
) -> None:
    opened, _ = page
    press = "[...document.querySelectorAll('button')].find(b => b.textContent === {}).click(); 0"
    opened.value(press.format(json.dumps("Pin this choice")))
    opened.wait("document.querySelectorAll('.fusion-kept').length === 1")
    _press_slider(opened, "End")
    opened.wait("!!document.querySelector('.fusion-pin:enabled')")  # another choice than the one pinned is shown
    opened.wait(f"{STATUS}?.classList.contains('done')")
    opened.value(press.format(json.dumps("Pin this choice")))
    opened.wait("document.querySelectorAll('.fusion-kept').length === 2")
    opened.wait("document.querySelectorAll('.fusion-side-by-side thead th').length === 3")
    assert "fusion simulate" in opened.value("document.querySelector('.fusion-kept code').textContent")
    opened.go(served.page)
    opened.wait(f"{STATUS}?.classList.contains('done')")
    opened.wait("document.querySelectorAll('.fusion-kept').length === 2")  # once the page made ahead knows its reader
    assert kernels(served) == 2  # its own and the page made ahead: the page that was left has taken its kernel along
    opened.value(press.format(json.dumps("Remove")))
    opened.wait("document.querySelectorAll('.fusion-kept').length === 1")


def test_a_phase_is_dragged_typed_and_moved_by_keys(page: tuple[Page, Path]) -> None:
    opened, _ = page
    length = "document.querySelectorAll('.fusion-side input[type=number]')[0]"
    assert opened.value(f"{length}.value") == "10"
    grip = "document.querySelectorAll('.grip')[0]"
    x, y, day = opened.value(
        f"(()=>{{const b={grip}.getBoundingClientRect(),t={grip}.parentElement;"
        "const whole=[...t.querySelectorAll('.phase')].at(-1);return [b.x+7,b.y+8,t.clientWidth*0.9/20]})()"
    )
    opened.call("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", buttons=1, clickCount=1)
    for step in (1, 2):
        opened.call("Input.dispatchMouseEvent", type="mouseMoved", x=x + step * day, y=y, button="left", buttons=1)
    asked = int(opened.value(f"{grip}.getAttribute('aria-valuenow')"))
    assert asked > 10 and str(asked) in opened.value(f"{grip}.dataset.days")
    opened.call("Input.dispatchMouseEvent", type="mouseReleased", x=x + 2 * day, y=y, button="left", clickCount=1)
    opened.wait(f"{length}.value === '{asked}'")
    opened.wait(f"{STATUS}?.classList.contains('done')")
    opened.value(f"{grip}.id = 'grip'; 0")
    opened.press("#grip", "ArrowLeft")
    opened.press("#grip", "Enter")
    opened.wait(f"{length}.value === '{asked - 1}'")
    opened.wait(f"{STATUS}?.classList.contains('done')")


def test_a_community_is_locked_the_rest_drawn_anew_and_a_link_opens_it(page: tuple[Page, Path], served: Served) -> None:
    opened, _ = page
    left = ".fusion-columns .fusion-panel:nth-child(1)"
    opened.wait(f"{STATUS}?.classList.contains('done')")
    name = opened.value(f"document.querySelectorAll('{left} .area')[0].dataset.id")
    opened.value(f"document.querySelectorAll('{left} .area')[0].dispatchEvent(new MouseEvent('click')); 0")
    press = "[...document.querySelectorAll('button')].find(b => b.textContent === {}).click(); 0"
    keep = "[...document.querySelectorAll('button')].some(b => b.textContent === 'Keep this community as it is')"
    opened.wait(keep)
    opened.value(press.format(json.dumps("Keep this community as it is")))
    opened.wait(f"!!document.querySelector('{left} .locked')?.getAttribute('d')")
    opened.wait("!![...document.querySelectorAll('button:enabled')].find(b => b.textContent === 'Draw the rest anew')")
    opened.value(press.format(json.dumps("Draw the rest anew")))
    opened.wait("[...document.querySelectorAll('button:disabled')].some(b => b.textContent === 'Draw the rest anew')")
    opened.wait(f"{STATUS}?.classList.contains('done')")
    # the locked community has the same outline on the map of the redrawn ones
    shape = f"document.querySelector('{left} .locked').getAttribute('d')"
    opened.wait(f"[...document.querySelectorAll('{RIGHT} .area')].some(e => e.getAttribute('d') === {shape})")
    before = opened.value("document.querySelectorAll('.fusion-kept a').length")
    opened.value(press.format(json.dumps("Pin this choice")))
    opened.wait(f"document.querySelectorAll('.fusion-kept a').length === {before + 1}")
    address = opened.value("[...document.querySelectorAll('.fusion-kept a')].at(-1).href")
    opened.go(address)
    opened.wait(f"{STATUS}?.classList.contains('done')")
    tags = "[...document.querySelectorAll('.fusion-side .jupyter-widget-tag')].map(e => e.textContent).join()"
    opened.wait(f"{tags}.includes({json.dumps(name)})")
    opened.value(press.format(json.dumps("Back to the scenario as written")))
    opened.wait(f"{STATUS}?.classList.contains('done')")


def test_units_are_moved_by_hand_undone_and_simulated(page: tuple[Page, Path]) -> None:
    opened, _ = page
    opened.wait(f"{STATUS}?.classList.contains('done')")
    press = "[...document.querySelectorAll('button')].find(b => b.textContent === {}).click(); 0"
    opened.value(press.format(json.dumps("Start from the communities shown")))
    opened.wait("document.querySelectorAll('.fusion-hand .unit').length === 40")
    fills = "[...document.querySelectorAll('.fusion-hand .unit')].map(e => e.getAttribute('fill')).join()"
    state = "document.querySelector('.fusion-hand p').textContent"
    before, said = opened.value(fills), opened.value(state)
    tools = "document.querySelectorAll('.fusion-hand .tools button')"
    for n in range(40):  # until a unit that touches another community of its centre, whose own stays in one piece
        opened.value(f"document.querySelectorAll('.fusion-hand .unit')[{n}].id = 'unit{n}'; 0")
        opened.press(f"#unit{n}", "Enter")
        if opened.value(f"{tools}[0].disabled"):
            opened.press(f"#unit{n}", "Enter")
            continue
        opened.value(f"{tools}[0].click(); 0")
        assert opened.value(fills) != before and opened.value(state) != said
        if not opened.value(f"{tools}[5].disabled"):
            break
        opened.value(f"{tools}[1].click(); 0")
        assert opened.value(fills) == before and opened.value(state) == said
    moved = opened.value(fills)
    opened.value(f"{tools}[1].click(); 0")
    assert opened.value(fills) == before
    opened.value(f"{tools}[2].click(); 0")
    assert opened.value(fills) == moved
    x, y, width = opened.value(
        "(()=>{const b=document.querySelector('.fusion-hand svg');b.scrollIntoView();"
        "const r=b.getBoundingClientRect();return [r.x,r.y,r.width]})()"
    )
    opened.call(
        "Input.dispatchMouseEvent", type="mousePressed", x=x + 2, y=y + 2, button="left", buttons=1, clickCount=1
    )
    end = {"x": x + width - 2, "y": y + 500, "button": "left"}
    opened.call("Input.dispatchMouseEvent", type="mouseMoved", buttons=1, **end)
    opened.call("Input.dispatchMouseEvent", type="mouseReleased", clickCount=1, **end)
    chosen = "document.querySelectorAll('.fusion-hand .unit.on').length"
    assert opened.value(chosen) > 10
    opened.value(f"{tools}[4].click(); 0")
    assert opened.value(chosen) == 0
    old = opened.value(SHAPES)
    opened.value(press.format(json.dumps("Simulate these communities")))
    opened.wait(f"{SHAPES} !== {json.dumps(old)}")
    opened.wait(f"{STATUS}?.classList.contains('done')")
    opened.value(press.format(json.dumps("Drop the communities drawn by hand")))
    opened.wait(f"{SHAPES} === {json.dumps(old)}")
    opened.wait(f"{STATUS}?.classList.contains('done')")


def test_one_map_is_swiped_over_the_other_by_keys_and_answers_clicks_where_it_lies(page: tuple[Page, Path]) -> None:
    opened, _ = page
    opened.wait(f"{STATUS}?.classList.contains('done')")
    opened.value(PRESS.format(json.dumps("Swipe")))
    opened.wait("document.querySelectorAll('.fusion-swiped .fusion-map').length === 2")
    opened.value("document.querySelector('.fusion-swipe').id = 'swipe'; 0")
    cut = "document.querySelector('.fusion-map.over').style.clipPath"
    assert "50%" in opened.value(cut)
    opened.press("#swipe", "Home")
    opened.wait(f"{cut}.includes('0px 0%') || {cut}.endsWith(' 0%)')")  # the upper map lies over all of the lower one
    name, there = opened.value(HIT)
    assert there  # what is met in the middle of the area belongs to the upper map
    opened.value("document.querySelector('.fusion-map.over .area').dispatchEvent(new MouseEvent('click')); 0")
    opened.wait(f"[...document.querySelectorAll('h3')].some(e => e.textContent === {json.dumps(name)})")
    opened.press("#swipe", "End")
    opened.wait(f"{cut}.includes('100%')")
    assert not opened.value(HIT)[1]
    opened.value(PRESS.format(json.dumps("Side by side")))
    opened.wait(
        f"document.querySelectorAll('.fusion-map.over').length === 0 && !!document.querySelector('{RIGHT} .area')"
    )


def test_a_limit_changes_the_judgement_at_once_and_can_be_kept_in_a_choice(page: tuple[Page, Path]) -> None:
    opened, _ = page
    opened.value(PRESS.format(json.dumps("Back to the scenario as written")))
    opened.wait(f"{STATUS}?.classList.contains('done')")
    verdict = "document.querySelector('.fusion-results p').textContent"
    assert "keeps the principles" in opened.value(verdict)
    _type(opened, DIP, "-1")  # no timeline has so few days in the dip
    opened.wait(f"{verdict}.startsWith('▼')")
    assert opened.value(f"{STATUS}.textContent").startswith("Known results")  # nothing was simulated
    _type(opened, DIP, "many")
    opened.wait("document.querySelector('.fusion-side .fusion-status.failed')?.textContent.includes('many')")
    assert opened.value(f"{DIP}.value") == "-1"  # what cannot be a limit leaves the one that was
    opened.value(PRESS.format(json.dumps("Back to the scenario as written")))
    opened.wait(f"{DIP}.value === ''")
    opened.wait(f"{verdict}.includes('keeps the principles')")


def test_units_are_brushed_together_and_the_rest_is_drawn_anew(page: tuple[Page, Path]) -> None:
    opened, _ = page
    opened.wait(f"{STATUS}?.classList.contains('done')")
    opened.value(PRESS.format(json.dumps("Start from the communities shown")))
    opened.wait("document.querySelectorAll('.fusion-hand .unit').length === 40")
    label = "document.querySelectorAll('.fusion-hand .unit')[{}].getAttribute('aria-label').split(', ')[1]"
    own = opened.value(label.format(0))
    other = next(n for n in range(1, 40) if opened.value(label.format(n)) == own)
    for n in (0, other):
        opened.value(f"document.querySelectorAll('.fusion-hand .unit')[{n}].id = 'mate{n}'; 0")
        opened.press(f"#mate{n}", "Enter")
    opened.value(PRESS.format(json.dumps("Keep these together")))
    opened.wait("document.querySelectorAll('.fusion-side .fusion-group').length === 1")
    opened.wait("!![...document.querySelectorAll('button:enabled')].find(b => b.textContent === 'Draw the rest anew')")
    opened.value(PRESS.format(json.dumps("Draw the rest anew")))
    opened.wait("[...document.querySelectorAll('button:disabled')].some(b => b.textContent === 'Draw the rest anew')")
    opened.wait(f"{STATUS}?.classList.contains('done')")
    opened.value("document.querySelector('.fusion-side .fusion-group button').click(); 0")
    opened.wait("document.querySelectorAll('.fusion-side .fusion-group').length === 0")
    opened.value(PRESS.format(json.dumps("Back to the scenario as written")))
    opened.wait(f"{STATUS}?.classList.contains('done')")


def test_objections_are_weighed_priced_and_outlive_another_language(page: tuple[Page, Path]) -> None:
    opened, _ = page
    opened.wait(f"{STATUS}?.classList.contains('done')")
    opened.value(PRESS.format(json.dumps("Start from the communities shown")))
    opened.wait("document.querySelectorAll('.fusion-hand .unit').length === 40")
    unit, wanted = opened.value(BORDER)
    box = "document.querySelector('.fusion-objections textarea')"
    _type(opened, box, f"{unit}, {wanted}, Wang\nnowhere, {wanted}")
    opened.value(PRESS.format(json.dumps("Weigh the objections")))
    opened.wait("document.querySelector('.fusion-objections .fusion-status.failed')?.textContent.includes('nowhere')")
    _type(opened, box, f"{unit}, {wanted}, Wang")
    opened.value(PRESS.format(json.dumps("Weigh the objections")))
    opened.wait("document.querySelectorAll('.fusion-objected tbody tr').length > 0")
    said = opened.value("document.querySelector('.fusion-objected tbody tr').textContent")
    assert unit in said and wanted in said and "Wang" in said and "ranted" in said
    if opened.value(f"!{FIND.format(json.dumps('Price them by simulation'))}.disabled"):
        opened.value(PRESS.format(json.dumps("Price them by simulation")))
        opened.wait(
            "document.querySelector('.fusion-objections .fusion-status.done')?.textContent.startsWith('Priced')"
        )
        assert "not computed" not in opened.value("document.querySelector('.fusion-objected').textContent")


def _type(opened: Page, field: str, text: str) -> None:
    """Put a text into a field as if it had been typed and left."""
    opened.value(
        f"(()=>{{const f={field};f.value={json.dumps(text)};f.dispatchEvent(new Event('input',{{bubbles:true}}));"
        "f.dispatchEvent(new Event('change',{bubbles:true}))})(); 0"
    )


def test_the_table_of_persons_is_sorted_and_searched(page: tuple[Page, Path]) -> None:
    opened, _ = page
    table = ".fusion-sortable"
    opened.wait(f"document.querySelectorAll('{table} tbody tr').length === 10")
    opened.value(f"document.querySelectorAll('{table} th button')[4].click(); 0")
    figures = f"[...document.querySelectorAll('{table} tbody tr')].map(r => +r.children[4].textContent)"
    found = opened.value(figures)
    assert found == sorted(found, reverse=True)
    who = opened.value(f"document.querySelector('{table} tbody th').textContent")
    opened.value(
        f"(()=>{{const s=document.querySelector('{table} input');s.value={json.dumps(who)};"
        "s.dispatchEvent(new Event('input'))})(); 0"
    )
    assert opened.value(f"document.querySelectorAll('{table} tbody tr').length") == 1


def test_a_city_with_an_error_is_refused_and_a_good_one_taken(page: tuple[Page, Path], room: Path) -> None:
    opened, _ = page
    generate_city(units=24, centres=2, seed=4).save(room / "other")
    tables = {name: pd.read_csv(room / "other" / f"{name}.csv") for name in ("units", "adjacency")}
    for file, units in (("wrong.xlsx", tables["units"].drop(columns="x")), ("right.xlsx", tables["units"])):
        with pd.ExcelWriter(room / file) as book:
            units.to_excel(book, sheet_name="units", index=False)
            tables["adjacency"].to_excel(book, sheet_name="adjacency", index=False)
    words = "[...document.querySelectorAll('.fusion-side .fusion-status')].at(-1)"
    opened.choose_file(".fusion-drop input", room / "wrong.xlsx")
    opened.wait(f"{words}?.classList.contains('failed')")
    assert "wrong" in opened.value(f"{words}.textContent")
    opened.choose_file(".fusion-drop input", room / "right.xlsx")
    opened.wait(f"{words}?.classList.contains('done')")
    assert "24 units" in opened.value(f"{words}.textContent")
    assert "population" in opened.value("document.querySelector('.fusion-account').textContent")
    before = opened.value(SHAPES)
    opened.value("[...document.querySelectorAll('button')].find(b => b.textContent === 'Use this city').click(); 0")
    opened.wait(f"{SHAPES} && {SHAPES} !== {json.dumps(before)}")
    opened.wait(f"{STATUS}?.classList.contains('done')")
    assert f"{RUNS} replications" in opened.value(f"{STATUS}.textContent")


def kernels(served: Served) -> int:
    """Return how many kernels the server has, once that of a page left behind is gone and the next is made ahead."""
    time.sleep(2)
    for _ in range(150):
        children = Path(f"/proc/{served.process}/task/{served.process}/children").read_text().split()
        lines = [Path(f"/proc/{child}/cmdline").read_text() for child in children if Path(f"/proc/{child}").exists()]
        count = sum("ipykernel" in line for line in lines)
        if count == 2:
            break
        time.sleep(0.2)
    return count


def test_it_speaks_chinese(page: tuple[Page, Path]) -> None:
    opened, _ = page
    table = ".fusion-sortable"
    _type(opened, f"document.querySelector('{table} input')", "")
    opened.value(f"document.querySelectorAll('{table} th button')[5].click(); 0")
    first = opened.value(f"document.querySelector('{table} tbody tr').textContent")
    opened.value("[...document.querySelectorAll('button')].find(b => b.textContent.includes('中文')).click(); 0")
    opened.wait("document.querySelector('.fusion-app h1')?.textContent.includes('仪表板')")
    opened.wait(f"document.querySelectorAll('{table} th')[5]?.getAttribute('aria-sort') === 'descending'")
    who = opened.value(f"document.querySelector('{table} tbody th').textContent")
    assert first.startswith(who)  # sorted as before the language was changed
    opened.wait(f"{STATUS}?.textContent.includes('已有结果')")


def test_it_fits_a_small_window(page: tuple[Page, Path]) -> None:
    opened, _ = page
    opened.size(1024, 768)
    time.sleep(0.5)
    assert opened.value("document.documentElement.scrollWidth") <= 1024
    assert opened.value("[...document.querySelectorAll('.fusion-map')].every(e => e.clientWidth > 250)")


def test_the_console_names_no_error_and_nothing_leaves_the_machine(page: tuple[Page, Path], served: Served) -> None:
    opened, _ = page
    assert opened.errors == []
    own = (served.address, served.address.replace("http", "ws"), "data:", f"blob:{served.address}")
    assert [address for address in opened.asked if not address.startswith(own)] == []
    assert len(opened.asked) > 10
