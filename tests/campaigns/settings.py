"""Settings at the ends of their ranges: ``python -m tests.campaigns.settings --runs 300`` gives them to the verbs.

Each run sets one to three fields of the scenario to a value far from the usual one and calls a verb on a small town.
It must end with 0, or refuse with 2, 3 or 4: a traceback, a warning of a library or a number that is none is a finding.
A share of it runs with the tests.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import io
import random
import re
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from scenarios import generate_city, load_scenario
from study.cli import main as fusion

VERBS: dict[tuple[str, ...], int] = {
    ("simulate", "plan", "--replications", "2"): 5,
    ("simulate", "waves", "--replications", "2"): 2,
    ("targets", "plan"): 4,
    ("compare", "plan", "big_bang", "--replications", "2"): 3,
    ("timeline", "plan", "--trials", "3", "--replications", "2"): 2,
    ("recommend", "plan", "--values", "0.1,0.3", "--budget", "4", "--replications", "2"): 2,
    ("robust", "plan", "big_bang", "--worlds", "3"): 2,
    ("study", "--worlds", "2", "--replications", "2"): 1,
}
"""What is called, and how often beside the others."""

NOT_SET = (
    "study.beliefs",
    "facts",
    "findings",
    "evidence",
    "name",
    "title",
    "base",
    "overrides",
    "territory",
    "run.seed",
)
"""Fields that are no setting of the model."""

FEWER_DAYS = ("30", "60", "125")
SOUND = (0, 2, 3, 4)
NONE = re.compile(r"\b(?:nan|inf)\b", re.IGNORECASE)


def fields(part: BaseModel, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every number, switch and empty field below a part of a scenario, with its dotted key."""
    for name in type(part).model_fields:
        value, key = getattr(part, name), f"{path}{name}"
        if key.startswith(NOT_SET):
            continue
        if isinstance(value, BaseModel):
            yield from fields(value, f"{key}.")
        elif value is None or isinstance(value, bool | int | float):
            yield key, value
        elif isinstance(value, tuple) and value and all(hasattr(item, "name") for item in value):
            for item in value:
                yield from fields(item, f"{key}.{item.name}.")


def far(value: Any, rng: random.Random) -> str:
    """Return a value far from the usual one, as the command line takes it."""
    if isinstance(value, bool):
        return str(not value).lower()
    if value is None:
        return rng.choice(["0", "1", "5", "0.5"])
    if isinstance(value, int):
        return str(rng.choice([0, 1, 2, value // 2, value * 2, value * 10, 7]))
    return repr(float(rng.choice([0.0, 1.0, value / 10, value / 2, value * 2, value * 10, 1e-6, 0.5, 0.999])))


def drawn(rng: random.Random, known: list[tuple[str, Any]]) -> list[str]:
    """Return a command with settings."""
    verb = rng.choices(list(VERBS), list(VERBS.values()))[0]
    settings = {key: far(value, rng) for key, value in rng.sample(known, rng.choice([1, 1, 2, 3]))}
    settings.setdefault("run.days", rng.choice(FEWER_DAYS))
    return [*verb, *(f"--set={key}={value}" for key, value in settings.items())]


def fault(command: list[str]) -> tuple[int, str]:
    """Run a command and return its exit code and what is wrong with its end, or nothing."""
    out, err = io.StringIO(), io.StringIO()
    code, raised = -1, ""
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = fusion(command)
        except SystemExit as end:
            code = int(end.code or 0)
        except Exception:
            raised = traceback.format_exc()
    text = out.getvalue() + err.getvalue()
    if raised or code not in SOUND or "Traceback" in text:
        return code, raised or f"ends with {code}: {text[-500:]}"
    if "Warning:" in text or NONE.search(text):
        return code, f"says {text[-500:]}"
    return code, ""


def campaign(runs: int, seed: int, folder: Path) -> list[str]:
    """Run the campaign below a folder and return what was found."""
    rng, known = random.Random(seed), list(fields(load_scenario("plan")))
    town = folder / "town"
    if not town.exists():
        generate_city(units=24, centres=2, seed=3).save(town)
    ends: collections.Counter[str] = collections.Counter()
    found = []
    for number in range(runs):
        command = drawn(rng, known)
        out = folder / f"run{number}"
        code, wrong = fault([*command, "--territory", str(town), "--quiet", "--jobs", "1", "--out", str(out)])
        shutil.rmtree(out, ignore_errors=True)
        ends[f"{command[0]} {code}"] += 1
        if wrong:
            found.append(f"fusion {' '.join(command)}\n{wrong}")
            print(found[-1], file=sys.stderr, flush=True)
    print(dict(sorted(ends.items())), file=sys.stderr, flush=True)
    return found


def main() -> int:
    """Run the campaign and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        found = campaign(options.runs, options.seed, Path(root))
    print(f"{options.runs} runs, {len(found)} findings")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
