"""What README and docs show is run: every command and Python block, in a small world that has the files they name.

The text is run as it stands but for sizes (`SMALLER`): few replications and points, short searches, a small city.
"""

import hashlib
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from optimize import partition
from scenarios import generate_city
from scenarios.territory.load import CITIES
from study.cli import build_parser, main
from study.cli.execute import DONE, LIMIT
from tests.browser import PROGRAM
from tests.test_documents import PAGES, ROOT, fences

SMALLER = (
    (r"--replications \d+", "--replications 2"),
    (r"replications=\d+", "replications=2"),
    (r"--ensemble \d+", "--ensemble 15"),
    (r"(ensemble\(\w+), \d+", r"\1, 15"),
    (r"sobol --points \d+", "sobol --points 2"),
    (r"morris --points \d+", "morris --points 2"),
    (r"(--vary [\w.]+=0:0.6):0.\d+", r"\1:0.6"),
    (r"(fixed=0.5:0.9):0.1", r"\1:0.4"),
    (r"--effort thorough", "--effort quick"),
    (r"--communities 14:20", "--communities 14:16"),
    (r"--communities 10:14", "--communities 10:12"),
    (r"^(fusion study --territory .*)", r"\1 --set study.alternatives=[]"),
    (r"--trials \d+", ""),
    (r"^(fusion timeline .*)", r"\1 --trials 2 --set timeline.finalists=2 --set timeline.last_replications=3"),
    (r"^(fusion timeline .*)", r"\1 --set timeline.replications=2"),
    (r"--jobs 2|jobs=2", ""),
    (r"(balance={[^}]*})", r"\1, work_limit=1"),
    (r"^(fusion partition (?!.*--effort).*)", r"\1 --effort quick"),
    (r"^(fusion partition .*)", r"\1 --work-limit 1"),
    (r"--worlds \d+", ""),
    (r"^(fusion robust\b.*)", r"\1 --set study.worlds=4"),
    (r"^(fusion (?:study|robust|whatif)\b(?!.*study\.alternatives).*)", r"\1 --set study.alternatives=[big_bang]"),
    (r"^(fusion (?:study|simulate|compare|whatif|targets|timeline|robust)\b.*)", r"\1 --set partition.work_limit=0.5"),
    (r"^(fusion (?:study|simulate|compare|whatif|timeline|robust)\b(?!.*run\.days).*)", r"\1 --set run.days=60"),
    (
        r"^(fusion (?:study|simulate|compare|whatif|timeline) .*)",
        r"\1 --set study.sensitivity={} --set study.measures={} --set study.worlds=0",
    ),
    (r'\b((?:run_study|what_if)\()"plan"', r'\1"short_plan.yaml"'),
    (r'(run_study\("short_plan.yaml"), "big_bang"', r'\1, "short_big_bang.yaml"'),
)

STUDY = "fusion study --out results/study"
"""What `make study` runs; several pages begin with it."""

SAME = re.compile(r"fusion study( plan)?( --replications \d+)?( --jobs \d)? --out (\S+)")
"""The same study under another name."""

LONG = re.compile(
    r"\bfusion (recommend|calibrate)\b|\b(search_timeline|recommend|calibrate|replay)\("
    r"|\bfusion report \S+ --(pdf|animation)$"
)
"""Recommendations and calibrations have tests of their own, in a small world, and the README prints and animates a
report in one command; here such commands are understood."""

ONCE = re.compile(r"fusion (timeline|compare) ")
"""Commands whose results no page goes on with: two pages that show the same one need it run once."""

RUN = [page for page in PAGES if {"sh", "python"} & {language for language, _ in fences(page)}]


def smaller(text: str) -> str:
    for pattern, replacement in SMALLER:
        text = re.sub(pattern, replacement, text)
    if "--design morris" in text:
        text = re.sub(r"((?: --vary \S+){3})(?: --vary \S+)+", r"\1", text)
    simulates = re.match(r"fusion (study|simulate|compare|whatif)\b", text)
    return f"{text} --replications 2" if simulates and "--replications" not in text else text


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every file that the commands name."""
    folder = tmp_path_factory.mktemp("world")
    even = {"population": 1000.0, "households": 400.0}  # every number of communities finds its balance
    generate_city(units=60, centres=3, seed=3).with_columns(even).save(folder / "cities" / "model_city")
    shutil.copytree(CITIES / "one_seller", folder / "cities" / "one_seller")
    filled = generate_city(units=60, centres=2, seed=4).with_columns(even)
    filled.save(folder / "filled_in")
    roads = filled.edges.assign(km=(1.3 * filled.edges["shared_border_km"] + 0.4).round(3))[["a", "b", "km"]]
    edged = pd.read_csv(folder / "filled_in" / "adjacency.csv").assign(drive_minutes=2 + 3 * roads["km"].to_numpy())
    edged.to_csv(folder / "filled_in" / "adjacency.csv", index=False)
    towns = partition(filled, 8, balance={"population": 0.1}, effort="quick", work_limit=1).assignment
    unit_table = pd.read_csv(folder / "filled_in" / "units.csv", dtype={"unit_id": str})
    unit_table.assign(town=towns.loc[unit_table["unit_id"]].to_numpy()).to_csv(
        folder / "filled_in" / "units.csv", index=False
    )
    drawn = partition(filled, 3, balance={"population": 0.05}, within="centre", effort="quick", work_limit=1)
    at_border = [
        (str(a), drawn.assignment[b])
        for a, b in filled.edges[["a", "b"]].itertuples(index=False)
        if drawn.assignment[a] != drawn.assignment[b] and filled.units.loc[a, "centre"] == filled.units.loc[b, "centre"]
    ]
    city = generate_city(units=240, centres=3, seed=3).with_columns(even)
    names = {"U0001": "410122", "U0002": "410184"}
    units = city.units.rename(index=names).rename_axis("unit_id")
    edges = city.edges.assign(a=city.edges["a"].replace(names), b=city.edges["b"].replace(names))
    for column, number in (("prefecture", 18), ("community", 30)):
        plan = partition(city, number, balance={"population": 0.05}, effort="quick", time_limit=2)
        units[column] = plan.assignment.to_numpy()
    units["community"] = units["community"].replace(units["community"].iloc[0], "东一")
    for name in ("counties", "city"):
        (folder / name).mkdir()
        units.reset_index().to_csv(folder / name / "units.csv", index=False)
        edges.to_csv(folder / name / "adjacency.csv", index=False)
    tracts = generate_city(units=60, centres=2, seed=4)
    columns = tracts.units[["population", "income"]].set_axis(["POP", "INCOME"], axis=1)
    shapes = tracts.geometry.to_frame("geometry").join(columns)
    shapes.rename_axis("tract").reset_index().to_file(folder / "tracts.gpkg")
    a, b = edges.loc[0, ["a", "b"]]
    far = units.index[-1]
    tables = {
        "teams.csv": "group,communities\n" + "".join(f"{c},3\n" for c in units["centre"].unique()),
        "estates.csv": f"unit_id,group\n{a},one\n{b},one\n",
        "rivals.csv": f"a,b\n{a},{far}\n",
        "river.csv": f"a,b\n{a},{b}\n",
        "homes.csv": f"unit_id\n{far}\n",
        "roads.csv": roads.to_csv(index=False),
        "drawn.csv": drawn.assignment.rename("community").rename_axis("unit_id").to_csv(),
        "objections.csv": "unit_id,community\n"
        + "".join(f"{unit},{home}\n" for unit, home in dict(at_border[:2]).items()),
        "my_timeline.yaml": dict(fences(ROOT / "docs" / "my_timeline.md"))["yaml"],
        "my_scenario.yaml": "name: mine\nbase: plan\nset: {study.alternatives: []}\n",
    }
    less = "{run.days: 60, partition.work_limit: 0.5, study.sensitivity: {}, study.measures: {}, study.worlds: 0}"
    tables |= {f"short_{name}.yaml": f"base: {name}\nset: {less}\n" for name in ("plan", "big_bang")}
    for name, text in tables.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("page", RUN, ids=lambda p: p.stem)
def test_every_command_and_python_block_of_a_page_runs(
    page: Path, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(world, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr("scenarios.territory.load.CITIES", tmp_path / "cities")
    monkeypatch.setattr("study.cli.app.serve", lambda *_, **__: None)  # a served page is test_app_browser's matter
    monkeypatch.chdir(tmp_path)
    for language, text in fences(page):
        if language == "python":
            block = compile(smaller(text), page.name, "exec")
            if not LONG.search(text):
                exec(block, {})
        for line in text.splitlines() if language == "sh" else []:
            run(line.split("  #")[0].strip(), tmp_path, capsys)


def run(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if command.startswith("make "):
        # What a rule does is the matter of its own test; here it must exist and its commands be readable.
        subprocess.run(["make", "-n", *command.split()[1:]], cwd=ROOT, check=True, capture_output=True)
        if command != "make study":
            return
        command = STUDY
    if PROGRAM is None:
        command = command.replace(" --pdf", "")
    text, (command, _, target) = command, smaller(command).partition(" > ")
    if LONG.search(command) or "history.csv" in command:
        build_parser().parse_args(shlex.split(command)[1:])
        return
    if ONCE.match(command) and not is_first(command, folder):
        return
    make_what_it_names(command, folder)
    if same := SAME.fullmatch(text):
        finished_study(folder, same[4])
        return
    capsys.readouterr()
    code = main(shlex.split(command)[1:])
    printed = capsys.readouterr()
    answered = (DONE, LIMIT) if "--max-dip" in command else (DONE,)  # two trials in a small city may all dip too deep
    assert code in answered, f"{command}: {printed.err}"
    if target:
        (folder / target.strip()).write_text(printed.out, encoding="utf-8")
        assert printed.out
    # The reader fills the empty files in before he goes on.
    if command == "fusion template --out my_city":
        shutil.rmtree(folder / "my_city")
        shutil.copytree(folder / "filled_in", folder / "my_city")
    elif command.startswith("fusion template --xlsx"):
        fill_in(folder / "my_city" / "territory.xlsx", folder / "filled_in")


def fill_in(path: Path, filled: Path) -> None:
    """Write the tables of a folder into a template's workbook, whose sheets and columns may have Chinese names."""
    english = path.with_name("english")
    assert main(["template", "--xlsx", "--out", str(english)]) == DONE
    names, book = load_workbook(english / path.name), load_workbook(path)
    shutil.rmtree(english)
    for name, sheet in zip(names.sheetnames[1:], book.worksheets[1:], strict=True):
        table = pd.read_csv(filled / f"{name}.csv")
        if name == "units":
            east, north = (table[axis] - table[axis].min() for axis in ("x", "y"))  # [km]
            table["lon"], table["lat"] = 113 + east / 92, 34 + north / 111
        for row in table[[cell.value for cell in names[name][1]]].itertuples(index=False):
            sheet.append([None if pd.isna(value) else value for value in row])
    book.save(path)


def make_what_it_names(command: str, folder: Path) -> None:
    """Make what a page takes for granted: the reader's own city, filled in, and a finished study."""
    if "my_city" in command and not command.startswith("fusion template") and not (folder / "my_city").exists():
        shutil.copytree(folder / "filled_in", folder / "my_city")
    if "results/study" in command and "--out" not in command and not (folder / "results/study").exists():
        finished_study(folder)


def finished_study(folder: Path, name: str = "results/study") -> None:
    """Run the study that several pages begin with; the second page that wants it takes the first one's."""
    kept = folder.parent / "finished_study"
    if not kept.exists():
        assert main(shlex.split(smaller(STUDY))[1:]) == DONE
        shutil.move(folder / "results" / "study", kept)
    shutil.copytree(kept, folder / name, dirs_exist_ok=True)


def is_first(command: str, folder: Path) -> bool:
    """Return whether no page has run the command yet, here or on another worker."""
    ours = folder.parent  # of this worker; beside it those of the others
    shared = ours.parent if ours.name.startswith("popen-") else ours
    try:
        (shared / f"ran-{hashlib.sha256(command.encode()).hexdigest()[:16]}").mkdir()
    except FileExistsError:
        return False
    return True
