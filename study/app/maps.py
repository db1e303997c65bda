"""Two partitions side by side, coloured alike, and the scorecard of the community that is clicked on either."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

import ipywidgets as w
import pandas as pd

from scenarios import Plan, Territory
from scenarios.rules.scorecard import natural, scorecard
from study.app.choices import Deck, plan_of
from study.app.scenes.map_scene import colours_after, scene
from study.app.scenes.tables import by_community, community_card, team_of
from study.app.widgets import Map
from study.presentation.language import Language

SIDES = ("left", "right")
SHADES = ("deviation", "communities", "population", "targets", "moved")
"""The first is shown first: who has too much to do, and who too little."""


class Maps:
    """Both maps, what they show, and the card below.

    Parameters
    ----------
    deck : Deck
    say : Language
    lock : callable
        Told which of today's communities is to stay as it is, or no longer.
    """

    def __init__(self, deck: Deck, say: Language, lock: Callable[[str], None]) -> None:
        self.deck, self.say, self.lock = deck, say, lock
        self.locked: frozenset[str] = frozenset()
        self.territory: Territory | None = None
        self.points: dict[str, Mapping[str, Any]] = {}
        self.cards: dict[tuple[str, str], pd.DataFrame] = {}
        kinds = [
            (say("plan.current"), ("shown", "current")),
            (say("app.shown_redrawn"), ("shown", "redrawn")),
            (say("app.shown_subdivided"), ("shown", "subdivided")),
            (say("app.reference_redrawn"), ("reference", "redrawn")),
            (say("app.reference_subdivided"), ("reference", "subdivided")),
        ]
        words = (say("app.left"), say("app.right"))
        self.maps = {side: Map() for side in SIDES}
        self.kinds = {
            side: w.Dropdown(options=kinds, value=kinds[n][1], description=words[n]) for n, side in enumerate(SIDES)
        }
        self.shade = w.Dropdown(
            options=[(say(f"app.shade.{name}"), name) for name in SHADES], description=say("app.colour")
        )
        self.way = w.ToggleButtons(
            options=[(say("app.side_by_side"), False), (say("app.swipe"), True)], value=False, tooltips=[]
        )
        self.way.add_class("fusion-way")
        self.way.observe(self._redraw, "value")
        self.maps["left"].swipe = say("app.swipe_note")
        self.pick = w.Dropdown(options=[("–", "")], description=say("table.community"))
        self.words = w.HTML(f"<p>{escape(say('app.pick_one'))}</p>")
        self.side = "right"
        for side in SIDES:
            self.kinds[side].observe(self._redraw, "value")
            self.maps[side].observe(lambda _, side=side: self._clicked(side), "clicks")
        self.shade.observe(self._redraw, "value")
        self.pick.observe(lambda change: self._card("right", change["new"]), "value")
        panels = [w.VBox([self.kinds[side], self.maps[side]]) for side in SIDES]
        for panel in panels:
            panel.add_class("fusion-panel")
        columns = w.Box(panels)
        columns.add_class("fusion-columns")
        self.columns, self.places = columns, panels
        heading = w.HTML(f"<h2>{escape(say('app.maps'))}</h2>")
        self.view = w.VBox([heading, self.shade, self.way, columns])
        self.keep = w.Button(description=say("app.lock"), tooltip=say("app.lock_note"))
        self.keep.layout.display = "none"
        self.keep.on_click(self._lock)
        self.card = w.VBox([self.pick, self.keep, self.words])

    def stand_as(self, other: Maps) -> None:
        """Show what others show: the same plans, the same shades, the same community picked."""
        self.shade.value, self.side = other.shade.value, other.side
        self.way.value, self.maps["left"].swiped = other.way.value, other.maps["left"].swiped
        for side in SIDES:
            self.kinds[side].value = other.kinds[side].value
            self.maps[side].picked = other.maps[side].picked

    def show_locks(self, names: Iterable[str]) -> None:
        """Outline today's communities that stay as they are."""
        self.locked = frozenset(names)
        for side in SIDES:
            self._outline(side)
        self._offer_lock()

    def _outline(self, side: str) -> None:
        today = self.kinds[side].value[1] == "current"
        self.maps[side].locked = sorted(self.locked) if today else []

    def _offer_lock(self) -> None:
        """Offer to lock what is picked, where it is one of today's communities."""
        name = self._picked(self.side)
        today = bool(name) and self.kinds[self.side].value[1] == "current"
        self.keep.layout.display = "" if today else "none"
        self.keep.description = self.say("app.unlock" if name in self.locked else "app.lock")

    def _lock(self, _: Any) -> None:
        name = self._picked(self.side)
        if name:
            self.lock(name)

    def show(self, territory: Territory, point: Mapping[str, Any], reference: Mapping[str, Any] | None) -> None:
        """Show a point and the reference."""
        self.territory = territory
        self.points = {"shown": point, "reference": reference or point}
        self.cards = {}
        self._redraw(None)

    def show_today(self, territory: Territory) -> None:
        """Show today's communities while nothing else is known."""
        today = plan_of({}, "current", territory)
        self.maps["left"].scene = scene(territory, today, self.say, title=self.say("plan.current"))

    def _plan(self, side: str) -> pd.Series[Any]:
        assert self.territory is not None
        whose, kind = self.kinds[side].value
        return plan_of(self.points[whose], kind, self.territory)

    def _scores(self, side: str) -> pd.DataFrame:
        """Return the scorecard of what a side shows, worked out once."""
        assert self.territory is not None
        key = self.kinds[side].value
        if key not in self.cards:
            current = Plan(plan_of({}, "current", self.territory))
            card = scorecard(self.territory, Plan(self._plan(side)), current)
            self.cards[key] = card.assign(community=card["community"].astype(str))
        return self.cards[key]

    def _targets(self, side: str) -> pd.DataFrame:
        assert self.territory is not None
        point = self.points[self.kinds[side].value[0]]
        return by_community(point, self._plan(side), plan_of(point, "subdivided", self.territory))

    def _redraw(self, _: Any) -> None:
        if self.territory is None:
            return
        before = self._plan("left")
        both = {side: self._shades(side) for side in SIDES}
        known = pd.concat([s["values"] for s in both.values() if "values" in s] or [pd.Series(dtype=float)]).dropna()
        if len(known):  # one scale for both maps, or they could not be compared
            both = {side: {**s, "limits": (float(known.min()), float(known.max()))} for side, s in both.items()}
        for side in SIDES:
            label = next(text for text, value in self.kinds[side].options if value == self.kinds[side].value)
            plan = self._plan(side)
            moved = before if side == "right" and self.kinds["left"].value != self.kinds["right"].value else None
            shades = dict(both[side])
            if moved is not None and not shades:
                shades = {"wished": colours_after(self.territory, before, plan)}
            self.maps[side].scene = scene(self.territory, plan, self.say, before=moved, title=label, **shades)
            self._outline(side)
            if self._picked(side) not in set(plan):
                self.maps[side].picked = ""
        self._lay_over()
        names = sorted(set(self._plan("right")), key=natural)
        chosen = self._picked("right")
        self.pick.options = [("–", ""), *((name, name) for name in names)]
        self.pick.value = chosen
        if self.side == "left" or chosen:
            self._card(self.side, self._picked(self.side))

    def _lay_over(self) -> None:
        """Lay the right map over the left one, to be swiped away, or have both side by side."""
        left, swiped = self.maps["left"], bool(self.way.value)
        (self.columns.add_class if swiped else self.columns.remove_class)("fusion-swiped")
        for panel, side in zip(self.places, SIDES, strict=True):
            panel.children = [self.kinds[side]] if swiped else [self.kinds[side], self.maps[side]]
        self.columns.children = [*self.places, self.maps["left"]] if swiped else self.places
        left.over = self.maps["right"].scene if swiped else {}
        if not swiped:
            left.on_top = False

    def _picked(self, side: str) -> str:
        """Return the community picked on a side, wherever that side is drawn."""
        left = self.maps["left"]
        if not self.way.value:
            return str(self.maps[side].picked)
        return str(left.picked) if left.on_top == (side == "right") else ""

    def _shades(self, side: str) -> dict[str, Any]:
        card = self._scores(side).set_index("community")
        match self.shade.value:
            case "deviation":
                return {"values": card["workload_deviation"], "diverging": True, "percent": True}
            case "population" if "population" in card:
                return {"values": card["population"]}
            case "moved":
                return {"values": card["moved"], "percent": True}
            case "targets":
                return {"values": self._targets(side).sum(axis=1).reindex(card.index)}
            case _:
                return {}

    def _clicked(self, side: str) -> None:
        name = str(self.maps[side].picked)
        if self.way.value:
            side = "right" if self.maps["left"].on_top else "left"
        else:
            self.maps["left" if side == "right" else "right"].picked = ""
        if side == "right" and self.pick.value != name:
            self.pick.value = name
        else:
            self._card(side, name)

    def _card(self, side: str, name: str) -> None:
        if self.territory is None:
            return
        self.side = side
        if self.way.value:
            self.maps["left"].on_top, self.maps["left"].picked = side == "right", name
        else:
            self.maps[side].picked = name
        self._offer_lock()
        if not name:
            self.words.value = f"<p>{escape(self.say('app.pick_one'))}</p>"
            return
        scores, (whose, _) = self._scores(side), self.kinds[side].value
        row: dict[str, Any] = {str(k): v for k, v in scores[scores["community"] == name].iloc[0].items()}
        targets = self._targets(side)
        parts = set(plan_of(self.points[whose], "subdivided", self.territory)[self._plan(side) == name])
        has = name in targets.index
        self.words.value = community_card(
            row,
            self.maps[side].scene["title"],
            {str(k): float(targets[k].loc[name]) for k in targets} if has else None,
            team_of(self.points[whose], parts, self.territory) if has else [],
            self.say,
        )
