"""The ground: what is studied, as typed, checked, frozen data."""

from scenarios.city import generate_city
from scenarios.errors import InfeasibleError, InputError, LimitError, Problem
from scenarios.load import load_scenario
from scenarios.schema import Scenario
from scenarios.territory import Territory
from scenarios.territory_files import load_territory
from scenarios.values import Placement, Plan, Targets

__all__ = [
    "InfeasibleError",
    "InputError",
    "LimitError",
    "Placement",
    "Plan",
    "Problem",
    "Scenario",
    "Targets",
    "Territory",
    "generate_city",
    "load_scenario",
    "load_territory",
]
