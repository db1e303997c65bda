"""Colours for the areas of a map: neighbours differ where that many colours allow it."""

from __future__ import annotations

from collections.abc import Mapping


def colour_map(
    touching: Mapping[str, set[str]], colours: int, wished: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Give each area a colour number so that neighbours differ where that many colours allow it.

    Parameters
    ----------
    touching : mapping of name to the names it touches
    colours : int
    wished : mapping, optional
        Colour numbers to keep where no neighbour has taken them: the same area before and after a change.

    Notes
    -----
    The area with the fewest colours left is coloured first (Brelaz 1979); ties go by number of neighbours, then name.
    Libraries of graphs colour with as many colours as they need; here their number is given, and they are used evenly.
    """
    given: dict[str, int] = {}
    for name, colour in sorted((wished or {}).items()):
        if name in touching and all(given.get(other) != colour for other in touching[name]):
            given[name] = colour
    used = [0] * colours
    for colour in given.values():
        used[colour] += 1
    left = {name for name in touching if name not in given}
    while left:
        name = min(left, key=lambda n: (-len({given[o] for o in touching[n] if o in given}), -len(touching[n]), n))
        taken = {given[o] for o in touching[name] if o in given}
        free = [c for c in range(colours) if c not in taken] or list(range(colours))
        given[name] = min(free, key=lambda c: (used[c], c))
        used[given[name]] += 1
        left.remove(name)
    return given
