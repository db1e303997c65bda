"""Calibration: parameters of the model fitted to results that were really observed."""

from study.calibration.calibrate import calibrate
from study.calibration.replay import replay
from study.calibration.result import Calibration

__all__ = ["Calibration", "calibrate", "replay"]
