"""Who works where: sellers, outlets and clerks find their communities."""

from optimize.placement.place_sellers import PlacementResult, place_sellers

__all__ = ["PlacementResult", "place_sellers"]
