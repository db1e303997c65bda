"""`fusion timeline`: a better timeline, searched, selected and measured."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from foundation.messages import Message
from scenarios import LimitError
from study.cli import options as common
from study.cli.json_output import answer
from study.reporting.terminal import cautions
from study.timeline.run import STATE, check_asked, search_timeline

_EXAMPLES = """\
  fusion timeline plan --trials 60 --jobs 2
  fusion timeline plan --budget 10 --max-dip-depth 0.18 --max-dip-days 100
  fusion timeline plan --set training.shared_trainers=3 --set timeline.days_between_waves=[0,7,14,21]"""


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "timeline", run, _EXAMPLES)
    parser.add_argument("scenario", metavar="SCENARIO", help="a file or the name of one")
    parser.add_argument("--trials", type=common.count, metavar="N", help="timelines to try (default: the scenario's)")
    parser.add_argument(
        "--budget",
        type=common.positive,
        metavar="MINUTES",
        help="minutes of the search, selection and fresh runs on top; the result then depends on the clock",
    )
    parser.add_argument(
        "--max-dip-depth", type=common.positive, metavar="SHARE", help="deepest dip allowed (timeline.max_dip_depth)"
    )
    parser.add_argument(
        "--max-dip-days", type=common.positive, metavar="DAYS", help="most days of dip (timeline.max_dip_days)"
    )
    common.add_simulation(parser)
    common.add_territory(parser, option=True)
    common.add_common(parser)


def run(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Search, write what was found, and say it.

    Raises
    ------
    LimitError
        No timeline tried keeps the dip within the limits; what was tried is written.
    """
    (scenario,) = common.load_scenarios([options.scenario], settings(options))
    territory = common.territory_from(options, scenario)
    check_asked(scenario, territory, options.replications or scenario.timeline.replications)
    out = common.out_folder(options, "timeline", scenario.name)
    reporter = common.reporter(options)
    result = search_timeline(
        scenario,
        territory=territory,
        trials=options.trials,
        minutes=options.budget,
        replications=options.replications,
        seed=options.seed,
        jobs=options.jobs,
        solver=options.solver,
        folder=out / STATE,
        reporter=reporter,
        arguments=arguments,
    )
    result.save(out, language=options.lang)
    common.keep_plans(scenario, out)
    answer(options, **dict(result.summary))
    reporter.say(str(result.summary["says"][options.lang]))
    for line in cautions(result.warnings, result.scenarios, options.lang):
        reporter.say(line)
    reporter.say(f"{out}")
    if result.summary["verdict"] == "none":
        options.work.finish()  # the answer is written: going on would find the same
        msg = Message("no timeline tried keeps the dip within the limits; what was tried is in {out}.", out=out)
        raise LimitError(msg)


def settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return the overrides of the scenario, the limits of the dip among them."""
    found = common.settings(options)
    for key in ("max_dip_depth", "max_dip_days"):
        value = getattr(options, key)
        if value is not None:
            found[f"timeline.{key}"] = value
    return found
