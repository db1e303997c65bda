"""`make bench`: every benchmark, one after the other; `python -m benchmarks NAME ...` for some of them."""

from __future__ import annotations

import platform
import sys

from benchmarks import (
    course,
    dashboard,
    notebooks,
    partitions,
    peers,
    planning,
    robust,
    simulation,
    territory_design,
    values,
)

BENCHMARKS = {
    "events": simulation.events,
    "common_random_numbers": simulation.common_random_numbers,
    "workers": simulation.workers,
    "thousand": simulation.thousand,
    "sellers": simulation.sellers,
    "days": simulation.days,
    "targets": planning.targets,
    "whatif": planning.whatif,
    "boundaries": partitions.boundaries,
    "proofs": partitions.proofs,
    "published_cuts": partitions.published_cuts,
    "scale": partitions.scale,
    "territory_design": territory_design.territory_design,
    "course": course.course,
    "values": values.values,
    "peers": peers.peers,
    "worlds": robust.worlds,
    "notebooks": notebooks.notebooks,
    "dashboard": dashboard.dashboard,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()} on {platform.machine()}, {platform.system()}")
    for name in names or BENCHMARKS:
        print(f"\n{name}: {(BENCHMARKS[name].__doc__ or '').splitlines()[0]}")
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
