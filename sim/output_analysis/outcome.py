"""What one replication gives, as it is sent between processes and kept in the cache."""

from __future__ import annotations

from typing import Any

from sim.kpis import Series

Outcome = list[tuple[dict[str, float], Series, int, list[Any]]]
"""What one replication gives for each world: KPIs (at an earlier horizon as ``kpi@days``), daily series, events, and
growth by stage, centre and business."""


def packed(outcome: Outcome) -> list[Any]:
    """Return it as plain lists, for the cache."""
    return [[kpi, [[*key, values] for key, values in series.items()], *rest] for kpi, series, *rest in outcome]


def unpacked(piece: list[Any]) -> Outcome:
    """Return what `packed` made plain."""
    return [
        (kpi, {(a, b, c): values for a, b, c, values in series}, events, growth)
        for kpi, series, events, growth in piece
    ]
