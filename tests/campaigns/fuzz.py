"""The fuzzing campaign: ``python -m tests.campaigns.fuzz --inputs 100000`` feeds mutated inputs to the readers.

Every input must end in success or in a refusal that names the place, within seconds and little memory. With
``--atheris`` (``pip install atheris``) coverage guides the mutations of one target.
"""

from __future__ import annotations

import argparse
import collections
import json
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

if "--atheris" in sys.argv:  # what is to be guided by coverage is instrumented as it is imported
    import atheris  # type: ignore[import-not-found]

    with atheris.instrument_imports(include=["scenarios"]):
        from tests.campaigns.targets import Target, build, judge
else:
    from tests.campaigns.targets import Target, build, judge

SHARES = {
    "yaml": 0.15,
    "set": 0.4,
    "world": 0.005,
    "csv": 0.1,
    "geojson": 0.03,
    "gpkg": 0.03,
    "xlsx": 0.03,
    "names": 0.02,
    "history": 0.11,
    "wishes": 0.02,
    "options": 0.09,
    "request": 0.01,
    "result": 0.005,
}
"""Shares of the inputs; what is slow to read gets less."""

SECONDS = 20
"""After this long an input counts as one that hangs."""

GIGABYTES = 4
"""Address space above that at the start that an input may use."""


class TooLongError(Exception):
    """An input hangs."""


def one(target: Target, data: bytes, folder: Path) -> str:
    """Judge one input within the time limit."""
    signal.alarm(SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the readers' own doubts; what counts is how it ends
            return judge(target, data, folder)
    finally:
        signal.alarm(0)


def feed(target: Target, inputs: int, rng: random.Random, scratch: Path) -> dict[str, Any]:
    """Feed mutated inputs to one target and return what became of them; a finding is kept in a file."""
    folder = scratch / f"input-{target.name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    pool, ends, findings = list(target.seeds), collections.Counter[str](), []
    slowest, busy = 0.0, time.process_time()
    for number in range(inputs):
        data = target.mutate(rng.choice(pool), rng)[:1_000_000]
        began = time.perf_counter()
        try:
            end = one(target, data, folder)
        except Exception as error:
            end = "fault"
            place = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {str(error)[:200]}"
            if kind not in [f["kind"] for f in findings]:
                kept = scratch / f"fault-{target.name}-{number}"
                kept.write_bytes(data)
                findings.append({"kind": kind, "input": str(kept)})
                print(f"{target.name} {number}: {kind} ({kept})", file=sys.stderr, flush=True)
        ends[end] += 1
        slowest = max(slowest, time.perf_counter() - began)
        if end == "taken" and len(pool) < 60 and rng.random() < 0.05:
            pool.append(data)  # what is taken although changed is a better start than what is refused at once
    busy = round(time.process_time() - busy, 1)
    return {"inputs": inputs, **ends, "slowest_seconds": round(slowest, 2), "cpu_seconds": busy, "findings": findings}


def limits() -> None:
    """Bound time and memory of an input."""

    def late(*_: Any) -> None:
        raise TooLongError

    signal.signal(signal.SIGALRM, late)
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + GIGABYTES * 2**30, resource.RLIM_INFINITY))


def main() -> int:
    """Run the campaign and print its record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", choices=tuple(SHARES), help="only this one")
    parser.add_argument("--keep", type=Path, help="folder for inputs that were not handled")
    parser.add_argument("--atheris", action="store_true", help="let coverage guide the mutations of --target")
    options = parser.parse_args()
    scratch = options.keep or Path(tempfile.mkdtemp(prefix="fuzz-"))
    scratch.mkdir(parents=True, exist_ok=True)
    targets = build(scratch)
    if options.atheris:
        return _guided(targets[options.target], options, scratch)
    limits()
    began, record = time.perf_counter(), {}
    for name in [options.target] if options.target else SHARES:
        count = options.inputs if options.target else round(options.inputs * SHARES[name])
        record[name] = feed(targets[name], count, random.Random(f"{options.seed} {name}"), scratch)
        print(name, json.dumps({k: v for k, v in record[name].items() if k != "findings"}), file=sys.stderr, flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    total = {"inputs": sum(r["inputs"] for r in record.values()), "seed": options.seed}
    total |= {"minutes": round((time.perf_counter() - began) / 60, 1), "peak_megabytes": round(peak)}
    print(json.dumps({**total, "targets": record}, indent=1))
    return 1 if any(r["findings"] for r in record.values()) else 0


def _guided(target: Target, options: argparse.Namespace, scratch: Path) -> int:
    """Let atheris drive: it instruments the readers and keeps inputs that reach new code."""
    folder, corpus = scratch / "guided", scratch / f"corpus-{target.name}"
    folder.mkdir(exist_ok=True)
    corpus.mkdir(exist_ok=True)
    for k, seed in enumerate(target.seeds):
        (corpus / f"seed{k}").write_bytes(seed)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    flags = [f"-runs={options.inputs}", f"-seed={options.seed}", f"-timeout={SECONDS}", "-rss_limit_mb=4096"]
    atheris.Setup(
        [sys.argv[0], *flags, f"-artifact_prefix={scratch}/", str(corpus)], lambda d: _quiet(target, d, folder)
    )
    atheris.Fuzz()
    return 0


def _quiet(target: Target, data: bytes, folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        judge(target, data, folder)


if __name__ == "__main__":
    sys.exit(main())
