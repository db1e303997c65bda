"""The site of the docs builds without a warning, loads nothing from elsewhere, and its reference leaves nothing out."""

import argparse
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from scenarios.schema.reference import LABELS, describe_schema
from sim.kpis import KPIS
from study.cli import build_parser
from tests.study.sample_record import build_record

ROOT = Path(__file__).resolve().parents[1]
LOADING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src"}
ELSEWHERE = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)


class Loads(HTMLParser):
    """What a page makes a browser fetch; links that a reader may follow don't count."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = "href" if tag == "link" and "canonical" not in (given.get("rel") or "") else LOADING.get(tag, "")
        self.found += [given[name] or ""] if given.get(name) else []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", str(ROOT / "docs"), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.slow
def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) >= len(list((ROOT / "docs").rglob("*.md")))
    for page in pages:
        loads = Loads()
        loads.feed(page.read_text(encoding="utf-8"))
        assert loads.found
        assert not [url for url in loads.found if ELSEWHERE.match(url)], page
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"url\(\s*['\"]?(?:https?:)?//|@import\s+['\"]?(?:https?:)?//", text), sheet


@pytest.mark.slow
def test_the_reference_holds_every_field_verb_and_kpi(site: Path) -> None:
    fields = (site / "reference" / "scenario.html").read_text(encoding="utf-8")
    for key, _, _ in describe_schema():
        assert key.split(".")[0].removesuffix("[]") in LABELS or f">{key}<" in fields, key
    verbs = next(a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction)).choices
    commands = (site / "reference" / "command_line.html").read_text(encoding="utf-8")
    assert all(f"<h2>{verb}<" in commands for verb in verbs)
    results = (site / "reference" / "results.html").read_text(encoding="utf-8")
    assert all(f">{kpi}<" in results for kpi in KPIS)


@pytest.mark.slow
def test_the_gallery_shows_the_pictures_that_its_program_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    import gallery

    shown = re.findall(r"\]\(images/(\w+)\.png\)", (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8"))
    drawn = gallery.pictures(build_record())
    assert sorted(shown) == sorted(drawn)
    assert all((ROOT / "docs" / "images" / f"{name}.png").is_file() for name in shown)
    for draw in drawn.values():
        draw().draw_without_rendering()
