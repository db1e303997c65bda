"""Attainment of several scenarios as one table: by stage, business and centre."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sim import Replications
from sim.output_analysis.attainment import COLUMNS


def attainment_of(results: Mapping[str, Replications]) -> pd.DataFrame:
    """Return ``scenario`` and the columns of `sim.output_analysis.attainment`; empty where nothing has targets."""
    tables = {name: result.attainment() for name, result in results.items()}
    parts = [table.assign(scenario=name) for name, table in tables.items() if len(table)]
    columns = ["scenario", *COLUMNS]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
