"""Postings: what every seller does in a phase, where, and who answers which outlet (F3, F4, F10-F16)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from foundation.arrays import Floats, Ints
from scenarios import Scenario
from scenarios.rules.businesses import owned
from scenarios.rules.work_areas import Ground, Layer, Site, membership
from scenarios.schema.appraisal import KpiWeights
from scenarios.schema.organisation import Phase

NOBODY = -1

WORKS = ("channel", "retention", "arrears")
"""Works beside selling that share the free time."""


@dataclass(frozen=True)
class Outlets:
    """The independent outlets, sorted by id; shapes (outlets,)."""

    ids: tuple[str, ...]
    unit: Ints
    centre: Ints
    seller: Ints
    """Grid manager who supports the outlet before the merger; NOBODY for none."""
    sales_per_day: Floats


@dataclass(frozen=True, slots=True)
class Duty:
    """One seller's duty in a phase.

    Attributes
    ----------
    patch : int
        Work area, a patch of the ground.
    area : float [km2]
        Part of the work area that falls to him.
    both : bool
        Sells and keeps both businesses.
    course : bool
        Courses are held.
    inbox : int
        Where requests of outlets wait for him.
    """

    patch: int
    area: float
    both: bool
    course: bool
    inbox: int


@dataclass(frozen=True)
class Posting:
    """The duties of a phase.

    Attributes
    ----------
    phase : Phase or None
        None before the merger.
    duties : tuple of Duty
        One per seller.
    patch, area : ndarray, shape (sellers,)
    sells : ndarray of bool, shape (sellers, businesses)
    course : ndarray of bool, shape (sellers,)
        A course is held for him.
    supports : ndarray of bool, shape (sellers,)
        Outlets of his area are in his care, too.
    parts : ndarray, shape (target stages + 1, sellers, works)
        Parts of the free time, of 1, for each of `WORKS`; first: before the first stage. The rest is for selling.
    mixed : bool
        Teams learn from each other (F15).
    care : ndarray
        Outlets cared for by seller 0, then by seller 1, ...: seller i has ``care[care_from[i]:care_from[i + 1]]``.
    care_from : ndarray, shape (sellers + 1,)
    first_line : tuple of int
        For each outlet the inbox its requests go to, or NOBODY.
    """

    phase: Phase | None
    duties: tuple[Duty, ...]
    patch: Ints
    area: Floats
    sells: NDArray[np.bool_]
    course: NDArray[np.bool_]
    supports: NDArray[np.bool_]
    parts: Floats
    mixed: bool
    care: Ints
    care_from: Ints
    first_line: tuple[int, ...]


def post(
    scenario: Scenario,
    phase: Phase | None,
    sites: Sequence[Site],
    is_cm: NDArray[np.bool_],
    trained: NDArray[np.bool_],
    *,
    layers: Mapping[str, Layer],
    ground: Ground,
    outlets: Outlets,
) -> Posting:
    """Return the duties of a phase.

    Parameters
    ----------
    phase : Phase or None
        None before the merger: each force does its own (F3, F4).
    sites : sequence
        Layer and patch of every seller.
    is_cm, trained : ndarray of bool, shape (sellers,)
        Who is a community manager; who is trained in the business that is new to him. Who is not sells and keeps his
        own business alone, and a community manager who is not leaves the outlets to the others.
    layers, ground
        The ways of laying work areas over the territory.
    outlets : Outlets
    """
    full_service = phase is not None and phase.both_businesses
    both = trained & full_service
    shared = phase is not None and phase.shared_channels
    mates = Counter(sites)
    patch = np.array([ground.first[kind] + k for kind, k in sites], dtype=np.int64)
    area = np.array([layers[kind].area[k] / mates[kind, k] for kind, k in sites], dtype=np.float64)
    sells = (owned(scenario)[np.where(is_cm, 0, 1)] > 0) | both[:, np.newaxis]
    course = trained & (phase is not None and phase.training)
    supports = ~is_cm | (trained & shared)
    duties, care, parts = [], [], []
    free = _free_time(scenario)
    for i, (kind, _) in enumerate(sites):
        team = shared or kind == "centre"
        if team:
            inside = ground.units(int(patch[i]))
            own = np.flatnonzero(np.isin(outlets.unit, inside))
        else:
            own = np.flatnonzero(outlets.seller == i)
        if not supports[i]:
            own = own[:0]
        inbox = int(patch[i]) if team else len(ground.area) + i
        duties.append(Duty(int(patch[i]), float(area[i]), bool(both[i]), bool(course[i]), inbox))
        parts.append(free[len(own) > 0, bool(full_service or is_cm[i])])
        care.append(own)
    sizes = [len(own) for own in care]
    return Posting(
        phase,
        tuple(duties),
        patch,
        area,
        sells,
        course,
        supports,
        np.array(parts, dtype=np.float64)
        .reshape(len(sites), len(scenario.target_stages) + 1, len(WORKS))
        .swapaxes(0, 1),
        phase is not None and phase.mixed_teams,
        np.concatenate([np.zeros(0, dtype=np.int64), *care]).astype(np.int64),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        _first_line(phase, layers, ground, outlets),
    )


def _free_time(scenario: Scenario) -> dict[tuple[bool, bool], list[list[float]]]:
    """Return the parts of the free time by whether a seller has outlets and keeps customers, stage by stage."""
    appraisals = [KpiWeights(), *(stage.kpis for stage in scenario.target_stages)]
    found = {}
    for outlets, retains in product((False, True), repeat=2):
        parts = [scenario.effort.parts(kpis, outlets=outlets, retains=retains) for kpis in appraisals]
        found[outlets, retains] = [[part[work] for work in WORKS] for part in parts]
    return found


def _first_line(phase: Phase | None, layers: Mapping[str, Layer], ground: Ground, outlets: Outlets) -> tuple[int, ...]:
    """Return whose inbox a request goes to: the own seller's, the virtual community's, or the area's team (F13)."""
    if not outlets.ids:
        return ()
    if phase is not None and (phase.shared_channels or phase.organisation == "virtual_community"):
        kind = phase.communities if phase.shared_channels else "centre"
        member = membership(layers[kind], int(layers[kind].bounds[-1]))
        return tuple((ground.first[kind] + member[outlets.unit]).tolist())
    return tuple(NOBODY if s < 0 else len(ground.area) + s for s in outlets.seller.tolist())
