"""Which centres start together."""

from optimize.rollout.roll_out import RollOutPlan, roll_out

__all__ = ["RollOutPlan", "roll_out"]
