"""Hand-over: which relationships a change of phase breaks, in every unit and at every outlet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from foundation.arrays import Floats, Ints
from scenarios.rules.work_areas import Ground, Layer, Site
from sim.world.duties import Outlets, Posting


@dataclass(frozen=True)
class HandOver:
    """Share of the relationships that end when one phase follows another.

    Attributes
    ----------
    units : ndarray, shape (units, businesses)
        Share of the sellers who worked a unit and no longer do.
    outlets : ndarray, shape (outlets,)
        Share of the sellers who knew an outlet and no longer support it.
    """

    units: Floats
    outlets: Floats


def hand_over(
    before: Posting,
    after: Posting,
    covers: tuple[csr_array, ...],
    next_covers: tuple[csr_array, ...],
    outlets: Outlets,
    known: csr_array,
    saves: float,
) -> HandOver:
    """Return what ends when one posting follows another; a successor who knows the area saves a part of it.

    Parameters
    ----------
    before, after : Posting
    covers, next_covers : tuple of sparse array, shape (units, sellers)
        Who has a relationship where, per business, before and after (`coverage`).
    outlets : Outlets
    known : sparse array, shape (units, sellers)
        Who knows which unit (`known_units`).
    saves : float
        Part of the loss that is spared where all successors know the area or have worked there.
    """
    before_in_any = _in_any(covers)
    met = known.maximum(before_in_any)
    units = np.stack(
        [
            _ended(old, new) * (1.0 - saves * _acquainted(new, met))
            for old, new in zip(covers, next_covers, strict=True)
        ],
        axis=1,
    )
    old, new = _supporters(before, covers, outlets), _supporters(after, next_covers, outlets)
    acquainted = _acquainted(new, old.maximum(csr_array(known[outlets.unit])))
    return HandOver(units, _ended(old, new) * (1.0 - saves * acquainted))


def known_units(layers: Mapping[str, Layer], units: int) -> csr_array:
    """Return who knows which unit, shape (units, sellers)."""
    layer = layers["known"]
    sizes = np.diff(layer.bounds)
    return _pairs(layer.order, np.repeat(np.arange(len(sizes)), sizes), (units, len(sizes)))


def coverage(
    posting: Posting, sites: Sequence[Site], layers: Mapping[str, Layer], ground: Ground, units: int
) -> tuple[csr_array, ...]:
    """Return who has a relationship to sell which business where in a phase: one array (units, sellers) per business.

    In the G-net virtual community (F13) the grid managers work the whole centre, but their relationships stay those
    of the territories they know: ten days don't make the whole centre acquainted.
    """
    inside = [
        layers["known"].units(i) if kind == "centre" else ground.units(ground.first[kind] + k)
        for i, (kind, k) in enumerate(sites)
    ]
    seller = np.repeat(np.arange(len(sites)), [len(u) for u in inside])
    unit = np.concatenate([np.zeros(0, dtype=np.int64), *inside]).astype(np.int64)
    result = []
    for business in range(posting.sells.shape[1]):
        kept = posting.sells[seller, business]
        result.append(_pairs(unit[kept], seller[kept], (units, len(sites))))
    return tuple(result)


def _supporters(posting: Posting, covers: tuple[csr_array, ...], outlets: Outlets) -> csr_array:
    """Return who knows an outlet: its grid manager, later the area's people (F4, F15); shape (outlets, sellers)."""
    shape = (len(outlets.unit), covers[0].shape[1])
    if posting.phase is None or not posting.phase.shared_channels:
        known = np.flatnonzero(outlets.seller >= 0)
        return _pairs(known, outlets.seller[known], shape)
    anybody = _in_any(covers)
    if not posting.supports.all():
        anybody = anybody.multiply(posting.supports[np.newaxis].astype(np.float64))
    return csr_array(csr_array(anybody)[outlets.unit])


def _in_any(covers: tuple[csr_array, ...]) -> csr_array:
    """Return who has a relationship in any business, shape (units, sellers)."""
    return reduce(lambda one, other: one.maximum(other), covers)


def _pairs(rows: Ints, columns: Ints, shape: tuple[int, int]) -> csr_array:
    result = csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    result.data[:] = 1.0
    return result


def _acquainted(new: csr_array, met: csr_array) -> NDArray[np.float64]:
    """Return for each row the share of the new entries that have met it before; 0 where there are none."""
    count = np.asarray(new.sum(axis=1)).ravel()
    met_before: NDArray[np.float64] = np.asarray(new.multiply(met).sum(axis=1)).ravel()
    return np.asarray(met_before / np.maximum(count, 1), dtype=np.float64)


def _ended(old: csr_array, new: csr_array) -> NDArray[np.float64]:
    """Return for each row the share of the old entries that the new array no longer has; 0 where there were none."""
    had = np.asarray(old.sum(axis=1)).ravel()
    kept = np.asarray(old.multiply(new).sum(axis=1)).ravel()
    return np.where(had > 0, 1 - kept / np.maximum(had, 1), 0.0)
