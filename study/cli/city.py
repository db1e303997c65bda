"""`fusion city`: generate a synthetic territory of any size."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from scenarios.synthetic.city import generate_city
from scenarios.territory.save import folder_bytes
from study.cli import options as common
from study.cli.json_output import answer
from study.cli.never_overwrite import refuse_to_replace


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "city", run, "  fusion city --units 3000 --centres 20 --seed 7 --out results/city")
    parser.add_argument(
        "--units", type=common.count, default=600, metavar="N", help="basic units (default %(default)s)"
    )
    parser.add_argument(
        "--centres", type=common.count, default=8, metavar="C", help="marketing centres (default %(default)s)"
    )
    common.add_common(parser, scenario=False)


def run(options: argparse.Namespace, _: Sequence[str]) -> None:
    """Generate the city and write its folder, over nothing that lies there."""
    seed = 1 if options.seed is None else options.seed
    out = common.out_folder(options, "city", f"{options.units}-{options.centres}-{seed}")
    city = generate_city(units=options.units, centres=options.centres, seed=seed)
    refuse_to_replace(out, folder_bytes(city))
    city.save(out)
    answer(options, name=city.name, units=len(city), adjacencies=len(city.edges), seed=seed, synthetic=True)
    reporter = common.reporter(options)
    reporter.say(reporter.language("made.city", name=city.name, units=len(city), edges=len(city.edges), folder=out))
