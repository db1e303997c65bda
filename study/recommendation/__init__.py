"""Recommendation: partitions of a frontier, judged by simulation and not only by their own objective."""

from study.recommendation.recommend import Recommendation, recommend

__all__ = ["Recommendation", "recommend"]
