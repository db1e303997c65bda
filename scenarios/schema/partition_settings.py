"""How communities are redrawn and subdivided, which ones people have given, and what they must respect."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Strict, model_validator

from foundation.errors import InputError, Problem
from foundation.messages import Message
from scenarios.schema.fields import Name, Part, Place, Positive, Share, Whole, of


def _as_text(value: Any) -> Any:
    """Read an id that YAML took for a whole number; everything else is left to the strict check."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


UnitId = Annotated[str, BeforeValidator(_as_text), Strict(), Field(min_length=1, max_length=200)]
Pair = Annotated[tuple[UnitId, ...], Field(min_length=2, max_length=2)]

EMPTY = Message("empty")

TABLES = ("keep_together", "keep_apart", "fix_seats", "forbid")
"""Wishes that may stand in a file of their own, named in their place."""


class PartitionWishes(Part):
    """Wishes of people about the communities; every verb that draws boundaries obeys them (F15)."""

    keep_together: tuple[tuple[UnitId, ...], ...] = of(
        "groups of units that stay in one community, or a CSV file of unit_id,group", default=()
    )
    keep_apart: tuple[Pair, ...] = of("pairs of units that never share a community, or a CSV file of a,b", default=())
    lock: tuple[Name, ...] = of("communities of today that stay as they are", default=())
    fix_seats: tuple[UnitId, ...] = of("units that are seats, or a CSV file with their ids", default=())
    forbid: tuple[Pair, ...] = of("borders that no community holds together across, or a CSV file of a,b", default=())
    max_radius_km: Positive | None = of("largest distance of a unit from its seat; none: no limit", "km", default=None)
    max_moved: Share | None = of("largest share of workload that may change community; none: no limit", default=None)
    splits: dict[Name, Whole] = of(
        "column of the units -> most splits of its groups in a centre: a group in two communities is split once",
        default_factory=dict,
    )
    sizes: dict[Name, Share] = of(
        "community of today -> share of its centre's workload that it is to have; the others share the rest alike",
        default_factory=dict,
    )

    @model_validator(mode="after")
    def _fits_together(self) -> PartitionWishes:
        problems = [
            Problem(f"sizes.{name}", share, Message("it must lie between 0 and 1"), Message("Write 20 % as 0.2."))
            for name, share in self.sizes.items()
            if not 0 < share < 1
        ]
        for key in ("splits", "sizes"):
            if self.lock and getattr(self, key):
                rule = Message("{key} do not go with it", key=key)
                problems.append(Problem("lock", self.lock[0], rule, Message("Use one of the two.")))
        if self.sizes and self.max_moved is not None:
            rule = Message("{key} do not go with it", key="sizes")
            problems.append(Problem("max_moved", self.max_moved, rule, Message("Use one of the two.")))
        problems += [
            Problem(f"keep_together[{n}]", EMPTY, Message("a group has at least one unit"), Message("Drop it."))
            for n, group in enumerate(self.keep_together)
            if not group
        ]
        if self.lock and self.max_moved is not None:
            rule = Message("it does not go with max_moved")
            problems.append(Problem("lock", self.lock[0], rule, Message("Use one of the two.")))
        if problems:
            raise InputError(problems)
        return self

    @property
    def any(self) -> bool:
        """Whether anything is wished at all."""
        return self != PartitionWishes()


class PartitionSettings(Part):
    """How communities are redrawn (F15) and subdivided (F16) inside each centre."""

    objective: Literal["moment", "distance", "radius", "cut-edges"] = of(
        "what is minimised: moment of inertia, distances to the seat, largest distance, or cut edges"
    )
    sellers_per_community: Positive = of("size of a team when a centre redraws its communities (F15)", "sellers")
    sellers_per_subdivision: Positive = of("size of a team when a centre subdivides again (F16)", "sellers")
    balance_tolerance: Share = of("allowed deviation of a community's workload from the centre's mean")
    max_moved: Share | None = of("largest share of workload that may change community; none: no limit", default=None)
    work_limit: Positive = of("deterministic work for each centre, the same on every machine", "units", default=20.0)
    time_limit: Positive = of("safety stop for each centre; a result that it cuts short says so", "seconds")
    plan: Place | None = of(
        "file of the redrawn communities (unit_id, community) that are used as they are; none: they are drawn",
        default=None,
    )
    plan_sha256: str = of("digest of that file, filled in by the program", default="")
    plan_subdivided: Place | None = of(
        "file of the subdivided communities (unit_id, community) that are used as they are; none: they are drawn",
        default=None,
    )
    plan_subdivided_sha256: str = of("digest of that file, filled in by the program", default="")
    wishes: PartitionWishes = Field(default_factory=PartitionWishes, description="what communities must respect")

    @model_validator(mode="after")
    def _says_one_thing(self) -> PartitionSettings:
        if self.wishes.lock and self.max_moved is not None:
            rule = Message("it does not go with max_moved")
            raise InputError(Problem("wishes.lock", self.wishes.lock[0], rule, Message("Use one of the two.")))
        return self
