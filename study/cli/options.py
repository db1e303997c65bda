"""Options that several verbs share, and what they turn into."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from foundation.atomic_files import write_bytes
from foundation.machine.causes import cause
from foundation.messages import Message
from scenarios import InputError, Problem, Scenario, Territory, load_scenario
from scenarios.loading.load import parse_setting
from scenarios.territory.load import load_territory
from sim.output_analysis.number_of_replications import PRECISION
from sim.output_analysis.replications import BUDGET
from study.cli.json_output import add_json
from study.cli.territory_options import add_reading, merged, notes_of, reading
from study.cli.verbs import VERBS
from study.evaluation.given_plans import read_given
from study.presentation.progress import Reporter
from study.reporting.terminal import cautions
from study.results.storage import plan_file

LARGEST = 1e9
"""Largest number that an option takes: seconds, kilometres, territories."""

HIGHEST = 2**63 - 1
"""Largest whole number that an option takes: what the streams of random numbers and the files of results hold."""

PLAN_OPTIONS = {"--plan": "plan", "--plan-subdivided": "plan_subdivided"}
"""Option -> key of the partition's settings that it sets."""

Verbs = Any
"""The object that argparse returns for subcommands; its class is private there."""


def verb(verbs: Verbs, name: str, run: Any, examples: str) -> argparse.ArgumentParser:
    """Add a verb with its help and examples."""
    summary = VERBS[name]
    parser: argparse.ArgumentParser = verbs.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def add_common(parser: argparse.ArgumentParser, *, scenario: bool = True) -> None:
    """Add the options that every long verb takes."""
    parser.add_argument("--out", type=folder, metavar="DIR", help="folder for the results (default results/VERB-NAME)")
    parser.add_argument(
        "--seed", type=natural_number, metavar="N", help="root of every random stream (default: the scenario's)"
    )
    parser.add_argument(
        "--jobs",
        type=count,
        default=1,
        metavar="N",
        help="worker processes; the result is the same (default %(default)s)",
    )
    add_cluster(parser)
    add_language(parser)
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")
    add_json(parser)
    if scenario:
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            dest="settings",
            help="override a field of the scenario, e.g. training.seats=20 (repeatable)",
        )
        group = parser.add_argument_group("communities that people drew")
        for option, key in PLAN_OPTIONS.items():
            kind = "subdivided" if key.endswith("subdivided") else "redrawn"
            group.add_argument(
                option,
                metavar="FILE",
                dest=key,
                help=f"the {kind} communities, used as they are: unit_id,community as CSV, Excel or polygons",
            )


def add_language(parser: argparse.ArgumentParser) -> None:
    """Add the choice of language."""
    parser.add_argument("--lang", choices=("en", "zh"), default="en", help="language of what people read (default en)")


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Add the choice of machines beyond this one."""
    parser.add_argument(
        "--cluster", metavar="dask://HOST:PORT", help="spread the work over a Dask cluster; the result is the same"
    )


def add_territory(parser: argparse.ArgumentParser, *, option: bool) -> None:
    """Add the territory itself (as an option or as the argument) and how to read it."""
    if option:
        parser.add_argument(
            "--territory", metavar="PATH", help="folder, Excel or polygon file (default: the scenario's)"
        )
    else:
        parser.add_argument("territory", metavar="TERRITORY", help="folder, Excel or polygon file, or an embedded city")
    add_reading(parser.add_argument_group("reading the territory"))


def add_solver(parser: argparse.ArgumentParser) -> None:
    """Add the choice of solver."""
    parser.add_argument(
        "--solver", choices=("highs", "cbc"), default="highs", help="solver of the models (default highs)"
    )


def add_simulation(parser: argparse.ArgumentParser, *, auto: bool = False) -> None:
    """Add the options of a verb that decides and simulates; ``auto`` lets the run find the number of replications."""
    if auto:
        parser.add_argument(
            "--replications",
            type=count_or_auto,
            metavar="N|auto",
            help="runs (default: the scenario's), or as many as --precision needs",
        )
        parser.add_argument(
            "--precision",
            type=positive,
            default=PRECISION,
            metavar="P",
            help="half-width over mean (default %(default)s)",
        )
        parser.add_argument(
            "--watch", action="append", default=[], metavar="KPI", help="KPI that must be as precise (repeatable)"
        )
        parser.add_argument(
            "--budget", type=count, default=BUDGET, metavar="N", help="most replications (default %(default)s)"
        )
    else:
        parser.add_argument(
            "--replications", type=count, metavar="N", help="runs per scenario (default: the scenario's)"
        )
    add_solver(parser)


def count(text: str) -> int:
    """Read a whole number of at least 1."""
    return _whole(text, 1)


def count_or_auto(text: str) -> int | str:
    """Read a whole number of at least 1, or the word auto."""
    return text if text == "auto" else count(text)


def natural_number(text: str) -> int:
    """Read a whole number of at least 0."""
    return _whole(text, 0)


def positive(text: str) -> float:
    """Read a number above 0, of a size that clocks and maps can hold."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value <= LARGEST:
        told = Message("{value!r} must be a number above 0 and at most {most:g}", value=text[:40], most=LARGEST)
        raise argparse.ArgumentTypeError(told)
    return value


def folder(text: str) -> Path:
    """Read the name of a folder to write to; no name at all is a slip, not the folder one is in."""
    if not text.strip():
        raise argparse.ArgumentTypeError(Message("{value!r} must be the name of a folder", value=text))
    return Path(text)


def settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return ``--set`` and its short forms as dotted keys and values; all unreadable ones are reported at once."""
    found: dict[str, Any] = {
        f"partition.{key}": getattr(options, key) for key in PLAN_OPTIONS.values() if getattr(options, key, None)
    }
    problems: list[Problem] = []
    for text in options.settings:
        try:
            key, value = parse_setting(text)
        except InputError as error:
            problems.extend(error.problems)
        else:
            found[key] = value
    if problems:
        raise InputError(problems)
    return found


def load_scenarios(names: Iterable[str], overrides: dict[str, Any]) -> list[Scenario]:
    """Load scenarios with the same overrides; problems of all of them at once, repeated names refused."""
    loaded: list[Scenario] = []
    problems: list[Problem] = []
    for name in names:
        try:
            scenario = load_scenario(name, overrides)
        except InputError as error:
            problems.extend(Problem(f"{name}: {p.path}", p.value, p.rule, p.remedy) for p in error.problems)
            continue
        if scenario.name in [other.name for other in loaded]:
            problems.append(
                Problem(name, scenario.name, Message("two scenarios have this name"), Message("Rename one of the two."))
            )
        loaded.append(scenario)
    if problems:
        raise InputError(problems)
    return loaded


def territory_from(options: argparse.Namespace, scenario: Scenario | None = None) -> Territory:
    """Load the territory that the options name, or the scenario's."""
    source = options.territory or (scenario.territory.source if scenario else None)
    if source is None:
        raise InputError(
            Problem(
                "territory.source",
                Message("empty"),
                Message("this verb needs a territory"),
                Message("Name one with --territory PATH."),
            )
        )
    stated = {} if options.territory or scenario is None else scenario.territory.reading()
    territory = load_territory(source, **merged(stated, reading(options)))
    if scenario is None:  # a study says them with its own cautions
        for line in cautions(notes_of(territory), {}, getattr(options, "lang", "en")):
            reporter(options).say(line)
    return territory


def out_folder(options: argparse.Namespace, verb_name: str, name: str) -> Path:
    """Return the results folder, made and shown to be writable before any work begins.

    From here on what is finished is kept beside the result to come, until `study.cli.execute` sees it whole.
    """
    out: Path = options.out if options.out is not None else Path("results") / f"{verb_name}-{safe(name)}"
    is_new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise InputError(
            Problem(
                f"--out {out}",
                None,
                Message("results cannot be written there: {strerror}", strerror=cause(error)),
                Message("Name another folder."),
            )
        ) from None
    options.folder_made, options.folder_is_new = out, is_new
    _say_what_lies_there(options, out, verb_name)
    if hasattr(options, "begun"):
        options.begun(out)
    return out


def _say_what_lies_there(options: argparse.Namespace, out: Path, verb_name: str) -> None:
    """Warn where the folder holds the result of another verb: its files stay beside the new ones."""
    try:
        made_by = json.loads((out / "run.json").read_text(encoding="utf-8")).get("verb")
    except (OSError, ValueError, AttributeError):
        return
    if isinstance(made_by, str) and made_by != verb_name:
        rule = Message("it holds a result of {made_by}, whose files stay beside the new ones", made_by=made_by)
        note = Problem(f"--out {out}", None, rule, Message("Name another folder to keep them apart."), "warning")
        for line in cautions([note], {}, getattr(options, "lang", "en")):
            reporter(options).say(line)


def keep_plans(scenario: Scenario, out: Path) -> None:
    """Write the plans that a scenario gives beside its results: plan.csv equals the file that people drew."""
    for kind, plan in read_given(scenario).items():
        write_bytes(out / plan_file(kind), plan.content)


def safe(name: str) -> str:
    """Return a name that is safe as part of a file name."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in Path(name).name).lstrip(".") or "result"


def reporter(options: argparse.Namespace) -> Reporter:
    """Return the progress reporter that the options ask for."""
    return Reporter(quiet=options.quiet, language=getattr(options, "lang", "en"))


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _whole(text: str, least: int) -> int:
    try:
        value = int(text)
    except ValueError:  # no number, or one of more digits than Python reads
        value = HIGHEST + 1 if text.isdecimal() else least - 1
    if value > HIGHEST:
        raise argparse.ArgumentTypeError(Message("{value!r} must be at most {most}", value=text[:40], most=HIGHEST))
    if value < least:
        told = Message("{value!r} must be a whole number of at least {least}", value=text[:40], least=least)
        raise argparse.ArgumentTypeError(told)
    return value
