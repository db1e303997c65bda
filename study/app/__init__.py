"""The dashboard: scenario, timeline and weights at one's finger tips, for people who do not code."""

from __future__ import annotations

from typing import Any


def show() -> Any:
    """Return the dashboard of the deck that the environment names; the notebook that is served calls nothing else."""
    from study.app.choices import read_deck  # noqa: PLC0415 - so that the packages load once a page is asked for
    from study.app.dashboard import Dashboard  # noqa: PLC0415 - widgets are an optional extra

    return Dashboard(read_deck()).view
