"""One of several results at a time, chosen with a slider: for notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets
from IPython.display import display


def browse(results: Mapping[Any, Any], what: str = "") -> widgets.Widget:
    """Return a slider over results that are there already; each shows itself as it would alone.

    Parameters
    ----------
    results : mapping of label to result
        Anything that a notebook can show: tables, figures, results of the study.
    what : str
        What the slider chooses.

    Raises
    ------
    ValueError
        There is nothing to choose from.
    """
    if not results:
        msg = "results is empty; a slider needs at least one."
        raise ValueError(msg)
    labels = [str(label) for label in results]
    shown = dict(zip(labels, results.values(), strict=True))
    slider = widgets.SelectionSlider(
        options=labels, description=what, continuous_update=False, style={"description_width": "initial"}
    )
    place = widgets.Output()

    def show(change: Mapping[str, Any]) -> None:
        place.clear_output(wait=True)
        with place:
            display(shown[change["new"]])

    slider.observe(show, names="value")
    show({"new": labels[0]})
    return widgets.VBox([slider, place])
