"""What is said of a request that cannot be met: which limit, which unit, and what would do."""

from __future__ import annotations

import numpy as np

from optimize.instance import Instance
from optimize.request import Request
from optimize.search.heuristic import Found
from optimize.verify import check_plan
from scenarios import InfeasibleError


def refuse_impossible(instance: Instance, where: str) -> None:
    """Refuse what arithmetic alone proves impossible, and say which relaxation would help."""
    for q, name in enumerate(instance.balanced):
        limit, mean = instance.upper[q], instance.mean[q]
        total = instance.loads[:, q].sum()
        low, high = instance.lower[q] * instance.communities, limit * instance.communities
        if low > total * (1 + 1e-12) or high < total * (1 - 1e-12) or instance.lower[q] > limit:
            msg = (
                f"{where}{number_of(instance)} of {name} {instance.lower[q]:g} to {limit:g} cannot hold "
                f"the total of {total:g} (mean {total / instance.communities:g}). Move the bounds around the mean."
            )
            raise InfeasibleError(msg)
        heaviest = int(np.argmax(instance.loads[:, q]))
        load = instance.loads[heaviest, q]
        if load > limit * (1 + 1e-12):
            msg = (
                f"{where}unit {instance.names[heaviest]} alone has {name} {load:g}, above the upper bound {limit:g} "
                f"of a community. A tolerance of at least {load / mean - 1:.4f} or fewer communities would admit it."
            )
            raise InfeasibleError(msg)
        for group in instance.together:
            load = instance.loads[list(group), q].sum()
            if load > limit * (1 + 1e-12):
                msg = (
                    f"{where}the units kept together with {instance.names[group[0]]} have {name} {load:g}, above the "
                    f"upper bound {limit:g} of a community. Split the group, or allow at least {load / mean - 1:.4f}."
                )
                raise InfeasibleError(msg)


def number_of(instance: Instance) -> str:
    """Return how many communities are asked for, with the noun."""
    return "1 community" if instance.communities == 1 else f"{instance.communities} communities"


def nearest_of(instance: Instance, found: Found) -> str:
    """Say what the plan nearest to the request breaks."""
    if found.worst > 1e-9:
        return f"the nearest is {found.worst:.1%} of the mean outside"
    faults = check_plan(instance, found.label).faults or ("the limit on moved workload",)
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
