"""Figures: each can be had from one place, and the reference lists it."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import study.plotting

ROOT = Path(study.plotting.__file__).resolve().parents[2]


def drawn() -> dict[str, str]:
    """Every public function of the study that returns a figure, read off the sources: name -> module."""
    found = {}
    for path in sorted((ROOT / "study").rglob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            figure = isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns) == "Figure"
            if isinstance(node, ast.FunctionDef) and figure and node.name.startswith("draw_"):
                found[node.name] = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return found


def test_every_figure_is_exported_from_one_place_and_listed_in_the_reference() -> None:
    figures = drawn()
    assert len(figures) > 20
    assert sorted(figures) == sorted(study.plotting.__all__) == dir(study.plotting)
    reference = (ROOT / "docs" / "reference" / "python.md").read_text("utf-8")
    stub = (ROOT / "study" / "plotting" / "__init__.pyi").read_text("utf-8")
    for name, module in figures.items():
        assert getattr(study.plotting, name) is getattr(importlib.import_module(module), name)
        assert f".. autofunction:: {module}.{name}\n" in reference
        assert f"from {module} import {name} as {name}\n" in stub
