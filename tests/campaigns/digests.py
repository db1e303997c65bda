"""The same bytes from another version: ``python -m tests.campaigns.digests new.json --beside old.json``.

Writes the digest of every file that every verb makes on the territories of `tests.campaigns.load`, with one worker and
wall time apart. Beside the digests of another version of the code it says which files are no longer the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from pathlib import Path

from tests.campaigns.load import PLACES, VERBS, run


def main() -> int:
    """Run the verbs, keep the digests, and say what differs from those of another version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kept", type=Path, help="file of the digests")
    parser.add_argument("--beside", type=Path, help="digests of another version")
    parser.add_argument("--verbs", nargs="*", default=list(VERBS), choices=list(VERBS))
    parser.add_argument("--places", nargs="*", default=list(PLACES), choices=list(PLACES))
    options = parser.parse_args()
    other = json.loads(options.beside.read_text("utf-8")) if options.beside else {}
    found: dict[str, dict[str, str]] = {}
    wrong = 0
    for name in options.places:
        place, how = PLACES[name]
        if place is not None and not place.exists():
            print(f"{name}: left out, {place} is not there")
            continue
        for verb in options.verbs:
            key = f"{name} {verb}"
            try:
                with tempfile.TemporaryDirectory() as root:
                    made = run(verb, place, how, Path(root) / "alone", 1)
            except AssertionError as error:
                made = {"it ended badly": str(error).encode()}
                print(f"{key}: {error}", flush=True)
            own = found[key] = {file: hashlib.sha256(content).hexdigest()[:16] for file, content in made.items()}
            options.kept.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            before = other.get(key, own)
            differ = sorted(file for file in own.keys() | before.keys() if own.get(file) != before.get(file))
            wrong += bool(differ)
            print(f"{key}: {len(own)} files" + "".join(f"; not the same: {file}" for file in differ), flush=True)
    if options.beside:
        print(f"{len(found) - wrong} commands with the same bytes, {wrong} otherwise")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
