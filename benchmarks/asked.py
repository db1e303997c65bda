"""What the tables of the documentation are asked for: how many runs, on which city, and whether to write the page."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from scenarios import Territory, generate_city, load_territory


def asked(
    name: str, about: str | None, arguments: Sequence[str], *, replications: int, jobs: int
) -> tuple[argparse.Namespace, Territory]:
    """Return the options (``replications``, ``jobs``, ``units``, ``write``) and the city they name."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=about)
    parser.add_argument("--replications", type=int, default=replications)
    parser.add_argument("--jobs", type=int, default=jobs)
    parser.add_argument("--units", type=int, help="a generated city of so many units; none: the embedded one")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(list(arguments))
    if options.units is None:
        return options, load_territory("model_city")
    return options, generate_city(units=options.units, centres=max(2, options.units // 60), seed=5)
