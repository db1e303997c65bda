"""The study: joins simulation and optimisation and speaks to people."""

from study.calibration import Calibration, calibrate, replay
from study.comparison import Comparison, compare
from study.deliver import deliver
from study.pipeline import run_study
from study.recommendation import Recommendation, recommend
from study.record import StudyRecord
from study.timeline.result import TimelineSearch
from study.timeline.run import search_timeline
from study.whatif import WhatIf, what_if

__all__ = [
    "Calibration",
    "Comparison",
    "Recommendation",
    "StudyRecord",
    "TimelineSearch",
    "WhatIf",
    "calibrate",
    "compare",
    "deliver",
    "recommend",
    "replay",
    "run_study",
    "search_timeline",
    "what_if",
]
