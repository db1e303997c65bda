"""Connected, balanced communities around one unit, listed by branching on their border: the pricing of columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit

FREE, IN, OUT = 0, 1, 2


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def price_loads(root: int, cost: Floats, loads: Floats, lower: Floats, upper: Floats, usable: Ints) -> Floats:
    """Return prices of the balanced attributes that lift the least cost of a community around a root.

    Contiguity aside, the least of sum c_i x_i with L <= sum p_i x_i <= U is a knapsack; pricing the attributes by u
    bounds it by c_j + u p_j + sum min(0, c_i + u p_i) - sum_q max(u_q U_q, u_q L_q), which is concave in every u_q and
    raised here one attribute after the other.

    Parameters
    ----------
    root : int
    cost : ndarray, shape (units,)
        Cost of every unit in this community.
    loads, lower, upper : ndarray
        As in `Instance`.
    usable : ndarray of int, shape (units,)
        1 where a unit may join.

    Returns
    -------
    ndarray, shape (attributes,)
    """
    n, m = loads.shape
    price = np.zeros(m)
    reduced = cost.copy()
    for _ in range(4 if m > 1 else 1):
        for q in range(m):
            reduced -= price[q] * loads[:, q]
            price[q] = 0.0
            total = loads[root, q]
            for i in range(n):
                if usable[i] == 1 and i != root and reduced[i] < 0:
                    total += loads[i, q]
            if lower[q] <= total <= upper[q]:
                continue
            over = total > upper[q]
            turn = np.full(n, np.inf)
            for i in range(n):
                if usable[i] == 1 and i != root and loads[i, q] > 0 and (reduced[i] < 0) == over:
                    turn[i] = abs(reduced[i]) / loads[i, q]
            for i in np.argsort(turn):
                if turn[i] == np.inf:
                    break
                total += -loads[i, q] if over else loads[i, q]
                price[q] = turn[i] if over else -turn[i]
                if (over and total <= upper[q]) or (not over and total >= lower[q]):
                    break
            reduced += price[q] * loads[:, q]
    return price


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def floor_of(root: int, reduced: Floats, price: Floats, lower: Floats, upper: Floats, usable: Ints) -> float:
    """Return the bound that reduced costs give: no community around this root costs less.

    Parameters
    ----------
    reduced : ndarray, shape (units,)
        Cost of every unit, with its loads at their prices.
    price : ndarray, shape (attributes,)
    """
    total = reduced[root]
    for q in range(len(price)):
        if price[q] > 0:
            total -= price[q] * upper[q]
        elif price[q] < 0:
            total -= price[q] * lower[q]
    for i in range(len(reduced)):
        if usable[i] == 1 and i != root:
            total += min(0.0, reduced[i])
    return float(total)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def charge_bridges(  # noqa: PLR0912 (one ascent, compiled)
    root: int, reduced: Floats, usable: Ints, indptr: Ints, indices: Ints
) -> Floats:
    """Return reduced costs that know of contiguity: what pays only beyond dear units no longer pays as much.

    Where units of negative cost lie together, but apart from the root, at least one of the units around them must be
    in if any of them is: x_i <= sum of x_b over the border. Priced, this moves cost from the border to the units
    behind it, which lifts the floor by what is moved; no border unit falls below zero, so that nothing is lost.

    Parameters
    ----------
    reduced : ndarray, shape (units,)

    References
    ----------
    Separator inequalities: Oehrlein & Haunert, "A cutting-plane method for contiguity-constrained spatial
    aggregation", Journal of Spatial Information Science 15, 2017. Ascent: Wong, Mathematical Programming 28, 1984.
    """
    n = len(reduced)
    cost = reduced.copy()
    group, queue = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for _ in range(2 * n):
        group[:] = 0
        found = False
        for pass_ in range(n):
            # First the part that hangs together with the root, then the first negative unit outside of it.
            start = root
            if pass_ > 0:
                start = -1
                for i in range(n):
                    if group[i] == 0 and usable[i] == 1 and cost[i] < 0:
                        start = i
                        break
            if start < 0:
                break
            group[start] = pass_ + 1
            queue[0] = start
            head, tail = 0, 1
            prize = 0.0
            toll = np.inf
            while head < tail:
                here = queue[head]
                head += 1
                if here != root:
                    prize -= min(cost[here], 0.0)
                for e in range(indptr[here], indptr[here + 1]):
                    other = indices[e]
                    if usable[other] == 1 and other != root and group[other] != pass_ + 1:
                        if cost[other] <= 0:
                            group[other] = pass_ + 1
                            queue[tail] = other
                            tail += 1
                        else:
                            toll = min(toll, cost[other])
            if pass_ == 0:
                continue
            moved = min(toll, prize)
            for s in range(tail):
                for e in range(indptr[queue[s]], indptr[queue[s] + 1]):
                    other = indices[e]
                    if usable[other] == 1 and other != root and cost[other] > 0 and group[other] >= 0:
                        group[other] = -1 - group[other]
                        if moved < np.inf:
                            cost[other] = max(0.0, cost[other] - moved)
            rest = moved
            for s in range(tail):
                give = min(rest, max(0.0, -cost[queue[s]]))
                cost[queue[s]] += give
                rest -= give
            found = True
            break
        if not found:
            break
    return cost


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def leaves_room(
    state: Ints,
    loads: Floats,
    lower: Floats,
    upper: Floats,
    indptr: Ints,
    indices: Ints,
    mark: Ints,
    stamp: int,
    queue: Ints,
) -> bool:
    """Say whether every piece that a community leaves behind could be divided into whole communities by its sums."""
    n, m = loads.shape
    total = np.zeros(m)
    for start in range(n):
        if state[start] == IN or mark[start] == stamp:
            continue
        mark[start] = stamp
        queue[0] = start
        head, tail = 0, 1
        total[:] = 0.0
        while head < tail:
            here = queue[head]
            head += 1
            total += loads[here]
            for e in range(indptr[here], indptr[here + 1]):
                other = indices[e]
                if state[other] != IN and mark[other] != stamp:
                    mark[other] = stamp
                    queue[tail] = other
                    tail += 1
        least, most = 1.0, 1.0 * n
        for q in range(m):
            if 0 < upper[q] < np.inf:
                least = max(least, np.ceil(total[q] / upper[q] - 1e-9))
            if lower[q] > 0:
                most = min(most, np.floor(total[q] / lower[q] + 1e-9))
        if least > most:
            return False
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def grow(  # noqa: PLR0912, PLR0915 (one search tree, compiled)
    root: int,
    cost: Floats,
    reduced: Floats,
    floor: float,
    loads: Floats,
    lower: Floats,
    upper: Floats,
    usable: Ints,
    indptr: Ints,
    indices: Ints,
    limit: float,
    cheapest: bool,
    most: int,
    nodes: int,
    halt: Ints,
) -> tuple[NDArray[np.int8], Floats, int]:
    """List the connected, balanced communities that contain a root and cost no more than a limit.

    Every node of the tree holds units that are in, units that are out, and the rest; it branches on a free neighbour
    of what is in. Its bound is the floor plus what every decision so far costs against it: a unit in although its
    reduced cost is positive, a unit out although it is negative. Free units that cannot be reached any more are out.

    Parameters
    ----------
    root, loads, lower, upper, usable
        As in `price_loads`.
    cost, reduced : ndarray, shape (units,)
        What a unit costs, and what it costs in the bound.
    floor : float
        Bound at the root.
    indptr, indices : ndarray
        Neighbours, as in `Instance`.
    limit : float
        Largest cost.
    cheapest : bool
        Lower the limit with every community found, which leads to the cheapest.
    most, nodes : int
        Communities and nodes after which the listing gives up.
    halt : ndarray of int, shape (1,)
        The listing gives up as soon as another thread writes anything but 0 here.

    Returns
    -------
    found : ndarray of int8, shape (communities, units)
    costs : ndarray, shape (communities,)
    left : int
        Nodes not used; negative where the listing gave up and is not complete.
    """
    n, m = loads.shape
    found = np.zeros((min(most, 64), n), dtype=np.int8)
    costs = np.zeros(min(most, 64))
    count = 0
    if floor > limit:
        return found[:0], costs[:0], nodes
    slack = np.zeros(m)
    for q in range(m):
        # Running sums are rounded; what is listed is weighed anew (`roots`).
        slack[q] = 1e-12 * max(
            abs(upper[q]) if upper[q] < np.inf else 0.0, abs(lower[q]) if lower[q] > -np.inf else 0.0
        )
    state = np.zeros(n, dtype=np.int8)
    touch = np.zeros(n, dtype=np.int64)
    inside, hope = np.zeros(m), np.zeros(m)  # sums of what is in, and of what is in or may still come
    for i in range(n):
        if usable[i] == 1 or i == root:
            hope += loads[i]
        else:
            state[i] = OUT
    trail, length = np.zeros(n + 1, dtype=np.int64), 0
    # A level of the tree: the unit branched on, how many branches were taken, where its trail begins, sums and costs.
    unit_at, branch_at = np.zeros(n + 2, dtype=np.int64), np.zeros(n + 2, dtype=np.int64)
    trail_at, sums_at, cost_at = np.zeros(n + 2, dtype=np.int64), np.zeros((n + 2, 2, m)), np.zeros((n + 2, 2))
    queue, mark, stamp = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), 0
    total, bound = cost[root], floor
    state[root] = IN
    inside += loads[root]
    for e in range(indptr[root], indptr[root + 1]):
        touch[indices[e]] += 1
    depth, settle = 0, True
    while True:
        nodes -= 1
        if nodes < 0 or halt[0] != 0:
            return found[:count], costs[:count], -2 - nodes
        open_node = bound <= limit
        if open_node and settle:
            stamp += 1
            head, tail = 0, 1
            queue[0] = root
            mark[root] = stamp
            while head < tail:
                here = queue[head]
                head += 1
                for e in range(indptr[here], indptr[here + 1]):
                    other = indices[e]
                    if mark[other] != stamp and state[other] != OUT:
                        mark[other] = stamp
                        queue[tail] = other
                        tail += 1
            for i in range(n):
                if state[i] == FREE and mark[i] != stamp:
                    state[i] = OUT
                    trail[length] = i
                    length += 1
                    hope -= loads[i]
                    bound += max(0.0, -reduced[i])
            open_node = bound <= limit
        if open_node:
            for q in range(m):
                if inside[q] > upper[q] + slack[q] or hope[q] < lower[q] - slack[q]:
                    open_node = False
        if open_node:
            chosen, weight = -1, -1.0
            for i in range(n):
                if state[i] == FREE and touch[i] > 0 and abs(reduced[i]) > weight:
                    chosen, weight = i, abs(reduced[i])
            if chosen >= 0:
                depth += 1
                unit_at[depth], branch_at[depth], trail_at[depth] = chosen, 0, length
                sums_at[depth, 0], sums_at[depth, 1] = inside, hope
                cost_at[depth, 0], cost_at[depth, 1] = total, bound
            elif total <= limit:
                stamp += 1
                fits = leaves_room(state, loads, lower, upper, indptr, indices, mark, stamp, queue)
                for q in range(m):
                    if inside[q] < lower[q] - slack[q]:
                        fits = False
                if fits:
                    if count == most:
                        return found[:count], costs[:count], -2 - nodes
                    if count == len(costs):
                        more = min(2 * count, most)
                        wider, longer = np.zeros((more, n), dtype=np.int8), np.zeros(more)
                        wider[:count], longer[:count] = found, costs
                        found, costs = wider, longer
                    for i in range(n):
                        found[count, i] = 1 if state[i] == IN else 0
                    costs[count] = total
                    count += 1
                    if cheapest:
                        limit = total - 1e-12 * abs(total)
        # Undo the last branch of this level, climb where both were taken, and take the next.
        while depth > 0:
            unit = unit_at[depth]
            if branch_at[depth] > 0:
                while length > trail_at[depth]:
                    length -= 1
                    state[trail[length]] = FREE
                inside[:], hope[:] = sums_at[depth, 0], sums_at[depth, 1]
                total, bound = cost_at[depth, 0], cost_at[depth, 1]
                if state[unit] == IN:
                    state[unit] = FREE
                    for e in range(indptr[unit], indptr[unit + 1]):
                        touch[indices[e]] -= 1
            if branch_at[depth] < 2:
                break
            depth -= 1
        if depth == 0:
            return found[:count], costs[:count], nodes
        unit = unit_at[depth]
        branch_at[depth] += 1
        if (reduced[unit] < 0) == (branch_at[depth] == 1):
            state[unit], settle = IN, False
            inside += loads[unit]
            total += cost[unit]
            bound += max(0.0, reduced[unit])
            for e in range(indptr[unit], indptr[unit + 1]):
                touch[indices[e]] += 1
        else:
            state[unit], settle = OUT, True
            trail[length] = unit
            length += 1
            hope -= loads[unit]
            bound += max(0.0, -reduced[unit])
