"""What is said of a request that cannot be met: which limit, which unit, and what would do."""

from __future__ import annotations

import numpy as np

from optimize.districting.heuristic.one_start import Found
from optimize.districting.problem.instance import ROUNDING, Instance
from optimize.districting.problem.request import Request
from optimize.districting.problem.verify import check_plan, worst_excess

SLACK = 2 * ROUNDING
"""Share of the mean by which a sum may lie beside its bounds, as the check of a plan has it, and more."""


def impossible(instance: Instance) -> str:
    """Say which limit or unit arithmetic alone proves to stand in the way of every plan; empty where none does."""
    for q, name in enumerate(instance.balanced):
        least, limit, k = instance.lower[q], instance.upper[q], instance.communities
        total, slack = instance.loads[:, q].sum(), SLACK * abs(instance.mean[q])
        if least - slack > limit + slack:
            return f"no sum of {name} lies between {least:g} and {limit:g} (mean {total / k:g})"
        if (least - slack) * k > total or (limit + slack) * k < total:
            return (
                f"{number_of(instance)} of {name} {least:g} to {limit:g} cannot hold the total of {total:g} "
                f"(mean {total / k:g})"
            )
        heaviest = int(np.argmax(instance.loads[:, q]))
        load = instance.loads[heaviest, q]
        if load > limit + slack:
            return (
                f"unit {instance.names[heaviest]} alone has {name} {load:g}, above the upper bound {limit:g} "
                "of a community"
            )
        for group in instance.together:
            load = instance.loads[list(group), q].sum()
            if load > limit + slack:
                return (
                    f"the units kept together with {instance.names[group[0]]} have {name} {load:g}, above the "
                    f"upper bound {limit:g} of a community"
                )
    return ""


def least_by_arithmetic(instance: Instance) -> float:
    """Return a share of the mean by which all bounds must give way at least, whatever the map looks like."""
    mean, total = np.maximum(instance.mean, 1e-300), instance.loads.sum(axis=0)
    heaviest = instance.loads.max(axis=0)
    for group in instance.together:
        heaviest = np.maximum(heaviest, instance.loads[list(group)].sum(axis=0))
    short = [
        instance.lower - total / instance.communities,
        total / instance.communities - instance.upper,
        heaviest - instance.upper,
        (instance.lower - instance.upper) / 2,
    ]
    return max(0.0, float((np.array(short) / mean).max(initial=0.0)) - 1e-12)


def number_of(instance: Instance) -> str:
    """Return how many communities are asked for, with the noun."""
    return "1 community" if instance.communities == 1 else f"{instance.communities} communities"


def nearest_of(instance: Instance, found: Found) -> str:
    """Say what the plan nearest to the request breaks."""
    check = check_plan(instance, found.label)
    if (worst := worst_excess(instance, check.sums)) > 1e-9:
        return f"the nearest is {worst:.1%} of the mean outside"
    faults = check.faults or ("the limit on moved workload",)
    return f"the nearest breaks {len(faults)} wishes ({'; '.join(faults[:3])})"


def wishes_of(request: Request) -> str:
    """Name the wishes that the bounds must be kept along with."""
    asked = request.wishes.to_dict() | {"fix_seats": request.fix_seats, "max_moved": request.max_moved is not None}
    named = [name for name, value in asked.items() if value]
    return f" along with {', '.join(named)}" if named else ""


def limits_of(instance: Instance) -> str:
    """Return the bounds of every community as a person reads them."""
    return ", ".join(
        f"{name} {instance.lower[q]:g} to {instance.upper[q]:g}" for q, name in enumerate(instance.balanced)
    )
