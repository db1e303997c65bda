"""The study: joins simulation and optimisation and speaks to people."""

from typing import TYPE_CHECKING

import lazy_loader

import frontline_fusion.check  # noqa: F401 (before anything of ours)

if TYPE_CHECKING:
    from .calibration import Calibration as Calibration
    from .calibration import calibrate as calibrate
    from .calibration import replay as replay
    from .comparison.compare import Comparison as Comparison
    from .comparison.compare import compare as compare
    from .pipeline.run_study import run_study as run_study
    from .recommendation import Recommendation as Recommendation
    from .recommendation import recommend as recommend
    from .reporting.deliver import deliver as deliver
    from .results.record import StudyRecord as StudyRecord
    from .robustness import Robust as Robust
    from .robustness import robust as robust
    from .timeline.result import TimelineSearch as TimelineSearch
    from .timeline.run import search_timeline as search_timeline
    from .whatif.whatif import WhatIf as WhatIf
    from .whatif.whatif import what_if as what_if

WHERE = {
    "calibration": ["Calibration", "calibrate", "replay"],
    "comparison.compare": ["Comparison", "compare"],
    "pipeline.run_study": ["run_study"],
    "recommendation": ["Recommendation", "recommend"],
    "reporting.deliver": ["deliver"],
    "results.record": ["StudyRecord"],
    "robustness": ["Robust", "robust"],
    "timeline.result": ["TimelineSearch"],
    "timeline.run": ["search_timeline"],
    "whatif.whatif": ["WhatIf", "what_if"],
}
"""What is imported when it is first asked for, and from where: the same as above, which only type checkers read."""

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs=WHERE)
