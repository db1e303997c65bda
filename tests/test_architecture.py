"""The house stands as docs/architecture.md draws it: no circle of files, small rooms, short files, nothing unlisted."""

import ast
import re
import statistics
import subprocess
import tomllib
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("foundation", "scenarios", "sim", "optimize", "study")
FILES = {path.relative_to(ROOT): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}
FOLDERS = {path.parent for path in FILES}
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", *sorted((ROOT / "benchmarks").glob("*.md"))]

LONGEST = 330
"""Most lines of a file."""

LONGEST_FUNCTION, USUAL = 60, 9
"""Most lines of what a function does, below its signature and docstring, and of a whole one in the middle."""

KERNELS = {
    "optimize/districting/audit/sets.py": "all_sets",
    "optimize/districting/exact/exact_cover.py": "cover",
    "optimize/districting/exact/lagrangian_bound.py": "_ascend",
    "optimize/districting/exact/pricing/cut_edges.py": "grow_cuts",
    "optimize/districting/exact/pricing/moment.py": "grow",
    "optimize/districting/exact/tree_packing.py": "pack_trees",
    "optimize/districting/heuristic/anneal.py": "anneal",
    "optimize/districting/heuristic/anneal_about_seats.py": "anneal_about_seats",
}
"""Compiled loops that are longer, since their state in pieces would be slower; each opens with its steps as a list."""

TWINS = 10
"""As many lines that stand in two rooms are one piece of code."""


def name_of(path: Path) -> str:
    """Dotted name of a module or package."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in FILES}


def imports(path: Path, package: str) -> set[tuple[str, str]]:
    """Every (module, name) that a file asks for, at its top, in its functions or for its types alone."""
    asked = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
            module = ".".join(filter(None, [above if node.level else "", node.module]))
            asked |= {(module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            asked |= {(alias.name, "") for alias in node.names}
    return asked


def exports() -> dict[str, dict[str, str]]:
    """Package -> the names that it hands on, and the module each comes from."""
    handed = {}
    for module, path in MODULES.items():
        if path.name == "__init__.py":
            stub = ROOT / path.with_suffix(".pyi")
            source = stub if stub.exists() else ROOT / path
            handed[module] = {name: origin for origin, name in imports(source, module) if name}
    return handed


HANDED_ON = exports()


def origin(module: str, name: str) -> str:
    """Module in which a name is defined that is asked of a module or a package."""
    while name in HANDED_ON.get(module, {}) and HANDED_ON[module][name] != module:
        module = HANDED_ON[module][name]
    return f"{module}.{name}" if f"{module}.{name}" in MODULES else module


def uses() -> dict[str, set[str]]:
    """Module -> the modules that define what it asks for."""
    found = {}
    for module, path in MODULES.items():
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        asked = {origin(*one) for one in imports(ROOT / path, package)}
        found[module] = {other for other in asked if other in MODULES and other != module}
    return found


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return a circle of a graph; empty where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_circle_of_files_is_left() -> None:
    graph = uses()
    assert sum(map(len, graph.values())) > 800, "the imports are no longer read"
    assert circle(graph) == []


@pytest.mark.parametrize(
    ("below", "above"),
    [("scenarios.territory.data", "scenarios.territory.territory"), ("sim.state.recording", "sim.run")],
)
def test_a_new_circle_is_noticed(below: str, above: str) -> None:
    graph = uses()
    graph[below] = {*graph[below], above}
    assert {below, above} <= set(circle(graph))


def test_the_tree_that_is_drawn_is_the_tree_on_disk() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    tree = re.search(r"^## The tree\n+```\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert tree
    lines = [line.split(maxsplit=1) for line in tree[1].splitlines()]
    assert all(len(line) == 2 for line in lines), "a folder without its line"
    assert sorted(folder for folder, _ in lines) == sorted(f"{folder.as_posix()}/" for folder in FOLDERS)


def test_every_folder_of_modules_is_a_package() -> None:
    assert [folder for folder in FOLDERS if folder / "__init__.py" not in FILES] == []


def test_study_shows_its_rooms_at_one_glance() -> None:
    shown = [path.name for path in (ROOT / "study").iterdir() if path.name != "__pycache__" and path.name[0] != "."]
    assert len(shown) <= 18, sorted(shown)


def test_no_room_holds_more_modules_than_one_takes_in() -> None:
    crowded = {str(f): sum(path.parent == f for path in FILES) for f in FOLDERS if f.as_posix() != "study/cli"}
    assert {folder: count for folder, count in crowded.items() if count > 16} == {}


def test_no_file_is_too_long() -> None:
    lines = {path.as_posix(): (ROOT / path).read_text("utf-8").count("\n") for path in FILES}
    assert {path: count for path, count in lines.items() if count > LONGEST} == {}


def functions() -> dict[tuple[str, str], tuple[int, int, str]]:
    """(File, name and line) -> lines in all, lines below signature and docstring, and the docstring."""
    found = {}
    for path in FILES:
        for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                told, last = ast.get_docstring(node), node.end_lineno or 0
                begin = (node.body[0].end_lineno or 0) + 1 if told else node.body[0].lineno
                found[path.as_posix(), f"{node.name}:{node.lineno}"] = (
                    last - node.lineno + 1,
                    last - begin + 1,
                    told or "",
                )
    return found


def test_functions_are_short_and_kernels_that_are_not_open_with_their_steps() -> None:
    known = functions()
    assert len(known) > 2000, "the functions are no longer read"
    assert statistics.median(lines for lines, _, _ in known.values()) <= USUAL
    long = {
        (path, name.partition(":")[0]): told for (path, name), (_, own, told) in known.items() if own > LONGEST_FUNCTION
    }
    assert set(long) == set(KERNELS.items())
    assert [place for place, told in long.items() if not all(f"\n{n}. " in told for n in (1, 2, 3))] == []


def test_no_piece_of_code_stands_in_two_rooms() -> None:
    seen: dict[str, Path] = {}
    twice = set()
    for path in FILES:
        text = (ROOT / path).read_text("utf-8")
        lines = [line.strip() for line in text.splitlines()]
        said = [line for line in lines if re.search(r"\w", line) and not line.startswith(("#", "import ", "from "))]
        for at in range(len(said) - TWINS + 1):
            other = seen.setdefault("\n".join(said[at : at + TWINS]), path)
            if other.parent != path.parent:
                twice.add((other.as_posix(), path.as_posix()))
    assert len(seen) > 30_000, "the files are no longer read"
    assert twice == set()


def test_every_room_of_study_has_its_place_in_the_contract() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    rows = next(c["layers"] for c in tools["contracts"] if c["name"].startswith("study"))
    placed = {room.strip() for row in rows for room in row.split("|")}
    rooms = {f"study.{folder.name}" for folder in FOLDERS if folder.parent == Path("study")}
    assert placed == rooms


def test_every_module_that_a_page_names_is_there() -> None:
    there = [f"/{path.relative_to(ROOT).as_posix()}" for path in ROOT.glob("[a-z]*/**/*.py")]
    named = {
        (page.name, path) for page in PAGES for path in re.findall(r"`([\w/]+\.py)`", page.read_text(encoding="utf-8"))
    }
    assert len(named) > 40
    assert {one for one in named if not any(path.endswith(f"/{one[1]}") for path in there)} == set()


def test_no_source_is_ignored_by_git() -> None:
    found = [path.as_posix() for path in [*FILES, *(p.relative_to(ROOT) for p in ROOT.glob("tests/**/*.py"))]]
    command = ["git", "check-ignore", "--no-index", *found]
    asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert asked.returncode in (1, 128), asked.stdout  # 128: these sources lie in no repository
