"""The kill campaign: ``python -m tests.campaigns.kill --moments 50`` kills runs at random moments and resumes them.

Every killed run (signal 9, no chance to clean up) is resumed, now and then killed again while it resumes, and must end
with the bytes of a run that nobody disturbed. Only wall time may differ: run.json, and ``seconds`` of result.json.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scenarios import generate_city
from study.cli import main as fusion

SHORT = ["--set", "run.days=15", "--set", "partition.time_limit=3600.0", "--quiet", "--out", "out"]
ONE = ["--set", "study.sensitivity={hand_over.loss: [0.1, 0.5]}"]
VERBS = {
    "study": ["study", "plan", "big_bang", "--territory", "../town", "--replications", "4", *ONE, *SHORT],
    "compare": ["compare", "plan", "waves", "--territory", "../town", "--replications", "8", *SHORT],
    "simulate": ["simulate", "plan", "--territory", "../town", "--replications", "auto", "--budget", "16", *SHORT],
    "whatif": [
        *["whatif", "plan", "--territory", "../town", "--replications", "4", "--cache", "cache"],
        *["--vary", "indicators.income=0,0.6", *SHORT],
    ],
    "partition": [
        *["partition", "../town", "--communities", "2:6", "--balance", "population=0.5", "--effort", "quick"],
        *["--time-limit", "3600", "--quiet", "--out", "out"],
    ],
}
"""What is run, each from a folder of its own beside the territory; small, but through every part.

The time limits are far off: a search that a clock cuts short ends where the clock finds it.
"""


def prepare(root: Path) -> None:
    """Make the territory."""
    generate_city(units=24, centres=2, seed=3).save(root / "town")


def fingerprint(folder: Path) -> dict[str, bytes]:
    """Return the content of every file of a result that may not depend on when and how fast it was made."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = str(path.relative_to(folder))
        if path.name == "run.json":
            continue
        found[name] = path.read_bytes()
        if path.name.startswith("result"):
            found[name] = json.dumps(json.loads(found[name]) | {"seconds": 0}).encode()
    return found


def child(folder: Path, arguments: Sequence[str]) -> int:
    """Start a command in a process of its own, warm from this one, and return its number."""
    number = os.fork()
    if number:
        return number
    try:
        os.chdir(folder)
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        os._exit(fusion(arguments))
    except BaseException:
        traceback.print_exc()
        os._exit(99)


def killed_at(number: int, seconds: float) -> bool:
    """Kill a process after so long; False where it had ended by itself, and well."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(number, os.WNOHANG)
        if ended:
            assert os.waitstatus_to_exitcode(status) == 0, status
            return False
        time.sleep(0.002)
    os.kill(number, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == -signal.SIGKILL


def undisturbed(verb: str, root: Path) -> tuple[dict[str, bytes], float]:
    """Run a command to its end; return its result and how long it took."""
    folder = root / f"{verb}-whole"
    folder.mkdir()
    began = time.monotonic()
    number = child(folder, VERBS[verb])
    assert os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == 0
    return fingerprint(folder / "out"), time.monotonic() - began


def disturb(verb: str, root: Path, whole: dict[str, bytes], longest: float, rng: random.Random) -> dict[str, Any]:
    """Kill a run at random moments until it gets through; return what happened.

    Raises
    ------
    AssertionError
        The result is not that of the undisturbed run, or something is left over.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{verb}-", dir=root))
    kills, kept, command = [], [], list(VERBS[verb])
    while len(kills) < 3:
        moment = rng.uniform(0, longest)
        if not killed_at(child(folder, command), moment):
            break
        kills.append(round(moment / longest, 3))
        kept.append(max(0, len(list((folder / "out/.unfinished").glob("[!.]*.json"))) - 1))
        if (folder / "out/.unfinished/request.json").exists():
            command = ["resume", "out", "--quiet"]
        if rng.random() < 0.7:
            break
    if not (folder / "out").exists() or (folder / "out/.unfinished/request.json").exists():
        number = child(folder, command)
        assert os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == 0, "it could not be resumed"
    now = fingerprint(folder / "out")
    stray = [name for name in now if Path(name).name.startswith(".") or name.startswith(".unfinished")]
    now = {name: data for name, data in now.items() if name not in stray}
    different = sorted(name for name in now.keys() | whole.keys() if now.get(name) != whole.get(name))
    for name in different:
        print(name, whole.get(name, b"")[:2000], now.get(name, b"")[:2000], sep="\n", file=sys.stderr)
    assert not different, f"{verb} killed at {kills}: {different} differ"
    shutil.rmtree(folder)
    return {"verb": verb, "killed_at": kills, "pieces_kept": kept, "drafts_left": len(stray)}


def campaign(moments: int, seed: int, root: Path, verbs: Sequence[str] = tuple(VERBS)) -> list[dict[str, Any]]:
    """Disturb runs of every verb in turn, until so many kills have struck."""
    prepare(root)
    rng = random.Random(seed)
    whole = {verb: undisturbed(verb, root) for verb in verbs}
    found: list[dict[str, Any]] = []
    while sum(len(f["killed_at"]) for f in found) < moments:
        verb = verbs[len(found) % len(verbs)]
        found.append(disturb(verb, root, *whole[verb], rng))
        print(json.dumps(found[-1]), file=sys.stderr, flush=True)
    return found


def main() -> int:
    """Run the campaign and print its record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kill-") as scratch:
        found = campaign(options.moments, options.seed, Path(scratch))
    kills = sum(len(f["killed_at"]) for f in found)
    record = {"kills": kills, "runs": len(found), "identical": len(found), "seed": options.seed}
    record |= {"again_while_resuming": sum(len(f["killed_at"]) > 1 for f in found)}
    record |= {"with_pieces_kept": sum(any(f["pieces_kept"]) for f in found)}
    print(json.dumps({**record, "minutes": round((time.monotonic() - began) / 60, 1), "each": found}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
