"""A national case: ``python -m benchmarks.national`` takes 20,000 units and 5,000 sellers through the whole study."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scenarios import generate_city
from scenarios.synthetic.city_rates import CityRates

UNITS, SELLERS, CENTRES = 20_000, 5_000, 100


def run() -> int:
    """Generate the territory, run the study in a process of its own, and print time and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=["plan", "big_bang"])
    parser.add_argument("--units", type=int, default=UNITS)
    parser.add_argument("--sellers", type=int, default=SELLERS)
    parser.add_argument("--centres", type=int, default=CENTRES)
    parser.add_argument("--replications", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="national-") as scratch:
        rates = CityRates(sellers_per_unit=options.sellers / options.units)
        city = generate_city(units=options.units, centres=options.centres, seed=1, rates=rates)
        city.save(Path(scratch) / "nation")
        asked = [sys.executable, "-m", "study", "study", *options.scenarios, "--territory", f"{scratch}/nation"]
        asked += ["--replications", str(options.replications), "--jobs", str(options.jobs), "--quiet"]
        began = time.monotonic()
        code = subprocess.run([*asked, "--out", f"{scratch}/out"], check=False).returncode
        seconds = time.monotonic() - began
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        out = Path(scratch) / "out"
        record = {
            "exit_code": code,
            "units": len(city),
            "sellers": 0 if city.sellers is None else len(city.sellers),
            "scenarios": options.scenarios,
            "replications": options.replications,
            "jobs": options.jobs,
            "wall_minutes": round(seconds / 60, 1),
            "cpu_minutes": round((spent.ru_utime + spent.ru_stime) / 60, 1),
            "peak_gigabytes_of_the_largest_process": round(spent.ru_maxrss / 2**20, 2),
            "megabytes_of_results": round(sum(p.stat().st_size for p in out.rglob("*") if p.is_file()) / 1e6),
            "load": os.getloadavg(),
        }
    print(json.dumps(record, indent=1))
    return code


if __name__ == "__main__":
    sys.exit(run())
