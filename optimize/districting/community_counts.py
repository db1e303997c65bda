"""How many communities each piece gets that locked ones leave: every number that sums allow is tried, the best kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from foundation.messages import Message
from optimize.districting.problem.tasks import Task
from optimize.districting.prove import Solved
from scenarios import InfeasibleError, LimitError


def choose_shares(solved: Sequence[tuple[Task, Solved]], *, widest: bool = False) -> list[tuple[Task, Solved]]:
    """Return one solved task for every piece: the numbers of communities of least value together.

    Parameters
    ----------
    solved : sequence of (Task, Solved)
        In order; of a piece one for each number of communities that it was tried with.
    widest : bool
        The value of all is the largest of theirs, not their sum.

    Raises
    ------
    InfeasibleError
        Whatever the numbers, a piece has no plan.
    LimitError
        The same, but not for every number proven.
    """
    chosen = [one for one in solved if one[0].piece_number is None]
    for group in dict.fromkeys(task.group for task, _ in solved if task.piece_number is not None):
        chosen.extend(
            _best(group, [one for one in solved if one[0].group == group and one[0].piece_number is not None], widest)
        )
    return chosen


def _best(group: str, tried: list[tuple[Task, Solved]], widest: bool) -> list[tuple[Task, Solved]]:
    left, complete = tried[0][0].shared_by_all, tried[0][0].complete
    pieces = [
        {task.communities: (task, part) for task, part in tried if task.piece_number == number}
        for number in dict.fromkeys(task.piece_number for task, _ in tried)
    ]
    bounds = [{k: -math.inf if part.bound is None else part.bound for k, (_, part) in p.items()} for p in pieces]
    bound, _ = _cheapest(bounds, left, widest)
    value, shares = _cheapest([{k: part.value for k, (_, part) in p.items()} for p in pieces], left, widest)
    if not shares:
        refused = next((_refusal(*one) for p in pieces for one in p.values() if one[1].refusal), "")
        where = Message("{group}: ", group=group) if group else ""
        if complete and math.isinf(bound) and bound > 0:
            none = Message(
                "{where}however {count} communities are shared among the pieces that locks leave, one has no plan. "
                "{refused}",
                where=where,
                count=left,
                refused=refused,
            )
            raise InfeasibleError(none)
        msg = Message(
            "{where}no way was found to share {count} communities among the pieces that locks leave. {refused}",
            where=where,
            count=left,
            refused=refused,
        )
        raise LimitError(msg)
    chosen = [p[k] for p, k in zip(pieces, shares, strict=True)]
    if not complete or math.isinf(bound):
        return [(task, replace(part, bound=None, optimal=False)) for task, part in chosen]
    if widest:
        closed = bound >= value * (1 - 1e-9)
        own = [bound if part.bound is None else min(bound, part.bound) for _, part in chosen]
        return [
            (task, replace(part, bound=least, optimal=closed and part.optimal))
            for (task, part), least in zip(chosen, own, strict=True)
        ]
    gap, closed = max(value - bound, 0.0), bound >= value * (1 - 1e-9)
    (task, first), others = chosen[0], [(task, replace(part, bound=part.value)) for task, part in chosen[1:]]
    done = closed and first.optimal
    return [
        (task, replace(first, bound=first.value - gap, optimal=done)),
        *((t, replace(part, optimal=part.optimal and closed)) for t, part in others),
    ]


def _refusal(task: Task, part: Solved) -> str:
    """Return why a piece has no plan with a number of communities, and what that is said of."""
    first, more = task.piece.unit_ids[0], len(task.piece) - 1
    units = Message("{unit} and {count} {count:more unit|more units}", unit=first, count=more) if more else first
    return Message(
        "The piece of {units} as {count} {count:community|communities}: {reason} That is said of this piece and this "
        "number alone.",
        units=units,
        count=task.communities,
        reason=part.refusal,
    )


def _cheapest(costs: Sequence[dict[int, float]], left: int, widest: bool) -> tuple[float, list[int]]:
    """Return the least sum (or largest) of costs with which the numbers add up, and these; none: it is infinite."""
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}
    for piece in costs:
        more: dict[int, tuple[float, list[int]]] = {}
        for used, (cost, shares) in best.items():
            for k, own in piece.items():
                total = max(cost, own) if widest else cost + own
                if own < math.inf and total < more.get(used + k, (math.inf, []))[0]:
                    more[used + k] = (total, [*shares, k])
        best = more
    return best.get(left, (math.inf, []))
