"""How yearly and monthly rates become daily ones."""

from __future__ import annotations

DAYS_PER_YEAR = 365.0
MONTHS_PER_YEAR = 12.0
ALMOST_ALL = 1 - 1e-12
"""Largest yearly share of leavers whose daily rate is finite."""
