"""Bounds of the communities' sums as rows: no solver's tolerance may rule out what a plan's check accepts."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats
from optimize.districting.problem.instance import ROUNDING, Instance

MOST_WHOLE = 1e6
"""Mean up to which rows of whole numbers stay as they are: a solver tells one from the next by far."""

GRAIN = 1e-6 / ROUNDING
"""A mean in all other rows, so that a solver's absolute tolerance of a millionth is the relative one of the check."""

WIDER = 2.0
"""Times the slack of the check: what it accepts keeps the rows whatever a solver makes of their last digits."""


def rows_of(instance: Instance) -> tuple[Floats, Floats, Floats]:
    """Return loads and bounds in the units of a model's rows: shapes (units, attributes) and (attributes,) twice.

    The rows admit a little more than the check of a plan does, never less; a solver's plan that lies in between has to
    be found out by that check. Whole numbers stay whole, and their bounds become whole.
    """
    loads, mean = instance.loads, instance.mean
    slack = WIDER * ROUNDING * np.abs(mean)
    lower, upper = instance.lower - slack, instance.upper + slack
    whole = np.all(loads == np.rint(loads), axis=0)
    lower, upper = np.where(whole, np.ceil(lower), lower), np.where(whole, np.floor(upper), upper)
    unit = np.where((whole & (mean <= MOST_WHOLE)) | (mean <= 0), 1.0, mean / GRAIN)
    return loads / unit, lower / unit, upper / unit
