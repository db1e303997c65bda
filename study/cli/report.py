"""`fusion report`: render a finished study again, in either language."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from study.cli import options as common
from study.cli.json_output import add_json, answer
from study.reporting.animation import write_spread
from study.reporting.deliver import check_slides, deliver_slides, redraw
from study.reporting.packs import write_packs
from study.reporting.pdf import check_browser, print_report
from study.results.read_back import read_record, read_sensitivity
from study.results.storage import save_record


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(
        verbs,
        "report",
        run,
        "  fusion report results/study --lang zh\n"
        "  fusion report results/study --pdf                 report.pdf beside the page, by Chromium\n"
        "  fusion report results/study --slides              slides.pptx for a board, in both languages\n"
        "  fusion report results/study --packs               a folder a centre, and who hands what over to whom\n"
        "  fusion report results/study --animation           spread.gif, a picture that moves\n"
        "  fusion report results/study --whatif results/whatif-plan",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of a finished study")
    parser.add_argument("--lang", choices=("en", "zh"), default="en", help="language (default en)")
    parser.add_argument("--pdf", action="store_true", help="print the report to PDF as well, in both languages")
    parser.add_argument("--slides", action="store_true", help="write slides for a board as well, in both languages")
    parser.add_argument(
        "--packs", action="store_true", help="write packs/: a page, a map and a workbook a centre, and all hand-overs"
    )
    parser.add_argument("--animation", action="store_true", help="draw spread.gif: skill and subscribers over the map")
    parser.add_argument(
        "--whatif", type=Path, metavar="DIR", help="a finished what-if of the same scenario, shown as the sensitivity"
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")
    add_json(parser)


def run(options: argparse.Namespace, _: Sequence[str]) -> None:
    """Read the record and render it."""
    if options.pdf:
        check_browser()
    if options.slides:
        check_slides()
    record = read_record(options.folder)
    if options.whatif is not None:
        record = replace(record, sensitivity=read_sensitivity(options.whatif, record))
        save_record(record, options.folder)
    say = common.reporter(options).say
    page = redraw(record, options.folder, options.lang)
    say(f"{page}")
    answer(options, report=str(page))
    if options.slides:
        for path in deliver_slides(record, options.folder, options.lang):
            say(f"{path}")
    if options.packs:
        for path in write_packs(record, options.folder, options.lang):
            say(f"{path}")
    if options.animation:
        say(f"{write_spread(record, options.folder / 'spread.gif', language=options.lang)}")
    if options.pdf:
        for path in sorted(options.folder.glob("report*.html")):
            say(f"{print_report(path)}")
