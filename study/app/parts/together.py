"""Groups of units that stay in one community: brushed on the map, kept here until the rest is drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import ipywidgets as w

from study.presentation.language import Language

SHOWN = 4
"""Units of a group that are named; of the rest there is only a number."""

Groups = tuple[tuple[str, ...], ...]


class Together:
    """A row a group, with a button that lets it go.

    ``wanted`` are the groups as they stand, ``drawn`` those with which the communities shown were drawn.

    Parameters
    ----------
    say : Language
    groups : tuple of tuple of str
    changed : callable
        Called when groups are not what they were.
    """

    def __init__(self, say: Language, groups: Groups, changed: Callable[[], None]) -> None:
        self.say, self.changed = say, changed
        self.wanted = self.drawn = groups
        self.view = w.VBox()
        self._lay_out()

    def add(self, units: Sequence[str]) -> None:
        """Keep units together; groups that share a unit become one."""
        new, rest = set(units), []
        for group in self.wanted:
            if new & set(group):
                new |= set(group)
            else:
                rest.append(group)
        self._stand((*rest, tuple(sorted(new))) if len(new) > 1 else self.wanted)

    def go_to(self, groups: Groups) -> None:
        """Stand where a choice has them, without telling anybody."""
        self.wanted = self.drawn = groups
        self._lay_out()

    def draw(self) -> None:
        """Take note that boundaries are drawn with the groups as they stand."""
        self.drawn = self.wanted

    def _stand(self, groups: Groups) -> None:
        self.wanted = groups
        self._lay_out()
        self.changed()

    def _lay_out(self) -> None:
        self.view.children = [self._row(group) for group in self.wanted]

    def _row(self, group: tuple[str, ...]) -> w.Widget:
        say = self.say
        named = say.listed(group[:SHOWN]) + (say("together.more", count=len(group) - SHOWN) if group[SHOWN:] else "")
        words = w.HTML(f'<div class="fusion-note">{escape(say("together.group", units=named))}</div>')
        drop = w.Button(description=say("tray.drop"), tooltip=say("together.drop", units=named))
        drop.on_click(lambda _: self._stand(tuple(g for g in self.wanted if g != group)))
        row = w.HBox([words, drop])
        row.add_class("fusion-group")
        return row
