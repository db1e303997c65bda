"""What is said of a request that cannot be met: which limit, which unit, and what would do."""

from __future__ import annotations

import numpy as np

from foundation.messages import Joined, Message
from optimize.districting.heuristic.one_start import Found
from optimize.districting.problem.instance import ROUNDING, Instance
from optimize.districting.problem.request import Request
from optimize.districting.problem.verify import check_plan, worst_excess
from scenarios import LimitError

SLACK = 2 * ROUNDING
"""Share of the mean by which a sum may lie beside its bounds, as the check of a plan has it, and more."""


def impossible(instance: Instance) -> str:
    """Say which limit or unit arithmetic alone proves to stand in the way of every plan; empty where none does."""
    for q, name in enumerate(instance.balanced):
        least, limit, k = instance.lower[q], instance.upper[q], instance.communities
        total, slack = instance.loads[:, q].sum(), SLACK * abs(instance.mean[q])
        if least - slack > limit + slack:
            return Message(
                "no sum of {name} lies between {least:g} and {limit:g} (mean {mean:g})",
                name=name,
                least=least,
                limit=limit,
                mean=total / k,
            )
        if (least - slack) * k > total or (limit + slack) * k < total:
            return Message(
                "{number} of {name} {least:g} to {limit:g} cannot hold the total of {total:g} (mean {mean:g})",
                number=number_of(instance),
                name=name,
                least=least,
                limit=limit,
                total=total,
                mean=total / k,
            )
        heaviest = int(np.argmax(instance.loads[:, q]))
        load = instance.loads[heaviest, q]
        if load > limit + slack:
            return Message(
                "unit {unit} alone has {name} {load:g}, above the upper bound {limit:g} of a community",
                unit=instance.names[heaviest],
                name=name,
                load=load,
                limit=limit,
            )
        for group in instance.together:
            load = instance.loads[list(group), q].sum()
            if load > limit + slack:
                return Message(
                    "the units kept together with {unit} have {name} {load:g}, above the upper bound {limit:g} "
                    "of a community",
                    unit=instance.names[group[0]],
                    name=name,
                    load=load,
                    limit=limit,
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
    return Message("{count} {count:community|communities}", count=instance.communities)


def nearest_of(instance: Instance, found: Found) -> str:
    """Say what the plan nearest to the request breaks."""
    check = check_plan(instance, found.label)
    if (worst := worst_excess(instance, check.sums)) > 1e-9:
        return Message("the nearest is {worst:.1%} of the mean outside", worst=worst)
    faults = check.faults or (Message("the limit on moved workload"),)
    return Message(
        "the nearest breaks {count} {count:wish|wishes} ({faults})", count=len(faults), faults=Joined(faults[:3], "; ")
    )


def no_plan_found(instance: Instance, found: Found, request: Request, where: str, fewest: str = "") -> LimitError:
    """Return the error of a request for which no plan was found, and none was proven impossible.

    Parameters
    ----------
    where : str
        The group of units.
    fewest : str
        With how many splits there is a plan.
    """
    return LimitError(
        Message(
            "{where}no plan of {number} within {kept} was found, and none was proven impossible; {nearest}. Widen the "
            "tolerance, lower the number of communities, or give more time with a higher effort.{fewest}",
            where=where,
            number=number_of(instance),
            kept=kept_of(instance, request),
            nearest=nearest_of(instance, found),
            fewest=fewest,
        )
    )


def kept_of(instance: Instance, request: Request) -> str:
    """Return the bounds of every community, and the wishes that they must be kept along with."""
    limits = Joined(
        Message("{name} {least:g} to {most:g}", name=name, least=instance.lower[q], most=instance.upper[q])
        for q, name in enumerate(instance.balanced)
    )
    asked = request.wishes.to_dict() | {"fix_seats": request.fix_seats, "max_moved": request.max_moved is not None}
    named = [name for name, value in asked.items() if value]
    return Message("{limits} along with {wishes}", limits=limits, wishes=Joined(named)) if named else limits


def place_of(within: str | None, name: str) -> str:
    """Return the group that something is said of, as it stands before it; empty where everything is one group."""
    if not within:
        return ""
    if within == "centre":
        return Message("centre {name}: ", name=name)
    if within == "redrawn":
        return Message("redrawn {name}: ", name=name)
    return Message("{within} {name}: ", within=within, name=name)
