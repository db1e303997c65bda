"""The SimPy model of sales and channel support while two sales forces become one."""

from sim.replications import Inputs, Replications, compare_paired, replicate, replicate_all
from sim.run import Run, simulate

__all__ = ["Inputs", "Replications", "Run", "compare_paired", "replicate", "replicate_all", "simulate"]
