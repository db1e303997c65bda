"""Figures: theme, maps, Gantt charts, timelines; every figure of the study can be had from here."""

from importlib import import_module
from typing import Any

WHERE = {
    "study.calibration.figures": ["draw_fit", "draw_parameters"],
    "study.comparison.figures": ["draw_waterfall"],
    "study.plotting.frontiers": ["draw_ensemble", "draw_frontier"],
    "study.plotting.gantt": ["draw_gantt"],
    "study.plotting.maps": ["draw_before_after", "draw_map"],
    "study.plotting.study_figures": ["draw_balance", "draw_comparison", "draw_targets"],
    "study.plotting.timeline_plan": ["draw_timeline"],
    "study.plotting.timelines": ["draw_overview", "draw_side_by_side", "draw_skills", "draw_timelines"],
    "study.recommendation.figures": ["draw_recommendation"],
    "study.reporting.html.fairness_figure": ["draw_fairness"],
    "study.robustness.figures": ["draw_lights", "draw_scatter", "draw_value_of_knowing"],
    "study.sensitivity.figures": ["draw_measures", "draw_tornado"],
    "study.validation.figures": ["draw_desk", "draw_precision", "draw_seller"],
    "study.whatif.figures": ["draw_gains", "draw_screening", "draw_whatif"],
}
"""Figures and where they are drawn: those of a question lie in its room. Each is imported when it is first asked for;
`__init__.pyi` says the same to type checkers."""

__all__ = sorted(name for names in WHERE.values() for name in names)  # noqa: PLE0605 (as `WHERE` has them)


def __getattr__(name: str) -> Any:
    for module, names in WHERE.items():
        if name in names:
            return getattr(import_module(module), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return __all__
