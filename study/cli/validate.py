"""`fusion validate`: check scenarios, territories and histories without running anything."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from foundation.atomic_files import write_text
from foundation.messages import Message
from scenarios import InputError, Problem, Scenario, Territory, load_scenario
from scenarios.loading.cautions import FINDING, calendar_warnings, findings_met, in_a_line, warnings_of
from scenarios.loading.history import is_history, load_history
from scenarios.loading.load import SUFFIXES, scenario_names
from scenarios.loading.territory_account import account_of
from scenarios.loading.timeline_check import moved_apart, timeline_findings
from scenarios.schema.reference import describe_schema
from scenarios.territory.load import load_territory
from study.cli import options as common
from study.cli.territory_needs import missed
from study.cli.territory_options import add_reading, notes_of, reading
from study.plotting.theme import to_svg
from study.plotting.timeline_plan import draw_timeline
from study.presentation.error_messages import error_text
from study.presentation.language import Language
from study.presentation.territory_account import account_table
from study.presentation.text_table import aligned
from study.presentation.timeline_chart import timeline_chart
from study.reporting.html.cautions import assumed

_EXAMPLES = """\
  fusion validate scenarios/plan.yaml
  fusion validate my_scenario.yaml my_city/ --json
  fusion validate my_city.xlsx --explain
  fusion validate --timeline my_timeline.yaml
  fusion validate --schema"""


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "validate", run, _EXAMPLES)
    parser.add_argument("paths", nargs="*", metavar="PATH", help="scenarios, territories, history files")
    parser.add_argument(
        "--territory", action="append", default=[], metavar="PATH", help="a territory to check, as if named alone"
    )
    parser.add_argument("--json", action="store_true", help="print the problems (or the keys) as JSON to stdout")
    parser.add_argument("--schema", action="store_true", help="print every key of a scenario with unit and meaning")
    group = parser.add_argument_group("reading territories")
    add_reading(group)
    parser.add_argument(
        "--explain", action="store_true", help="show what becomes of every column, sheet and table of a territory"
    )
    parser.add_argument(
        "--timeline",
        action="store_true",
        help="draw the phases and target stages of a scenario (timeline.svg), and say what in them is odd",
    )
    parser.add_argument(
        "--out", type=common.folder, metavar="DIR", help="folder for timeline.svg (default results/validate-NAME)"
    )
    parser.add_argument(
        "--lang", choices=("en", "zh"), default="en", help="language of findings and meanings (default en)"
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")


def run(options: argparse.Namespace, _: Sequence[str]) -> None:
    """Check every path; problems go to stderr (or as JSON to stdout), and any error ends in exit code 2."""
    if options.schema:
        gloss = Language(options.lang).gloss
        known = [{"key": key, "unit": gloss(unit), "meaning": gloss(told)} for key, unit, told in describe_schema()]
        options.document = known
        if not options.json:
            print("\n".join(f"{row['key']}  [{row['unit'] or '-'}]  {row['meaning']}" for row in known))
        return
    options.paths = [*options.paths, *options.territory]  # as other verbs name it
    if not options.paths:
        raise InputError(
            Problem("PATH", None, Message("nothing to check"), Message("Name a scenario, a territory or a history."))
        )
    say = Language(options.lang)
    findings = [(path, problem) for path in options.paths for problem in check(path, options)]
    errors = [problem for _, problem in findings if problem.severity == "error"]
    options.document = [{"file": path, **p.to_dict()} for path, p in findings]
    if options.explain and options.json:
        options.document = {"problems": options.document, "account": getattr(options, "accounts", [])}
    for path, problem in findings:
        if problem.severity == "warning" and not options.json and not options.quiet:
            print(f"{say('warning.head')}{_line(path, problem, say)}", file=sys.stderr)
    if errors:
        raise InputError(errors)
    if not options.json and not options.quiet:
        print(say("warning.checked", paths=len(options.paths), warnings=len(findings)), file=sys.stderr)


def check(path: str, options: argparse.Namespace) -> list[Problem]:
    """Return the errors and warnings of one scenario, territory or history."""
    try:
        if path in scenario_names() or Path(path).suffix.lower() in SUFFIXES:
            scenario = load_scenario(path)
            if options.timeline:
                return _timeline(scenario, options)
            return list(warnings_of(scenario)) if options.lang == "en" else said(scenario, options.lang)
        if is_history(path):
            return [Problem(Path(path).name, None, n, "", "warning") for n in load_history(path).notes]
        territory = load_territory(path, **reading(options))
        if options.explain:
            _explain(territory, options)
        return [*notes_of(territory), *missed(territory)]
    except InputError as error:
        return list(error.problems)


def _line(path: str, problem: Problem, say: Language) -> str:
    """Return a warning with the path that it is about, which a note that begins with its file has already."""
    name = Path(path).name
    if problem.value is None and not problem.remedy and problem.path in (name, Path(path).stem):
        note = say.gloss(problem.rule)
        return note if note.startswith(name) else f"{path}{say('colon')}{say.space}{note}"
    return f"{path}{say('colon')}{say.space}{told(problem, say)}"


def _timeline(scenario: Scenario, options: argparse.Namespace) -> list[Problem]:
    """Draw a timeline and return what is odd in it beside what any check says."""
    say = Language(options.lang)
    out = options.out or Path("results") / f"validate-{common.safe(scenario.name)}"
    file = write_text(out / "timeline.svg", to_svg(draw_timeline(scenario, language=options.lang)))
    if not options.json and not options.quiet:
        print(timeline_chart(scenario, say))
        print(f"{file}")
    known = warnings_of(scenario) if options.lang == "en" else said(scenario, options.lang)
    more = timeline_findings(scenario)
    return [*(p for p in known if p not in more), *more]


def _explain(territory: Territory, options: argparse.Namespace) -> None:
    """Print what becomes of every column, sheet and table; for machines it goes with the problems."""
    say, entries = Language(options.lang), account_of(territory)
    if options.json:
        options.accounts = [
            *getattr(options, "accounts", []),
            *({"file": territory.name, **e.to_dict()} for e in entries),
        ]
        return
    print(say("account.title", name=territory.name))
    print(aligned(account_table(entries, say)))


def said(scenario: Scenario, language: str) -> list[Problem]:
    """Return what is odd in a scenario in another language than English."""
    say = Language(language)
    return [
        Problem(
            f.at,
            f.printed,
            say.said(FINDING.again(id=f.id, text=f.says.say(language))),
            assumed(f, say),
            "warning",
        )
        for f in findings_met(scenario)
    ] + [*calendar_warnings(scenario), *moved_apart(scenario)]


def told(problem: Problem, say: Language) -> str:
    """Return a finding as one line; one that is said in Chinese has no English between its parts."""
    if say.code == "en":
        return in_a_line(problem)
    if not problem.rule.endswith("。"):
        return error_text(problem, say)
    return f"{problem.path} {problem.rule}{problem.remedy}"
