"""The study: joins simulation and optimisation and speaks to people."""

from study.comparison import Comparison, compare
from study.deliver import deliver
from study.pipeline import run_study
from study.record import StudyRecord

__all__ = ["Comparison", "StudyRecord", "compare", "deliver", "run_study"]
