"""Compiled loops are found by what they say: by any checkout, and never when anything that they use has changed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from foundation.machine import compiled_loops

ROOT = Path(__file__).resolve().parents[2]

HELPERS = """
from foundation.machine.compiled_loops import njit
SCALE = {scale}

@njit(cache=True)
def scaled(x):
    return {sign}SCALE * below(x)

@njit(cache=True)
def below(x):
    return x + 1.0
"""

LOOP = """
from foundation.machine.compiled_loops import njit
from parts import scaled

@njit(cache=True, nogil=True)
def total(n):
    kept = 0.0
    for k in range(n):
        kept += scaled(k)
    return kept
"""

ASK = "import loop; print(loop.total(3), sum(loop.total.stats.cache_hits.values()), loop.total.stats.cache_path)"


def checkout(folder: Path, *, scale: float = 2.0, sign: str = "", above: str = "") -> Path:
    folder.mkdir()
    (folder / "parts.py").write_text(above + HELPERS.format(scale=scale, sign=sign))
    (folder / "loop.py").write_text(above + LOOP)
    return folder


def asked(folder: Path, cache: Path, **more: str) -> tuple[float, int, str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA", "XDG"))}
    env |= {"PYTHONPATH": f"{folder}:{ROOT}", "XDG_CACHE_HOME": str(cache), **more}
    ran = subprocess.run([sys.executable, "-c", ASK], env=env, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    value, hits, path = ran.stdout.split()
    return float(value), int(hits), path


@pytest.mark.slow
def test_a_second_checkout_finds_what_the_first_compiled(tmp_path: Path) -> None:
    first, cache = checkout(tmp_path / "first"), tmp_path / "cache"
    assert asked(first, cache)[:2] == (12.0, 0)
    assert asked(first, cache)[:2] == (12.0, 1)
    second = checkout(tmp_path / "second", above="# Other lines above, in another folder.\n\n")
    assert asked(second, cache)[:2] == (12.0, 1)


@pytest.mark.slow
@pytest.mark.parametrize(("change", "value"), [({"scale": 3.0}, 18.0), ({"sign": "-"}, -12.0)])
def test_a_change_in_another_file_is_never_served_stale(change: dict, value: float, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert asked(checkout(tmp_path / "before"), cache)[0] == 12.0
    assert asked(checkout(tmp_path / "after", **change), cache)[:2] == (value, 0)


@pytest.mark.slow
def test_a_file_that_is_cut_short_is_compiled_again(tmp_path: Path) -> None:
    here, cache = checkout(tmp_path / "here"), tmp_path / "cache"
    asked(here, cache)
    for kept in cache.rglob("*.nb*"):
        kept.write_bytes(kept.read_bytes()[:50])
    assert asked(here, cache)[:2] == (12.0, 0)
    assert asked(here, cache)[:2] == (12.0, 1)


@pytest.mark.slow
def test_where_the_cache_is_no_folder_temporary_files_serve(tmp_path: Path) -> None:
    here, temporary = checkout(tmp_path / "here"), tmp_path / "temporary"
    temporary.mkdir()
    (tmp_path / "cache").write_text("no folder\n")
    found = [asked(here, tmp_path / "cache", TMPDIR=str(temporary)) for _ in range(2)]
    assert [answer[:2] for answer in found] == [(12.0, 0), (12.0, 1)]
    assert found[0][2].startswith(str(temporary))


@pytest.mark.slow
def test_code_that_others_could_have_written_is_not_run(tmp_path: Path) -> None:
    here, cache, temporary = checkout(tmp_path / "here"), tmp_path / "cache", tmp_path / "temporary"
    temporary.mkdir()
    asked(here, cache)
    (cache / compiled_loops.APPLICATION).chmod(0o777)
    value, hits, path = asked(here, cache, TMPDIR=str(temporary))
    assert (value, hits) == (12.0, 0)
    assert path.startswith(str(temporary))
    assert (temporary / f"{compiled_loops.APPLICATION}-{os.getuid()}").stat().st_mode & 0o777 == 0o700


@pytest.mark.slow
def test_where_nothing_can_be_kept_loops_run_all_the_same(tmp_path: Path) -> None:
    here, temporary = checkout(tmp_path / "here"), tmp_path / "temporary"
    temporary.mkdir()
    (temporary / f"{compiled_loops.APPLICATION}-{os.getuid()}").write_text("in the way\n")
    (tmp_path / "cache").write_text("no folder\n")
    assert asked(here, tmp_path / "cache", TMPDIR=str(temporary)) == (12.0, 0, "None")


@pytest.mark.slow
def test_versions_that_nobody_uses_any_more_are_taken_away(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    used = Path(asked(checkout(tmp_path / "used"), cache)[2])
    old = Path(asked(checkout(tmp_path / "old", scale=5.0), cache)[2])
    past = time.time() - compiled_loops.FORGOTTEN - 60
    os.utime(old, (past, past))
    new = Path(asked(checkout(tmp_path / "new", scale=7.0), cache)[2])
    assert [place.exists() for place in (used, old, new)] == [True, False, True]


def test_every_compiled_loop_of_the_program_is_kept_by_content() -> None:
    found = [
        path
        for package in ("foundation", "scenarios", "sim", "optimize", "study")
        for path in (ROOT / package).rglob("*.py")
        if "from numba" in path.read_text() or "import numba" in path.read_text()
    ]
    assert [path.name for path in found] == ["compiled_loops.py"]
