"""The campaign against proofs: ``python -m tests.campaigns.proofs --maps 2000 --seed 1 --jobs 2`` attacks random maps.

Every map is asked about in other names, another order, turned and in other units of measure, with other seeds, threads,
solvers, limits, and with the search taken away; searched on after every proof; and held against an independent model.
What is proven must stay. Each map is a process of its own and a line in the record; a campaign that was stopped goes on
where it was.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import resource
import signal
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.campaigns.ask import ask
from tests.campaigns.draw import BESIDE, LATER, WISHES, Course, draw
from tests.campaigns.trial import attack, kinds

HANGS = 120
"""So many seconds of processor time for every unit of a question's work, and a minute, a map may take."""

ASLEEP = 100
"""Times as long by the clock: machines may be busy."""


def one(seed: int, number: int, options: argparse.Namespace) -> dict[str, Any]:
    """Attack the map of this number."""
    course = Course(
        least=options.least, most=options.most, objective=options.objective, wish=options.wish, beside=options.beside
    )
    question = draw(seed, number, course)
    oracle = options.oracle if number % options.every == 0 else 0.0
    limit = options.limit * (1 if len(question.units) < 45 else options.longer)
    try:
        record = attack(question, seed=number, limit=limit, oracle=oracle)
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        broken = {"kind": "crash", "said": said[:500], "question": json.loads(question.to_json())}
        record = {"units": len(question.units), "answers": [], "contradictions": [broken]}
    return {"number": number, **record}


def warm() -> None:
    """Ask once of every kind: children then need not read or compile what has been."""
    for number, objective in enumerate(("moment", "cut-edges", "moment", "distance", "radius")):
        course = Course(units=20 + 10 * (number % 3), communities=4, people="lumpy", objective=objective, wish="none")
        ask(draw(0, number, course), time_limit=3.0)


def run(todo: Iterator[int], options: argparse.Namespace, record: Path) -> None:
    """Attack maps side by side, each in a process of its own: what crashes or hangs takes nothing else along."""
    running: dict[int, tuple[int, float]] = {}
    longest = 60 + HANGS * options.limit * options.longer
    end = time.monotonic() + 60 * options.minutes
    while True:
        while len(running) < options.jobs and time.monotonic() < end and (number := next(todo, None)) is not None:
            child = os.fork()
            if not child:
                _child(number, options, record, longest)
            running[child] = number, time.monotonic()
        if not running:
            return
        for child, (_, began) in [*running.items()]:
            if time.monotonic() - began > ASLEEP * longest:
                os.kill(child, signal.SIGKILL)
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended in running:
            number, began = running.pop(ended)
            if status:
                spent = round(time.monotonic() - began, 1)
                lost = {"kind": "ended by itself, or hung", "status": status, "seconds": spent}
                _note(record, {"number": number, "units": 0, "answers": [], "contradictions": [lost]})
        time.sleep(0.01)


def _child(number: int, options: argparse.Namespace, record: Path, longest: float) -> None:
    """Attack one map, note it, and end without cleaning up what belongs to the parent."""
    code = 1
    try:
        spent = resource.getrusage(resource.RUSAGE_SELF)
        most = int(longest + spent.ru_utime + spent.ru_stime) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # HiGHS greets
        _note(record, one(options.seed, number, options))
        code = 0
    finally:
        os._exit(code)


def _note(record: Path, found: dict[str, Any]) -> None:
    """Append one line, whole: several processes write."""
    line = json.dumps(found, default=str) + "\n"
    with record.open("ab", buffering=0) as out:
        out.write(line.encode())
    for wrong in found["contradictions"]:
        told = {k: v for k, v in wrong.items() if k not in ("question", "plan")}
        print(f"map {found['number']}: {json.dumps(told, default=str)[:600]}", file=sys.stderr, flush=True)


def read(record: Path) -> dict[int, dict[str, Any]]:
    """Return what is noted already; a line that was cut short is left out."""
    found = {}
    for line in record.read_text().splitlines() if record.exists() else ():
        try:
            noted = json.loads(line)
        except json.JSONDecodeError:
            continue
        found[noted["number"]] = noted
    return found


def summary(found: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Return the campaign in numbers."""
    whole = [r for r in found.values() if r["answers"]]
    proven = [r for r in whole if r["answers"][0] in ("optimal", "infeasible")]
    said = collections.Counter(a for r in whole for a in r["answers"])
    open_by, all_by = collections.Counter[str](), collections.Counter[str]()
    for r in whole:
        all_by.update(kinds(r))
        open_by.update(kinds(r) if r not in proven else ())
    return {
        "maps": len(found),
        "proven at first asking": len(proven),
        "answers": dict(said),
        "unproven": {kind: f"{open_by[kind]} of {all_by[kind]}" for kind in sorted(all_by)},
        "searches after proofs": sum(r["looks"] for r in whole),
        "audit of the first": dict(collections.Counter(r.get("audit", "not asked") for r in whole)),
        "independent model": dict(collections.Counter(r["oracle"] for r in whole)),
        "moments that differ by less than 1e-7": sum(len(r["hairs"]) for r in whole),
        "seconds a map": round(statistics.mean([r["total_seconds"] for r in whole] or [0.0]), 2),
        "contradictions": sum(len(r["contradictions"]) for r in found.values()),
        "maps with contradictions": sorted(n for n, r in found.items() if r["contradictions"]),
    }


def main() -> int:
    """Run the campaign and print its record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maps", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--limit", type=float, default=2.0, help="units of work for one question")
    parser.add_argument("--longer", type=float, default=2.0, help="times as long from 45 units on")
    parser.add_argument("--oracle", type=float, default=5.0, help="seconds for the independent model")
    parser.add_argument("--every", type=int, default=4, help="maps of which one is held against it")
    parser.add_argument("--least", type=int, default=12, help="units")
    parser.add_argument("--most", type=int, default=80)
    parser.add_argument("--objective", choices=("moment", "distance", "radius", "cut-edges"), help="default: drawn")
    parser.add_argument(
        "--wish", choices=(*sorted({*WISHES} - {"none"}), *LATER), help="the same of every map; default: drawn"
    )
    parser.add_argument("--beside", choices=("none", *BESIDE["splits"]), help="another beside splits or sizes")
    parser.add_argument("--minutes", type=float, default=1e9, help="then no map is begun")
    parser.add_argument("--only", type=int, help="attack the map of this number again, and print all of it")
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    if options.only is not None:
        found = one(options.seed, options.only, options)
        print(json.dumps(found, indent=1, default=str))
        return 1 if found["contradictions"] else 0
    record = options.record or Path(f"results/proofs-{options.seed}.jsonl")
    record.parent.mkdir(parents=True, exist_ok=True)
    done = read(record)
    warm()
    began = time.monotonic()
    run((n for n in range(options.maps) if n not in done), options, record)
    told = summary({n: r for n, r in read(record).items() if n < options.maps})
    print(json.dumps({"seed": options.seed, "minutes": round((time.monotonic() - began) / 60, 1), **told}, indent=1))
    return 1 if told["contradictions"] else 0


if __name__ == "__main__":
    sys.exit(main())
