"""Every notebook tells its story in two languages, runs from top to bottom and is stored without output.

It is run as it stands but for sizes (`SMALLER`); `python -m benchmarks notebooks` runs it in the size that is stored.
"""

import ast
import asyncio
import importlib.util
import re
import shutil
from pathlib import Path
from queue import Empty
from typing import Any

import pytest

from scenarios import generate_city
from scenarios.territory.load import CITIES

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SMALLER = (
    (r"30 if FULL else \d+", "2"),
    (r"40 if FULL else \d+", "2"),
    (r"20 if FULL else \d+", "3"),
    (r"0.001 if FULL else 0.004", "0.01"),
    (r'{"replications": 3, "rounds": 1}', '{"replications": 2, "rounds": 1}'),
    (r"500 if FULL else 24", "8"),
    (r"500 if FULL else \d+", "20"),
    (r"600 if FULL else \d+", "60"),
    (r"generate_city\(units=40,", "generate_city(units=24,"),
    (r'    "effort.drill_share": \(0.0, 0.5\),\n', ""),
)
SMALL = ("00", "01", "02", "04", "05", "08")
"""Notebooks about the embedded city that are run on a smaller one of its name."""

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def cells_of(path: Path) -> list[Any]:
    import nbformat  # it takes seconds: whoever runs none of these tests is spared that

    return list(nbformat.read(path, as_version=4).cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_are_stored_without_output_and_define_no_function(path: Path) -> None:
    for cell in cells_of(path):
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
            assert not re.search(r"\bdef |\blambda\b", cell.source)
            assert len(cell.source.splitlines()) <= 10


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_what_notebooks_take_from_the_project_is_there(path: Path) -> None:
    for cell in cells_of(path):
        lines = cell.source.splitlines() if cell.cell_type == "code" else []
        tree = ast.parse("\n".join(line for line in lines if not line.startswith("%")))
        for taken in (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)):
            module = importlib.import_module(str(taken.module))
            for name in taken.names:
                found = hasattr(module, name.name) or importlib.util.find_spec(f"{taken.module}.{name.name}")
                assert found, f"{taken.module} has no {name.name}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_go_from_a_question_to_a_conclusion_in_both_languages(path: Path) -> None:
    cells = cells_of(path)
    told = [cell.source for cell in cells if cell.cell_type == "markdown"]
    assert "**Question.**" in told[0] and "**问题。**" in told[0]
    assert "**Conclusion.**" in told[-1] and "**结论。**" in told[-1]
    headings = [line for text in told for line in text.splitlines() if line.startswith("#")]
    assert headings and all(CHINESE.search(line) and re.search("[A-Za-z]", line) for line in headings)
    assert "FULL" in next(cell.source for cell in cells if cell.cell_type == "code")


def smaller(source: str) -> str:
    for pattern, replacement in SMALLER:
        source = re.sub(pattern, replacement, source)
    return source


def test_every_smaller_size_is_that_of_a_notebook() -> None:
    sources = "\n".join(c.source for p in NOTEBOOKS for c in cells_of(p))
    assert all(re.search(pattern, sources) for pattern, _ in SMALLER)


def test_a_message_whose_arrival_was_missed_is_found_at_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.notebook import looking_again

    monkeypatch.setattr("tests.notebook.LOOK", 0.01)
    asked: list[float] = []

    async def get(timeout: float) -> dict[str, Any]:
        asked.append(timeout)
        if len(asked) < 3:
            raise Empty
        return {"content": "late"}

    assert asyncio.run(looking_again(get)(timeout=60)) == {"content": "late"}  # type: ignore[arg-type]
    assert asked == pytest.approx([0.01] * 3)

    async def nothing(timeout: float) -> dict[str, Any]:
        raise Empty

    with pytest.raises(Empty):
        asyncio.run(looking_again(nothing)(timeout=0.05))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cities")
    generate_city(units=70, centres=2, seed=3).save(folder / "model_city")
    shutil.copytree(CITIES / "one_seller", folder / "one_seller")
    return folder


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_run_from_top_to_bottom(path: Path, cities: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat

    from tests.notebook import Attentive

    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # the packages beside this test, wherever another copy is installed
    monkeypatch.delenv("FULL", raising=False)
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = smaller(cell.source)
    if path.stem[:2] in SMALL:
        first = f"import pathlib, scenarios.territory.load as f; f.CITIES = pathlib.Path({str(cities)!r})"
        notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
    Attentive(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": path.parent}}).execute()
    shown = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    assert any("image/png" in o.get("data", {}) or "image/svg+xml" in o.get("data", {}) for o in shown)
    assert not any(o.output_type == "error" for o in shown)
    assert not any(o.get("name") == "stderr" and "Warning" in o.text for o in shown)
