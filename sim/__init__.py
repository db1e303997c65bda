"""The SimPy model of sales and channel support while two sales forces become one."""

from sim.replications import Inputs, Replications, compare_paired, replicate, replicate_all, replicate_until
from sim.run import Run, simulate
from sim.selection import Selection, select_scenario

__all__ = [
    "Inputs",
    "Replications",
    "Run",
    "Selection",
    "compare_paired",
    "replicate",
    "replicate_all",
    "replicate_until",
    "select_scenario",
    "simulate",
]
