"""`fusion calibrate`: fit parameters to observed results, and write a new scenario."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from foundation.atomic_files import write_bytes
from foundation.messages import Message
from scenarios import InputError, Problem
from study.calibration.calibrate import HOLD_OUT, calibrate, read_all
from study.calibration.figures import draw_fit, draw_parameters
from study.calibration.parameters import PRIOR, read_fit
from study.cli import options as common
from study.cli.json_output import answer
from study.plotting.theme import to_png
from study.reporting.terminal import cautions

_EXAMPLES = """\
  fusion calibrate plan my_history.csv --territory my_city/ --jobs 2
  fusion calibrate plan my_history.csv --fit selling.conversion.fixed=0.01:0.05 --fit learning.mobile.half
  fusion calibrate plan my_history.csv --normalise 2021-10:2021-11 --noise 0.05"""


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "calibrate", run, _EXAMPLES)
    parser.add_argument("scenario", metavar="SCENARIO", help="a file or the name of one")
    parser.add_argument(
        "history", metavar="HISTORY.csv", type=Path, help="observed results, CSV or Excel (`fusion template`)"
    )
    parser.add_argument(
        "--fit", action="append", default=[], metavar="KEY=LOW:HIGH", help="what is fitted (repeatable); or KEY alone"
    )
    parser.add_argument(
        "--replications", type=common.count, default=8, metavar="N", help="runs of each point (default %(default)s)"
    )
    parser.add_argument(
        "--rounds", type=common.count, default=3, metavar="N", help="rounds of points (default %(default)s)"
    )
    parser.add_argument(
        "--hold-out", type=float, default=HOLD_OUT, metavar="SHARE", help="periods hidden once (default %(default)s)"
    )
    parser.add_argument(
        "--noise",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="error of measurement, share of a value (default %(default)s)",
    )
    parser.add_argument(
        "--prior",
        type=float,
        default=PRIOR,
        metavar="SHARE",
        help="prior's sd over the range (default %(default)s; 0: none)",
    )
    parser.add_argument(
        "--period", choices=("day", "week", "month"), help="what days are put together to (default week)"
    )
    parser.add_argument("--normalise", metavar="FIRST:LAST", help="only the shape counts: divide by these months' mean")
    parser.add_argument(
        "--territories",
        type=common.positive,
        default=1.0,
        metavar="N",
        help="territories in the history (default %(default)s)",
    )
    parser.add_argument(
        "--cache",
        type=common.folder,
        metavar="DIR",
        help="folder of finished points (default: calibrate-cache beside --out)",
    )
    common.add_solver(parser)
    common.add_territory(parser, option=True)
    common.add_common(parser)


def run(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """Check everything, fit, and write the answers."""
    (scenario,) = common.load_scenarios([options.scenario], common.settings(options))
    fit, normalise, problems = _asked(options)
    try:
        history, _ = read_all(scenario, options.history, fit, options.prior)
    except InputError as error:
        raise InputError([*problems, *error.problems]) from None
    if problems:
        raise InputError(problems)
    territory = None
    if options.territory is not None or scenario.territory.source is not None:
        territory = common.territory_from(options, scenario)
    out = common.out_folder(options, "calibrate", scenario.name)
    reporter = common.reporter(options)
    result = calibrate(
        scenario,
        history,
        fit,
        territory=territory,
        replications=options.replications,
        rounds=options.rounds,
        hold_out=options.hold_out,
        noise=options.noise,
        prior=options.prior,
        period=options.period,
        normalise=normalise,
        territories=options.territories,
        seed=options.seed,
        jobs=options.jobs,
        cache=options.cache or out.parent / "calibrate-cache",
        solver=options.solver,
        reporter=reporter,
        arguments=arguments,
    )
    write_bytes(out / "calibration.png", to_png(draw_fit(result, language=options.lang)))
    write_bytes(out / "parameters.png", to_png(draw_parameters(result, language=options.lang)))
    result.save(out)
    answer(options, **dict(result.statement))
    reporter.say(result.in_text(options.lang))
    for line in cautions(result.warnings, {scenario.name: scenario}, options.lang):
        reporter.say(line)
    reporter.say(f"{out / (result.scenario.name + '.yaml')}")


def _asked(
    options: argparse.Namespace,
) -> tuple[dict[str, tuple[float, float] | None] | None, tuple[date, date] | None, list[Problem]]:
    """Return what is to be fitted, the reference, and every problem of both."""
    fit: dict[str, tuple[float, float] | None] = {}
    problems: list[Problem] = []
    for text in options.fit:
        try:
            key, bounds = read_fit(text)
        except InputError as error:
            problems += error.problems
            continue
        if key in fit:
            problems.append(Problem(f"--fit {key}", None, Message("it is fitted twice"), Message("Give it once.")))
        fit[key] = bounds
    normalise = None
    if options.normalise is not None:
        normalise = _months(options.normalise)
        if normalise is None:
            rule = Message("it must be FIRST:LAST with months, the first not after the last")
            problems.append(
                Problem("--normalise", options.normalise, rule, Message("Example: --normalise 2021-10:2021-11"))
            )
    for name, value, holds in (
        ("--hold-out", options.hold_out, 0 <= options.hold_out <= 0.5),
        ("--noise", options.noise, 0 <= options.noise < float("inf")),
    ):
        if not holds:
            problems.append(
                Problem(name, value, Message("it is out of range"), Message("Give a share, --hold-out at most 0.5."))
            )
    if options.replications < 2:
        problems.append(
            Problem("--replications", options.replications, Message("chance must be seen"), Message("Give at least 2."))
        )
    return fit or None, normalise, problems


def _months(text: str) -> tuple[date, date] | None:
    """Read ``2021-10:2021-11`` as the first and last day it means."""
    try:
        first, last = (date.fromisoformat(f"{part}-01") for part in text.split(":"))
    except ValueError:
        return None
    return (first, (last + timedelta(days=31)).replace(day=1) - timedelta(days=1)) if first <= last else None
