"""A frontier whose rows contradict each other claims less."""

import importlib

import numpy as np
import pytest

from tests.optimize.conftest import grid

module = importlib.import_module("optimize.districting.frontier")  # the package gives the function of that name


def row(value: float, bound: float, proof: str) -> dict[str, object]:
    return {"value": value, "bound": bound, "gap": 0.0, "proof": proof, "worst_deviation": 0.0, "moved": np.nan}


def test_a_plan_for_a_tighter_limit_takes_back_what_is_claimed_of_a_looser_one(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter(
        [
            row(np.nan, np.nan, "infeasible"),
            row(10.0, 10.0, "optimal"),
            row(11.0, 11.0, "optimal"),
            row(np.nan, np.nan, "infeasible"),
            row(9.0, 9.0, "optimal"),
            row(9.5, 8.0, "feasible"),
        ]
    )
    monkeypatch.setattr(module, "_solve", lambda *_, **__: next(told))
    table, _ = module.frontier(grid(3, 3, [1] * 9), 3, values=[1, 2, 3, 4, 5, 6])
    assert table["proof"].tolist() == ["infeasible", "optimal", "feasible", "unknown", "optimal", "feasible"]
    assert table["bound"].fillna(-1).tolist() == [-1, 10, -1, -1, 9, 8]
    assert table["best"].fillna(-1).tolist() == [-1, 10, 10, -1, 9, 9]
