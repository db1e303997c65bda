"""Whom to train in the business that is new to him."""

from optimize.training.choose_trainees import TrainingPlan, choose_trainees

__all__ = ["TrainingPlan", "choose_trainees"]
