"""`fusion app`: the dashboard for people who do not code, on this machine only."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
from collections.abc import Sequence
from pathlib import Path

from foundation.messages import Joined, Message
from scenarios import InputError, Problem
from study.app.choices import VARIABLE, describe_deck, read_deck
from study.app.server import serve
from study.cli import options as common
from study.cli.territory_options import reading

PACKAGES = ("voila", "ipywidgets", "anywidget")
_EXAMPLES = """\
  fusion app                                        the plan on the embedded city
  fusion app my_scenario.yaml --territory my_city/ --jobs 2
  fusion app --study results/mine --lang zh         with the files of a finished study at hand"""


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "app", run, _EXAMPLES)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="files or names (default: the plan)")
    parser.add_argument(
        "--study", type=Path, metavar="DIR", help="folder of a finished study (default results/study, if it is there)"
    )
    parser.add_argument(
        "--cache",
        type=common.folder,
        metavar="DIR",
        help="folder of finished points (default: whatif-cache beside the study)",
    )
    parser.add_argument("--port", type=common.natural_number, default=8866, metavar="N", help="0: any that is free")
    parser.add_argument("--no-browser", action="store_true", help="do not open the page")
    common.add_simulation(parser)
    common.add_territory(parser, option=True)
    common.add_common(parser)


def run(options: argparse.Namespace, _: Sequence[str]) -> None:
    """Check what is to be shown, then serve it."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        rule = Message("the dashboard needs what is not installed: {names}", names=Joined(missing))
        raise InputError(Problem("fusion app", None, rule, Message("Install it: pip install 'frontline-fusion[app]'.")))
    study = options.study or options.out or Path("results/study")
    deck = describe_deck(
        [_whole(name) for name in options.scenarios] or ["plan"],
        {k: _whole(v) if k.startswith("partition.plan") else v for k, v in common.settings(options).items()},
        {
            "source": options.territory and _whole(options.territory),
            **reading(options),
        },
        seed=options.seed,
        replications=options.replications,
        jobs=options.jobs,
        solver=options.solver,
        cache=str((options.cache or study.parent / "whatif-cache").resolve()),
        study=str(study.resolve()),
        language=options.lang,
    )
    text = json.dumps(deck, default=str)
    read_deck(text)
    os.environ[VARIABLE] = text
    serve(options.port, browser=not options.no_browser, quiet=options.quiet, say=common.reporter(options).say)


def _whole(name: str) -> str:
    """Return a path as seen from anywhere; names that are no path as they are."""
    return str(Path(name).resolve()) if Path(name).exists() else name
