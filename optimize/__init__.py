"""The PuLP models: community boundaries, seller placement, targets; and the search around them."""
