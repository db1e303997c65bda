"""The evening: what the day's hours brought in sales, visits, lessons and bills, settled for everybody at once."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats
from foundation.calendar import ALMOST_ALL, DAYS_PER_YEAR, MONTHS_PER_YEAR
from scenarios.rules.businesses import conversions, market_rules, taught
from scenarios.rules.response import curvature_of
from scenarios.rules.selling_day import lifts
from scenarios.schema.fields import BUSINESSES, FORCES
from sim.settlement import market, outlets, striving, visits
from sim.settlement import sellers as settle
from sim.settlement.turnover import Turnover
from sim.state.model import VISITS, Model, leaving_rates, overdue_rates
from sim.state.records import CHANNEL, OUTLETS_SELL, TRAVEL, growth_rows

LUCKS = 6
"""Uniform draws of a unit and business an evening."""


class Evening:
    """The settlement of every day.

    Parameters
    ----------
    model : Model
    """

    def __init__(self, model: Model) -> None:
        self.model, world, scenario = model, model.world, model.world.scenario
        self.column = {name: k for k, name in enumerate(model.diary.columns)}
        self.at_doors = [model.luck(world.sellers.ids, f"sell.{business}") for business in world.businesses]
        self.in_outlets = model.luck(world.outlets.ids, "trade")
        self.in_market = model.luck(world.units, "market")
        self.in_more_markets = [model.luck(world.units, f"market.{name}") for name in scenario.more_businesses]
        flat = world.goals is None
        self.lifts = np.ascontiguousarray(lifts(scenario, world.table, incentives=flat).T[:, world.sellers.centre])
        self.rows = growth_rows(world.table, world.outlets.centre)
        gap = float(world.calendar_days.mean())
        self.leaving_rates, self.overdue_rates = leaving_rates(scenario, gap), overdue_rates(scenario, gap)
        self.bill = np.array([b.arrears_bills * b.arpu for b in market_rules(scenario)])
        self.turnover = Turnover(model) if scenario.turnover.per_year > 0 else None
        self.curvature = curvature_of(scenario)
        self.gone = np.cumsum(world.demand, axis=0) - world.demand
        self.conversion, self.taught = conversions(scenario), taught(scenario)
        months_per_day = MONTHS_PER_YEAR / DAYS_PER_YEAR * gap
        yearly = min(scenario.outlets.loss_per_year, ALMOST_ALL)
        self.closing = -np.log1p(-yearly) / MONTHS_PER_YEAR * months_per_day
        self.members = [np.flatnonzero(model.force == force) for force in range(len(FORCES))]

    def settle(self, day: int) -> None:
        """Settle one day."""
        diary, records = self.model.diary.hours(), self.model.records
        self.model.notice_late()
        sellers = diary.shape[1]
        way = np.zeros((sellers, len(self.model.world.activities)))
        if sellers:
            self._visits(day, diary, way)
            self._doors(day, diary, way)
            self._outlets(day, self._outlet_visits(diary, way))
            self._lessons(diary)
            if self.turnover is not None:
                self.turnover.settle(day)
        if len(self.model.subscribers):
            self._market(day)
        settle.add_hours(diary, self.model.force, records.hours[day])
        for force, members in enumerate(self.members):
            records.hours[day, force, TRAVEL] += way.take(members, axis=0).sum()

    def _visits(self, day: int, diary: Floats, way: Floats) -> None:
        """Let the visits arranged keep subscribers and recover bills."""
        model, records = self.model, self.model.records
        retention, arrears = model.world.scenario.retention, model.world.scenario.arrears
        for k, what in enumerate(VISITS):
            way[:, self.column[what]] = diary[self.column[what]] - model.visits[k] * model.visit_minutes[k] / 60.0
        visits.keep_subscribers(
            model.arranged[0],
            model.skill,
            model.visit_luck[:, len(VISITS)],
            retention.save_share,
            model.world.scenario.hand_over.weight,
            model.bond,
            model.world.market.worth,
            model.at_risk,
            model.decided,
            records.saved[day],
            records.saved_worth[day],
        )
        visits.collect_bills(
            model.arranged[1],
            model.skill,
            model.visit_luck[:, len(VISITS) + 1],
            arrears.recover_share,
            self.bill,
            model.world.market.worth,
            model.overdue,
            records.recovered[day],
        )

    def _doors(self, day: int, diary: Floats, way: Floats) -> None:
        """Let the hours from door to door sell."""
        model, world, records = self.model, self.model.world, self.model.records
        selling, ground = world.scenario.selling, world.ground
        doors, yields = np.zeros((2, len(way), len(world.businesses)))
        second = -1.0 if selling.second_offer_minutes is None else selling.second_offer_minutes
        speed, minutes = selling.speed_km_per_hour, selling.contact_minutes
        settle.knock(diary, model.area, minutes, second, speed, doors, way)
        areas = (model.felt, ground.order, ground.bounds, model.potential)
        pressed = (model.patch, *areas, world.usual, self.curvature, len(world.units), yields)
        settle.yield_of(doors, *pressed)
        if world.goals is not None and day > 0:
            doors *= self._effort(day, doors, yields)
            settle.yield_of(doors, *pressed)
        settle.sell(
            model.patch,
            model.force,
            model.sells,
            model.skill,
            self.lifts[day],
            model.demand[day],
            self.conversion,
            doors,
            yields,
            world.scenario.market.bundle_share,
            tuple(luck.draw(3) for luck in self.at_doors),
            model.pull,
            model.felt,
            world.ground.order,
            world.ground.bounds,
            model.prospects,
            model.subscribers,
            records.sales[day],
            records.bundled[day],
            records.seller_growth,
            model.stage,
            model.bundles,
        )

    def _effort(self, day: int, doors: Floats, yields: Floats) -> Floats:
        """Return how hard everybody works at each business against a usual day, shape (sellers, businesses)."""
        model, world, records = self.model, self.model.world, self.model.records
        goals, rules, others = world.goals, world.scenario.effort, records.other_growth
        assert goals is not None  # asked by the caller
        usual, effort = np.zeros_like(doors), np.ones_like(doors)
        striving.usual_sales(
            model.patch,
            model.sells,
            model.skill,
            self.lifts[day],
            world.demand[day],
            self.conversion,
            doors,
            yields,
            world.scenario.market.bundle_share,
            model.pull,
            usual,
        )
        striving.strive(
            usual,
            world.demand[day],
            goals.ahead[day],
            world.sellers.centre,
            model.stage,
            goals.wanted,
            goals.part,
            records.seller_growth,
            others,
            others.sum(axis=0) / np.maximum(self.gone[day], 1e-9),
            model.weight,
            goals.incentives[day],
            (rules.push, rules.slacken, rules.give_up, rules.hopeless),
            effort,
        )
        records.effort[day] = [effort[members].mean() if len(members) else 1.0 for members in self.members]
        return effort

    def _outlet_visits(self, diary: Floats, way: Floats) -> Floats:
        """Return the visits, at full channel skill, that each seller made to each outlet in his care."""
        model, world, channel = self.model, self.model.world, self.column["channel"]
        received = np.empty(len(way))
        outlets.visit(
            diary[channel],
            diary[self.column["first_line"]],
            world.scenario.outlets.visit_minutes,
            model.area,
            world.scenario.selling.speed_km_per_hour,
            model.skill[:, CHANNEL],
            model.cared,
            received,
            way[:, channel],
        )
        return received

    def _outlets(self, day: int, received: Floats) -> None:
        """Let every open outlet sell, remember how it was treated, and perhaps close."""
        model, world, records = self.model, self.model.world, self.model.records
        shops, rules = world.outlets, world.scenario.outlets
        if not shops.ids:
            return
        uniforms = self.in_outlets.draw(2)
        records.outlet_sales[day] = outlets.sell_in_outlets(
            shops.sales_per_day,
            model.quality,
            rules.quality_floor,
            model.outlet_bond,
            world.scenario.hand_over.weight,
            model.demand[day, OUTLETS_SELL],
            model.open,
            uniforms[:, 0],
            shops.unit,
            self.rows[day],
            model.prospects,
            model.subscribers,
            records.other_growth_by_centre.reshape(-1, len(world.businesses)),
        )
        outlets.remember(
            self._care(received),
            model.outlet_need,
            model.late,
            max(rules.quality_memory_days, 1.0),
            self.closing,
            uniforms[:, 1],
            model.quality,
            model.open,
        )
        quality = model.quality[model.open]
        records.quality[day] = quality.mean() if len(quality) else np.nan
        records.outlets_open[day] = len(quality)

    def _care(self, received: Floats) -> Floats:
        """Return the visits, at full channel skill, that each outlet received; shape (outlets,)."""
        model = self.model
        care = np.zeros(len(model.open))
        for index in set(model.phase_of_centre):
            posting = model.world.postings[index + 1]
            outlets.share_care(received, model.phase_of_seller == index, posting.care, posting.care_from, care)
        return care

    def _lessons(self, diary: Floats) -> None:
        """Let everybody learn."""
        model, rules = self.model, self.model.world.scenario.learning
        settle.learn(
            diary[[*range(len(model.world.businesses)), self.column["channel"]]],
            diary[self.column["training"]],
            self.taught,
            model.force,
            rules.course_value,
            rules.peer_value,
            rules.forgetting_per_day,
            model.patch,
            model.mixed,
            len(model.world.ground.area),
            model.ceiling,
            model.half,
            model.experience,
            model.skill,
        )

    def _market(self, day: int) -> None:
        """Let subscribers leave and bills fall due."""
        model, records, scenario = self.model, self.model.records, self.model.world.scenario
        drawn = [self.in_market.draw(len(BUSINESSES) * LUCKS).reshape(-1, len(BUSINESSES), LUCKS)]
        drawn += [luck.draw(LUCKS).reshape(-1, 1, LUCKS) for luck in self.in_more_markets]
        uniforms = np.ascontiguousarray(np.concatenate(drawn, axis=1))
        market.leave(
            uniforms,
            self.leaving_rates,
            scenario.retention.notice_share,
            scenario.retention.notice_days,
            model.at_risk,
            model.decided,
            model.subscribers,
            model.prospects,
            model.world.market.worth,
            model.bundles,
            scenario.market.bundle_keeps,
            model.bond,
            scenario.market.rival_pull,
            records.churned[day],
            records.churned_worth[day],
            records.saved_worth[day],
        )
        market.fall_due(
            uniforms,
            self.overdue_rates,
            scenario.arrears.write_off_days,
            self.bill,
            model.world.market.worth,
            model.subscribers,
            model.overdue,
            records.written_off[day],
        )
