"""Community boundaries: one request in, a verified plan with its bound out."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from foundation.parallel import Task, spread
from optimize.districting.certificate import certificate
from optimize.districting.community_counts import choose_shares
from optimize.districting.community_names import name_communities
from optimize.districting.distrust import FalseProofWarning
from optimize.districting.problem.instance import DEFAULT_BALANCE, ROUNDING
from optimize.districting.problem.limits import limits, used_up_to
from optimize.districting.problem.request import Request, checked
from optimize.districting.problem.side_constraints import Wishes, without_borders
from optimize.districting.problem.sizes import shares_by_name
from optimize.districting.problem.tasks import Task as Part
from optimize.districting.problem.tasks import tasks_of
from optimize.districting.prove import Solved
from optimize.districting.result import PartitionResult
from optimize.districting.solve_part import current_plan_of, instance_of_part, key_of_part, solve_part
from scenarios import Territory


def partition(
    territory: Territory,
    communities: int | Mapping[str, int],
    *,
    objective: Literal["moment", "distance", "radius", "cut-edges"] = "moment",
    weight: str | None = None,
    balance: Mapping[str, float] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    within: str | None = None,
    current: str | None = None,
    max_moved: float | None = None,
    fix_seats: Sequence[str] = (),
    keep_together: Sequence[Sequence[str]] = (),
    keep_apart: Sequence[tuple[str, str]] = (),
    lock: Sequence[str] = (),
    max_radius: float | None = None,
    forbid: Sequence[tuple[str, str]] = (),
    sizes: Mapping[str, float] | None = None,
    splits: Mapping[str, int] | None = None,
    time_limit: float | None = None,
    work_limit: float | None = None,
    solver: str = "highs",
    effort: Literal["quick", "normal", "thorough"] = "normal",
    seed: int = 1,
    jobs: int = 1,
) -> PartitionResult:
    """Divide a territory into connected, balanced communities.

    Parameters
    ----------
    territory : Territory
    communities : int or mapping
        How many; with ``within`` also group -> how many (a plain number is shared out by the first balanced attribute).
    objective : {"moment", "distance", "radius", "cut-edges"}
        What is minimised: weight by squared distance from the seat, or by distance; the largest distance from a seat,
        and of plans that are equal in it weight by distance; or adjacencies that are cut.
    weight : str, optional
        Attribute that distances are weighted by. Default: the first balanced attribute.
    balance : mapping of attribute to tolerance, optional
        Each community's sum lies within ± tolerance [share] of the mean. Default, without bounds: population 0.05.
    bounds : mapping of attribute to (low, high), optional
    within : str, optional
        Column whose groups no community crosses; each group is solved, and balanced, on its own.
    current : str, optional
        Column with today's communities: new ones take over the names they resemble most, moves are listed.
    max_moved : float, optional
        Largest share of the weight that may change community; needs ``current`` with as many communities.
    fix_seats : sequence of str
        Units that must be seats.
    keep_together : sequence of sequences of str
        Units of each group end in one community; a group must hang together by itself.
    keep_apart : sequence of pairs of str
        Units that must not share a community.
    lock : sequence of str
        Communities of ``current`` that stay as they are, whatever their sums; the rest is divided around them.
    max_radius : float, optional
        Largest distance of a unit from its seat [km].
    forbid : sequence of pairs of str
        Adjacencies that no community may use, such as a river without a bridge; they don't count as cut, either.
    sizes : mapping of community to share, optional
        Communities of a size of their own: the share of its group's sums that each is to have, within the tolerance of
        balance; the others share the rest alike. The name is that of the result, with ``within`` one of ``current``; it
        says how large the community is, not where it lies.
    splits : mapping of column to int, optional
        At most so many splits of the groups of a column, such as towns: a group whose units lie in two communities is
        split once, in three twice; a unit without a group counts for none. With ``within``, in each of its groups.
    time_limit : float, optional
        Safety stop [s] for each group; what it cuts short is named in ``clock_bound``, since another machine may then
        give another plan. Default: so late that only a machine in trouble meets it. Given alone, a longer one allows
        more work.
    work_limit : float, optional
        Units of deterministic work for each group, about seconds of one quiet core; default 100. It bounds search and
        proof the same way on every machine, whatever its load. What is given is used, unless a proof ends the search or
        the effort is quick; what is not given is used up by a thorough effort only.
    solver : {"highs", "cbc"}
    effort : {"quick", "normal", "thorough"}
        Length of the search, in moves; the result follows from it, the seed and the work limit.
    seed : int
    jobs : int
        Groups solved side by side, and starts of the search where there is one group; the result does not depend on it.

    Returns
    -------
    PartitionResult
        Verified by graph search and arithmetic.

    Raises
    ------
    InputError
        The request cannot be understood; every problem at once.
    InfeasibleError
        It is proven that no plan meets the request.
    LimitError
        None was found and none was proven impossible; the message says how near the search came.

    Warns
    -----
    FalseProofWarning
        A plan contradicts a proof: a defect of the program. The result then claims no proof.

    Examples
    --------
    >>> from scenarios import load_territory
    >>> plan = partition(load_territory("model_city"), 8, balance={"population": 0.1}, effort="quick")
    >>> plan.proof, plan.contiguous
    ('feasible', True)
    """
    started = time.perf_counter()
    if not balance and not bounds:
        balance = DEFAULT_BALANCE
    wishes = Wishes(
        tuple(tuple(map(str, group)) for group in keep_together),
        tuple((str(a), str(b)) for a, b in keep_apart),
        tuple(map(str, lock)),
        max_radius,
        tuple((str(a), str(b)) for a, b in forbid),
        {str(name): most for name, most in (splits or {}).items()},
    )
    territory = without_borders(territory, wishes.forbid)
    request = checked(
        Request(
            communities,
            objective,
            weight,
            dict(balance or {}),
            dict(bounds or {}),
            within,
            current,
            max_moved,
            tuple(fix_seats),
            *limits(time_limit, work_limit),
            solver,
            effort,
            seed,
            wishes,
            {str(name): float(share) for name, share in (sizes or {}).items()},
            used_up_to(time_limit, work_limit, effort),
        ),
        territory,
    )
    tasks = tasks_of(request, territory)
    threads = max(jobs // len(tasks), 1)
    parts = spread(
        solve_part,
        (request, threads),
        [Task(task, f"the communities of {task.name or territory.name}", key_of_part(request, task)) for task in tasks],
        jobs=min(jobs, len(tasks)),
        pack=vars,
        unpack=lambda piece: Solved(**piece),
    )
    solved = choose_shares(list(zip(tasks, parts, strict=True)), widest=objective == "radius")
    for _, part in solved:
        if part.doubt:
            warnings.warn(f"a proof is contradicted, and withdrawn: {part.doubt}", FalseProofWarning, stacklevel=2)
    return _assemble(territory, request, solved, time.perf_counter() - started)


def _assemble(
    territory: Territory, request: Request, solved: Sequence[tuple[Part, Solved]], seconds: float
) -> PartitionResult:
    """Name the communities and put the tasks together; the bounds of independent tasks add up."""
    parts = []
    seats: dict[str, str] = {}
    for task, part in solved:
        piece = task.piece
        names = name_communities(piece, request, task.name, part.label, tuple(task.sizes))
        # A community of today may lie in two groups; both may resemble it, and only one may keep its name.
        names = [f"{name} ({task.name})" if name in seats else name for name in names]
        parts.append(pd.Series([names[k] for k in part.label], index=piece.units.index))
        seats |= {names[k]: piece.unit_ids[seat] for k, seat in enumerate(part.seats)}
    assignment = pd.concat(parts).reindex(territory.units.index)
    _check_whole(territory, assignment, sum(len(part.seats) for _, part in solved))
    value, bound, optimal = _together(territory, request, solved, assignment)
    balanced = tuple(dict.fromkeys([*request.balance, *request.bounds]))
    return PartitionResult(
        territory=territory,
        assignment=assignment.astype(str),
        seats=seats,
        objective=request.objective,
        value=float(value),
        bound=None if bound is None else float(min(bound, value)),
        proof="optimal" if optimal else "feasible",
        seconds=seconds,
        worst_deviation=worst_deviations(territory, request, assignment.astype(str), balanced),
        weight=request.weight or balanced[0],
        balanced=balanced,
        within=request.within,
        current=request.current,
        seed=request.seed,
        request=request.to_dict(),
        certificates=tuple(
            certificate(
                task.name,
                instance_of_part(request, task),
                part,
                current_plan_of(task.piece, request),
                task.piece_number,
            )
            for task, part in solved
            if task.locked is None
        ),
        contradictions=tuple(part.doubt for _, part in solved if part.doubt),
        work=sum(part.work for _, part in solved),
        course={task.name: [(round(w, 6), v) for w, v in part.course] for task, part in solved if part.course},
        clock_bound=tuple(
            f"{task.name}: {what}" if task.name else what for task, p in solved for what in p.clock_bound
        ),
        tie=_tie([part.tie for _, part in solved if part.tie is not None]) if request.objective == "radius" else None,
    )


def _together(
    territory: Territory, request: Request, solved: Sequence[tuple[Part, Solved]], assignment: pd.Series[Any]
) -> tuple[float, float | None, bool]:
    """Return value and bound of all tasks together, and whether the plan is proven optimal."""
    value = sum(part.value for _, part in solved)
    known = [part.bound for _, part in solved if part.bound is not None]
    bound = sum(known) if len(known) == len(solved) else None
    optimal = all(part.optimal for _, part in solved)
    if request.objective == "radius":  # the largest of all; what bounds one of them bounds that
        value, bound = max(part.value for _, part in solved), max(known, default=None)
        optimal = bound is not None and bound >= value * (1 - ROUNDING)
    if len(solved) > 1 and request.objective == "cut-edges":
        edges, label = territory.edge_positions, assignment.to_numpy()
        task_of = pd.concat([pd.Series(n, index=task.piece.units.index) for n, (task, _) in enumerate(solved)])
        task_at = task_of.reindex(territory.units.index).to_numpy()
        across = int((task_at[edges[:, 0]] != task_at[edges[:, 1]]).sum())
        value = float((label[edges[:, 0]] != label[edges[:, 1]]).sum())
        bound = None if bound is None else bound + across
    return value, bound, optimal


def _tie(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the sum of distances of all parts, by which plans of the same radius are told apart."""
    known = all(part["bound"] is not None for part in parts)
    return {
        "objective": "distance",
        "value": float(sum(part["value"] for part in parts)),
        "bound": float(sum(part["bound"] for part in parts)) if known else None,
        "proof": "optimal" if all(part["optimal"] for part in parts) else "feasible",
    }


def _check_whole(territory: Territory, assignment: pd.Series[Any], communities: int) -> None:
    """Refuse to hand over a plan whose communities are not as many, or not as connected, as those of its groups."""
    code, names = pd.factorize(assignment)
    edges = territory.edge_positions
    kept = edges[code[edges[:, 0]] == code[edges[:, 1]]]
    links = csr_array((np.ones(len(kept)), (kept[:, 0], kept[:, 1])), shape=(len(territory), len(territory)))
    pieces = connected_components(links, directed=False)[0]
    if len(names) != communities or pieces != communities:
        msg = f"the plan has {len(names)} communities in {pieces} pieces; {communities} connected ones were found."
        raise AssertionError(msg)


def worst_deviations(
    territory: Territory, request: Request, assignment: pd.Series[Any], balanced: tuple[str, ...]
) -> dict[str, float]:
    """Return attribute -> largest deviation of a community's sum from what it is to have [share].

    That is the mean of its group's communities, or the size that is asked for.
    """
    within = request.within
    groups = territory.units[within].astype(str) if within else pd.Series("", index=assignment.index)
    shares = shares_by_name(request, territory, assignment.astype(str), groups) if request.sizes else None
    worst = {}
    for name in balanced:
        sums = pd.Series(territory.attribute(name), index=assignment.index).groupby([groups, assignment]).sum()
        mean = sums.groupby(level=0).transform("mean")
        if shares is not None:
            mean = sums.groupby(level=0).transform("sum") * shares.reindex(sums.index.get_level_values(1)).to_numpy()
        worst[name] = float((sums / mean - 1).abs().max()) if (mean > 0).all() else 0.0
    return worst
