"""What a territory may lack and still be read, and which verbs will miss it."""

from __future__ import annotations

from foundation.messages import Message
from scenarios import Problem, Territory


def missed(territory: Territory) -> list[Problem]:
    """Return a warning for each thing that some verb refuses to go on without."""
    units, sellers = territory.units, territory.sellers
    found = []
    if "population" not in units:
        rule = Message("it is missing, and partition balances it unless --balance names another attribute")
        known = "households" in units and bool(units["households"].notna().all())
        if not known or "centre" not in units:
            rule = Message(
                "it is missing; study, targets, simulate, compare, whatif, timeline, recommend, calibrate "
                "and app need it, and partition balances it unless --balance names another attribute"
            )
        remedy = Message("Add it, or name the column with --rename OLD=population.")
        found.append(Problem(f"{territory.name}: population", None, rule, remedy, "warning"))
    if sellers is not None and sellers.empty:
        rule = Message("it has no rows; verbs that need sellers refuse it, and partition alone goes on")
        remedy = Message("Add sellers, or leave the table out: they are then generated from the scenario's rates.")
        found.append(Problem(f"{territory.name}: sellers", None, rule, remedy, "warning"))
    return found
