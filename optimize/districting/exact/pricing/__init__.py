"""Which communities contain a unit and cost little? Trees that list them, and the bounds that cut these short."""
