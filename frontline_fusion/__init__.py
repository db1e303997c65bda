"""The program under a name of its own: its packages have short names, which another distribution may own as well."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("foundation", "scenarios", "sim", "optimize", "study")
"""The packages of this distribution."""

_MARK = "frontline_fusion"
"""What the first file of each of them holds."""


def main() -> int:
    """Run the command line; where a package is another's, say so in one line and return exit code 2."""
    try:
        check_names()
    except ImportError as error:
        print(f"fusion: {error}", file=sys.stderr)
        return 2
    from study.cli import main as fusion  # noqa: PLC0415 (it may be another's)

    return fusion()


def check_names() -> None:
    """Look where Python finds our packages, without importing them.

    Raises
    ------
    ImportError
        It finds another file or folder under one of their names.
    """
    home = Path(__file__).resolve().parents[1]
    for name in PACKAGES:
        place = _place(name)
        if place is None:
            msg = f"its package {name} is not installed. Install frontline-fusion again."
            raise ImportError(msg, name=name)
        if place.resolve() != home / name / "__init__.py" or not _ours(place):
            msg = (
                f"the name {name} belongs to another program here: Python finds it at {place}{_owner(name)}. "
                f"frontline-fusion needs the names {', '.join(PACKAGES)} for itself: install it into an environment "
                "of its own (python -m venv fusion), or remove the other."
            )
            raise ImportError(msg, name=name, path=str(place))


def _place(name: str) -> Path | None:
    """Return the file that an import would run first; the folder of a package without one."""
    try:
        spec = find_spec(name)
    except ValueError:  # a module that was made by hand and not by an import
        return Path(str(getattr(sys.modules[name], "__file__", name)))
    if spec is None:
        return None
    folders = list(spec.submodule_search_locations or ())
    return Path(spec.origin or (folders[0] if folders else name))


def _ours(place: Path) -> bool:
    """Say whether a file is ours; another distribution may have been installed over it."""
    try:
        return _MARK in place.read_text(encoding="utf-8", errors="replace")
    except OSError:  # within an archive
        return True


def _owner(name: str) -> str:
    """Return which other distribution brings a name, as far as it is known."""
    from importlib.metadata import packages_distributions  # noqa: PLC0415 (slow, and only for who has trouble)

    others = sorted(set(packages_distributions().get(name, ())) - {"frontline-fusion"})
    return f" (installed by {', '.join(others)})" if others else ""
