"""A territory as data: basic units, who is whose neighbour, and the outlets, halls and sellers in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from foundation.errors import InputError, Problem
from foundation.messages import Joined, Message
from foundation.plurals import counted
from scenarios.territory.account import Entry
from scenarios.territory.maps.distances import Distances

if TYPE_CHECKING:
    import geopandas as gpd

MANY = 8
"""How many offending ids a message names before it says how many more there are."""


@dataclass(frozen=True)
class Provenance:
    """Where a territory comes from, and what in it was not measured.

    Attributes
    ----------
    path : str
        The folder or file it was read from, or ``""``.
    sha256 : str
        Digest of the input files' content.
    synthetic : bool
        True when the whole territory is made up (the embedded city and every generated one).
    generated : tuple of str
        Tables and columns that were missing and made from the scenario's rates, e.g. ``"outlets"``.
    bridges : tuple of (str, str)
        Adjacencies added by ``--bridge nearest``.
    notes : tuple of str
        Warnings a reader of any result must see.
    seed : int or None
        Seed of a generated territory.
    account : tuple of Entry
        What became of every column, sheet and table of the input: read, not read, derived or generated.
    cells : bool
        True when the polygons are cells around points, drawn for the map.
    """

    path: str = ""
    sha256: str = ""
    synthetic: bool = False
    generated: tuple[str, ...] = ()
    bridges: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    seed: int | None = None
    account: tuple[Entry, ...] = ()
    cells: bool = False


@dataclass(frozen=True)
class TerritoryData:
    """A service area as typed, checked, frozen data.

    Attributes
    ----------
    name : str
        What reports call it.
    units : DataFrame, one row per basic unit
        Index ``unit_id`` (text, unique, sorted). Columns ``x``, ``y`` [km, planar]; where known
        ``name``, ``centre``, ``community`` (text) and any numeric attributes (``population`` [persons],
        ``households``, ``income``, ``enterprises``, ``fixed_subscribers``, ``mobile_subscribers``,
        ``area_km2`` ...). A missing number is NaN and is refused only when it is used.
    edges : DataFrame, one row per adjacency
        ``a``, ``b``: unit ids with a < b, unique, sorted; extra columns kept (``shared_border_km``).
    geometry : GeoSeries or None
        Polygons in a projected CRS [m], indexed like ``units``.
    outlets : DataFrame or None
        ``outlet_id, name, unit_id, x, y, seller_id, mobile_sales_per_month`` (seller_id: the grid
        manager who supports it today, may be empty).
    halls : DataFrame or None
        ``hall_id, name, unit_id, x, y, business, clerks`` (business: the company it came from).
    sellers : DataFrame or None
        ``seller_id, name, force, home_unit, knows, counter_share`` (force: CM or GM; knows: the unit
        ids of the territory the seller works today, separated by ``;``; counter_share: share of the
        working day on counter duty, F3).
    features : GeoDataFrame or None
        ``kind`` (river, bridge), ``name``, ``geometry`` in the CRS of ``geometry``: what a map shows beside units.
    provenance : Provenance
        Source, digest, and what was generated.
    distances : Distances or None
        How far units lie apart by road or in travel time; None: in straight lines.
    """

    name: str
    units: pd.DataFrame
    edges: pd.DataFrame
    geometry: gpd.GeoSeries | None = None
    outlets: pd.DataFrame | None = None
    halls: pd.DataFrame | None = None
    sellers: pd.DataFrame | None = None
    features: gpd.GeoDataFrame | None = None
    provenance: Provenance = field(default_factory=Provenance)
    distances: Distances | None = None

    def __len__(self) -> int:
        """Return the number of basic units."""
        return len(self.units)

    def __str__(self) -> str:
        """Return what the territory holds on one screen."""
        parts = [counted(len(self.units), "unit"), counted(len(self.edges), "adjacency", "adjacencies")]
        parts += [
            counted(len(table), name)
            for name, table in (("outlet", self.outlets), ("hall", self.halls), ("seller", self.sellers))
            if table is not None
        ]
        lines = [f"{self.name}: {', '.join(parts)}"]
        if self.provenance.synthetic:
            lines.append("  synthetic: no street, person or figure in it is real")
        if self.provenance.generated:
            lines.append(f"  generated: {', '.join(self.provenance.generated)}")
        return "\n".join([*lines, *(f"  note: {note}" for note in self.provenance.notes)])

    @cached_property
    def unit_ids(self) -> tuple[str, ...]:
        """Unit ids in the order of every array of this territory."""
        return tuple(self.units.index)

    @cached_property
    def edge_positions(self) -> NDArray[np.int64]:
        """Adjacencies as row positions, shape (edges, 2)."""
        a = self.units.index.get_indexer(pd.Index(self.edges["a"]))
        b = self.units.index.get_indexer(pd.Index(self.edges["b"]))
        return np.column_stack([a, b]).astype(np.int64).reshape(-1, 2)

    @cached_property
    def graph(self) -> csr_array:
        """Symmetric adjacency matrix (units x units) with sorted indices and unit weights."""
        e, n = self.edge_positions, len(self)
        rows, cols = np.concatenate([e[:, 0], e[:, 1]]), np.concatenate([e[:, 1], e[:, 0]])
        graph = csr_array((np.ones(len(rows)), (rows, cols)), shape=(n, n))
        graph.sort_indices()
        return graph

    @cached_property
    def coordinates(self) -> NDArray[np.float64]:
        """Centroids, shape (units, 2) [km]."""
        return self.units[["x", "y"]].to_numpy(dtype=np.float64)

    def away(self, units: NDArray[np.int64], seats: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how far units lie from seats, by position; the two broadcast against each other [km or minutes]."""
        if self.distances is not None:
            return np.asarray(self.distances.matrix[units, seats])
        return np.asarray(np.sqrt(((self.coordinates[units] - self.coordinates[seats]) ** 2).sum(axis=-1)))

    @property
    def measured_in(self) -> str:
        """The unit of distances: ``km`` or ``min``."""
        return "km" if self.distances is None else self.distances.unit

    def measure(self) -> dict[str, str]:
        """Say how distances are measured: in straight lines, or as a file or a column of the adjacencies gives them."""
        by = "straight lines" if self.distances is None else self.distances.source
        return {"by": by, "unit": self.measured_in}

    def components(self) -> list[list[str]]:
        """Return the connected components as lists of unit ids, largest first."""
        count, label = connected_components(self.graph, directed=False)
        ids = np.asarray(self.unit_ids, dtype=object)
        parts = [ids[label == k].tolist() for k in range(count)]
        return sorted(parts, key=lambda part: (-len(part), part[0]))

    def attribute(self, name: str) -> NDArray[np.float64]:
        """Return a numeric attribute of every unit.

        Parameters
        ----------
        name : str
            A numeric column of ``units``.

        Returns
        -------
        ndarray, shape (units,)

        Raises
        ------
        InputError
            The column is unknown or not numeric, or has missing values (the units are named).
        """
        known = [str(c) for c in self.units.columns if pd.api.types.is_numeric_dtype(self.units[c])]
        if name not in known:
            raise InputError(
                Problem(
                    Message("{name}: attribute {name2!r}", name=self.name, name2=name),
                    None,
                    Message("the territory has no numeric column of this name"),
                    Message(
                        "Choose one of {names}, or rename a column with --rename OLD={name}.",
                        names=Joined(known),
                        name=name,
                    ),
                )
            )
        values = self.units[name].to_numpy(dtype=np.float64)
        missing = [self.unit_ids[i] for i in np.flatnonzero(~np.isfinite(values))]
        if missing:
            raise InputError(
                Problem(
                    Message("{name}: attribute {name2!r}", name=self.name, name2=name),
                    Message("missing for {names}", names=_named(missing)),
                    Message("it must be a number in every unit where it is used"),
                    Message("Fill in the values, or use another attribute."),
                )
            )
        return values

    def with_columns(self, columns: Mapping[str, Any], *, generated: Iterable[str] = ()) -> Self:
        """Return a territory whose units carry the given columns (arrays, or Series by unit id)."""
        units = self.units.assign(**{k: _aligned(v, self.units.index) for k, v in columns.items()})
        made = (*self.provenance.generated, *(g for g in generated if g not in self.provenance.generated))
        return replace(self, units=units, provenance=replace(self.provenance, generated=made))

    def map_points(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Return where outlets or halls lie on the map of the polygons, shape (rows, 2) [m].

        The units' x, y may come from another projection than the polygons; so a place is its unit's polygon centroid
        plus its own offset from the unit's x, y. Without polygons it is x, y.
        """
        own = table[["x", "y"]].to_numpy(dtype=np.float64)
        if self.geometry is None:
            return own * 1000
        at = self.units.index.get_indexer(pd.Index(table["unit_id"]))
        middles = self.geometry.centroid
        return np.column_stack([middles.x, middles.y])[at] + (own - self.coordinates[at]) * 1000

    def subset(self, unit_ids: Iterable[str], name: str | None = None) -> Self:
        """Return the part of the territory made of these units, with what lies or lives in it."""
        keep = self.units.index.isin(list(unit_ids))
        inside = set(self.units.index[keep])

        def within(table: pd.DataFrame | None, column: str) -> pd.DataFrame | None:
            return None if table is None else table[table[column].isin(inside)].reset_index(drop=True)

        both = self.edges["a"].isin(inside) & self.edges["b"].isin(inside)
        return replace(
            self,
            name=name or self.name,
            units=self.units[keep],
            edges=self.edges[both].reset_index(drop=True),
            geometry=None if self.geometry is None else self.geometry[keep],
            outlets=within(self.outlets, "unit_id"),
            halls=within(self.halls, "unit_id"),
            sellers=within(self.sellers, "home_unit"),
            distances=None if self.distances is None else self.distances.of(keep),
        )


def _aligned(values: Any, index: pd.Index[Any]) -> Any:
    return values.reindex(index) if isinstance(values, pd.Series) else values


def _named(ids: list[str]) -> str:
    shown = ", ".join(ids[:MANY])
    return shown if len(ids) <= MANY else f"{shown} and {len(ids) - MANY} more"
