"""A digest of the code that computes, so that a kept result is never taken for that of a changed model."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from study.provenance import versions

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("scenarios", "sim", "optimize")
MODULES = ("decide", "pipeline", "whatif_points")
"""Modules of `study` that a computed point passes through; the others only show what was computed."""


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return a digest of the sources that compute and of the versions of the libraries under them.

    Scenarios and territories are inputs and enter a key on their own, so their files are left out here.
    """
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    files += [ROOT / "study" / f"{name}.py" for name in MODULES]
    return digest_of(sorted(files), ROOT)


def digest_of(files: list[Path], root: Path) -> str:
    """Return a digest of the names and contents of files and of the libraries' versions."""
    total = hashlib.sha256(repr(sorted(versions().items())).encode())
    for path in files:
        content = path.read_bytes()
        total.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()
