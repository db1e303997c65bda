"""Which territory is studied, how its files are to be read, and how what it lacks is completed."""

from __future__ import annotations

from typing import Any, Literal

from scenarios.schema.fields import Count, Flag, Name, NonNegative, Part, Place, Positive, Share, of


class TerritoryRates(Part):
    """Rates by which what a territory lacks is generated; every result names what was generated."""

    persons_per_household: Positive = of("household size", "persons per household")
    enterprises_per_1000_persons: NonNegative = of("density of enterprises", "enterprises per 1000 persons")
    income_default: Positive = of("income where none is known: the same everywhere", "yuan per person and year")
    fixed_penetration: Share = of("fixed-line subscribers of the company", "subscribers per household")
    mobile_penetration: Share = of("mobile subscribers of the company", "subscribers per person")
    outlets_per_10k_persons: NonNegative = of("density of independent outlets", "outlets per 10,000 persons")
    outlet_mobile_sales_per_month: NonNegative = of("mobile sales of an outlet in good order", "subscribers per month")
    halls_per_centre_per_company: Count = of("own service halls", "halls per centre and company")
    clerks_per_hall: Count = of("clerks", "clerks per hall")
    sellers_per_10k_persons: Positive = of("sellers of both forces", "sellers per 10,000 persons")
    gm_share: Share = of("share of the sellers who are grid managers")
    cm_counter_probability: Share = of("share of the community managers with part-time counter duty (F3)")
    counter_share: Share = of("share of the day of such a community manager on counter duty (F3)")
    persons_per_centre: Positive = of("size of a marketing centre where none are given", "persons per centre")
    units_per_community: Positive = of("size of today's communities where none are given", "basic units per community")


class TerritorySettings(Part):
    """Which territory is studied unless the command line names another."""

    source: Place | None = of("a territory in scenarios/cities, or a path; none: one centre without sellers")
    id: Name | None = of("column with the unit ids, where it is not called unit_id", default=None)
    rename: dict[str, str] = of("old and new names of columns; table.old names a column of that table", default={})
    bridge: Literal["nearest"] | None = of("how separate pieces are joined; none: they are refused", default=None)
    adjacency: Place | None = of(
        "neighbours of points: delaunay, gabriel or a file; none: the table, else the polygons", default=None
    )
    gap: Positive | None = of("widest road or river that polygons are neighbours across", "m", default=None)
    encoding: Name | None = of("code page of text files; none: UTF-8, else by their characters", default=None)
    layer: Name | None = of("layer of a GeoPackage; none: units, else the first", default=None)
    sheet: dict[str, str] = of("table and the name of its sheet", default={})
    columns: Place | None = of("file of column,meaning or table,column,meaning", default=None)
    dissolve: Flag = of("polygons with one id become one unit", default=False)
    distance: Place | None = of(
        "file of a, b and km or minutes, or a column of the adjacencies; none: straight lines", default=None
    )
    rates: TerritoryRates = of("rates for what the territory lacks")

    def reading(self) -> dict[str, Any]:
        """Return how the source is to be read, as `load_territory` takes it."""
        options = self.model_dump(exclude={"source", "rates"})
        return {key: value for key, value in options.items() if value}
