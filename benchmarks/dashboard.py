"""The dashboard in a real browser: how long a cached choice takes from the key to the last change of the page."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from statistics import median

from study import run_study, what_if
from study.reporting.deliver import deliver
from tests.browser import PROGRAM, Page, chromium
from tests.served import served_app

WEIGHTS = [0.0, 0.1, 0.2, 0.3, 0.4]
RUNS, MOVES = 4, 16
SLIDER = 3
"""Position of the slider of the enterprises' weight."""

STATUS = "document.querySelector('.fusion-status')"
WATCH = """
window.changed = 0;
new MutationObserver(() => { window.changed = performance.now(); })
  .observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
document.addEventListener('keydown', () => { window.pressed = performance.now(); }, true); 0
"""


def dashboard() -> None:
    """Seconds from a key on a slider to the last change of the page, the embedded city, choices in the cache."""
    if PROGRAM is None:
        print("  headless Chromium is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        cache = str(room / "cache")
        what_if("plan", {"indicators.enterprises": WEIGHTS}, replications=RUNS, jobs=2, cache=cache)
        deliver(run_study("plan", "no_merger", replications=RUNS, jobs=2, worlds=0), room / "study")
        arguments = ["--replications", str(RUNS), "--cache", cache, "--study", str(room / "study")]
        with served_app(room, arguments) as running, chromium() as page:
            page.size(1440, 1000)
            started = time.perf_counter()
            page.go(running.page)
            page.wait(f"{STATUS}?.classList.contains('done')")
            opened = time.perf_counter() - started
            spent = _moves(page)
            pictures = _pictures(page)
    print(f"  a page opens in {opened:.1f} s; load {os.getloadavg()[0]:.1f}")
    print(f"  {len(spent)} moves: {median(spent):.2f} s in the middle, {max(spent):.2f} s at most")
    print(f"  pictures: {', '.join(pictures)}" if pictures else "  no pictures kept (PICTURES=folder keeps them)")


def _moves(page: Page) -> list[float]:
    """Move the slider to and fro over the weights in the cache and return the seconds of every move."""
    page.value(WATCH)
    page.value(f"document.querySelectorAll('.noUi-handle')[{SLIDER}].id = 'weight'; 0")
    page.press("#weight", "Home")
    spent = []
    for number in range(MOVES):
        _rest(page)
        page.press("#weight", "ArrowRight" if number % (2 * len(WEIGHTS) - 2) < len(WEIGHTS) - 1 else "ArrowLeft")
        _rest(page)
        assert page.value(f"{STATUS}.classList.contains('done')"), page.value(f"{STATUS}.textContent")
        spent.append(page.value("(window.changed - window.pressed) / 1000"))
    return spent


def _rest(page: Page) -> None:
    """Wait until the page has not changed for a second and a half."""
    page.wait("performance.now() - Math.max(window.changed, window.pressed ?? 0) > 1500")


def _pictures(page: Page) -> list[str]:
    """Take pictures of the page in two widths and both languages where the environment names a folder for them."""
    folder = os.environ.get("PICTURES")
    if folder is None:
        return []
    Path(folder).mkdir(parents=True, exist_ok=True)
    names = []
    for language in ("en", "zh"):
        for width in (1440, 1024):
            page.size(width, 2400)
            time.sleep(2)
            names.append(page.screenshot(Path(folder) / f"dashboard-{language}-{width}.png").name)
        page.value("[...document.querySelectorAll('button')].find(b => b.textContent.includes('中文'))?.click(); 0")
        time.sleep(5)
    return names
