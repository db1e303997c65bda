"""Without the optional libraries everything that is computed is the same; what can't be made is left out and said."""

import subprocess
import sys
from pathlib import Path

import pytest

from scenarios import generate_city
from study.cli import main
from study.cli.execute import BAD_INPUT, DONE

EXTRAS = ("geopandas", "pyogrio", "pyproj", "IPython", "ipywidgets", "jupyter", "voila", "anywidget", "distributed")

HIDE = f"""
import sys
sys.modules.update(dict.fromkeys({EXTRAS!r}))
from study.cli import main
"""


def bare(program: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", HIDE + program, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_computed_files_are_the_same_without_the_extras(tmp_path: Path) -> None:
    commands = [
        "partition city --communities 3 --effort quick --time-limit 60 --out {}/parts",
        "simulate plan --territory city --replications 1 --set partition.time_limit=60 --set run.days=60 --out {}/runs",
    ]
    generate_city(units=40, centres=2, seed=3).save(tmp_path / "city")
    ran = bare("".join(f"assert main({c.format('bare').split()!r}) == 0\n" for c in commands), tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "units.geojson: the polygons were left out" in ran.stderr + ran.stdout
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        assert [main(c.format("full").split()) for c in commands] == [DONE, DONE]
    for name in ("parts/plan.csv", "parts/scorecard.csv", "runs/replications.csv", "runs/daily.csv"):
        assert (tmp_path / "bare" / name).read_bytes() == (tmp_path / "full" / name).read_bytes(), name
    assert (tmp_path / "full/parts/plan.gpkg").exists()
    assert not (tmp_path / "bare/parts/plan.gpkg").exists()


@pytest.mark.slow
def test_a_study_is_handed_over_without_the_extras(tmp_path: Path) -> None:
    program = """
from pathlib import Path
from study import deliver
from tests.study.sample_record import build_record
deliver(build_record(), Path(sys.argv[1]))
"""
    root = Path(__file__).resolve().parents[1]
    ran = bare(program, root, str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    there = {path.name for path in tmp_path.iterdir()}
    assert {"report.html", "report.zh.html", "workbook.xlsx", "plan.csv", "targets.csv"} <= there
    assert "plan.gpkg" not in there


@pytest.mark.slow
@pytest.mark.parametrize(("command", "extra"), [("partition shapes.gpkg --communities 2", "geo"), ("app", "app")])
def test_what_needs_an_extra_names_it(command: str, extra: str, tmp_path: Path) -> None:
    (tmp_path / "shapes.gpkg").write_bytes(b"SQLite format 3\0")
    ran = bare(f"sys.exit(main({command.split()!r}))", tmp_path)
    assert ran.returncode == BAD_INPUT
    assert f"pip install 'frontline-fusion[{extra}]'" in ran.stderr
    assert "Traceback" not in ran.stderr
