"""Community boundaries: value, gap and time on real territories that lie beside the project, and growth with size."""

from __future__ import annotations

import time
from pathlib import Path

from optimize import partition
from scenarios import Territory, generate_city, load_territory

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def boundaries() -> None:
    """Real territories at five percent, quick and normal effort: value, proven gap, seconds."""
    for name, communities, territory in _territories():
        for objective in ("moment", "cut-edges"):
            for effort in ("quick", "normal"):
                result = partition(
                    territory,
                    communities,
                    objective=objective,  # type: ignore[arg-type]
                    balance={"population": 0.05},
                    effort=effort,  # type: ignore[arg-type]
                    time_limit=30,
                )
                gap = "none" if result.gap is None else f"{result.gap:.1%}"
                print(f"  {name} {objective} {effort}: {result.value:,.6g}, gap {gap}, {result.seconds:.1f} s")


def scale() -> None:
    """Seconds against units, 15 units per community, two attributes at ten percent, quick effort."""
    for units in (500, 1000, 2000, 4000):
        city = generate_city(units=units, centres=8, seed=5)
        started = time.perf_counter()
        balance = {"population": 0.1, "enterprises": 0.3}
        result = partition(city, units // 15, balance=balance, effort="quick", time_limit=120)
        worst = max(result.worst_deviation.values())
        print(f"  {units:5d} units: {time.perf_counter() - started:6.1f} s, worst deviation {worst:.1%}")


def _territories() -> list[tuple[str, int, Territory]]:
    found = []
    if (DATA / "henan").is_dir():
        found.append(("Henan, 182 counties into 18,", 18, load_territory(DATA / "henan")))
    boston = DATA / "boston" / "boston_tracts.gpkg"
    if boston.is_file():
        found.append(
            ("Boston, 506 tracts into 12,", 12, load_territory(boston, id="poltract", rename={"POP": "population"})),
        )
    return found or [("model city, 600 units into 12,", 12, load_territory("model_city"))]
