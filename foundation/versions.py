"""Which versions of Python and of the packages a result rests on."""

from __future__ import annotations

import platform
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    *("frontline-fusion", "numpy", "scipy", "pandas", "pulp", "highspy", "simpy"),
    *("optuna", "numba", "shapely", "geopandas"),
)
"""Packages a new version of which may change a result."""


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Return name -> version, ``not installed`` where a package is missing; Python comes first."""
    return {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
