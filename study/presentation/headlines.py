"""Which KPIs are shown where, in order; the files of a result hold all."""

from __future__ import annotations

HEADLINES = (
    "contribution",
    "sales",
    "sales.fixed",
    "sales.mobile",
    "channel_sales",
    "revenue",
    "churned",
    "arrears_recovered",
    "support_wait_hours",
    "support_within_sla",
    "hall_refused",
    "skill",
    "dip_depth",
    "dip_days",
    "break_even_date",
    "synergy",
)
"""Comparisons in the report and the workbook."""

ON_SCREEN = ("contribution", "sales", "revenue", "churned", "dip_depth", "dip_days", "synergy")
"""A comparison on a terminal."""

IN_WHAT_IFS = ("sales", "contribution", "churned", "skill", "competent", "dip_depth", "dip_days", "synergy", "revenue")
"""Points of a what-if and what they are fitted by."""

AT_ENDS = ("contribution", "sales", "dip_depth", "synergy")
"""Ends of an assumption: what the merger earns and sells, how deep it dips, whether one and one are more than two."""

OF_MEASURES = ("contribution", "sales", "dip_depth", "synergy")
"""What a measure of the plan is worth."""

IN_SENSITIVITY = ("contribution", "sales", "dip_depth")
"""The sensitivity table of the report."""

AT_HORIZONS = ("contribution", "sales", "dip_depth", "dip_days", "synergy", "hall_refused")
"""Told at every horizon, before the attainment of each stage and business."""

OF_CANDIDATES = ("contribution", "sales", "dip_depth", "dip_days", "travel_hours", "attainment_spread")
"""Candidates of a recommendation, beside the KPI that is judged by."""

IN_THE_APP = ("contribution", "sales.fixed", "sales.mobile", "churned", "skill", "dip_depth", "dip_days", "synergy")
"""A choice in the dashboard."""
