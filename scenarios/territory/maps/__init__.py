"""How outlines and points become one map: mended, projected, and who is whose neighbour."""
