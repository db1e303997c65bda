"""The evening: what the day's hours brought in sales, visits, lessons and bills, settled for everybody at once."""

from __future__ import annotations

import numpy as np

from scenarios.fields import BUSINESSES
from sim import market, outlets, settle
from sim.diary import COLUMNS
from sim.model import VISITS, Floats, Model, leaving_rates, overdue_rates
from sim.records import ACTIVITIES, SKILLS, TRAVEL
from sim.travel import calls_of_all
from sim.world import DAYS_PER_YEAR, MONTHS_PER_YEAR

COLUMN = {name: k for k, name in enumerate(COLUMNS)}
MOBILE = BUSINESSES.index("mobile")


class Evening:
    """The settlement of every day, with the luck of all days drawn beforehand.

    Parameters
    ----------
    model : Model
    """

    def __init__(self, model: Model) -> None:
        self.model, world, scenario = model, model.world, model.world.scenario
        days, sellers = len(world.table.days), world.sellers.ids
        self.at_doors = np.stack([model.luck(sellers, what, 3) for what in ("sell.fixed", "sell.mobile")], axis=2)
        self.in_outlets = model.luck(world.outlets.ids, "trade", 2)
        luck = model.luck(world.units, "market", 2 * 5).reshape(-1, days, 2, 5)
        self.leaving, self.owing = luck[..., :3], luck[..., 3:]
        gap = float(world.calendar_days.mean())
        self.leaving_rates, self.overdue_rates = leaving_rates(scenario, gap), overdue_rates(scenario, gap)
        self.bill = np.array([b.arrears_bills * b.arpu for b in (scenario.market.fixed, scenario.market.mobile)])
        self.conversion = np.array([scenario.selling.conversion[b] for b in BUSINESSES])
        self.months_per_day = MONTHS_PER_YEAR / DAYS_PER_YEAR * gap

    def settle(self, day: int) -> None:
        """Settle one day."""
        diary = self.model.diary.hours()
        way = np.zeros((len(diary), len(ACTIVITIES)))
        if len(diary):
            self._visits(day, diary, way)
            self._doors(day, diary, way)
            self._outlets(day, self._outlet_visits(diary, way))
            self._lessons(diary)
        if len(self.model.subscribers):
            self._market(day)
        records = self.model.records
        for force in (0, 1):
            members = self.model.force == force
            records.hours[day, force, :TRAVEL] += diary[members, :TRAVEL].sum(axis=0)
            records.hours[day, force, TRAVEL] += way[members].sum()

    def _visits(self, day: int, diary: Floats, way: Floats) -> None:
        """Let the visits arranged keep subscribers and recover bills."""
        model, ground, records = self.model, self.model.world.ground, self.model.records
        retention, arrears = model.world.scenario.retention, model.world.scenario.arrears
        for k, what in enumerate(VISITS):
            way[:, COLUMN[what]] = diary[:, COLUMN[what]] - model.visits[k] * model.visit_minutes[k] / 60.0
        luck = model.visit_luck[:, day]
        settle.keep_subscribers(
            model.visits[0],
            model.patch,
            model.sells,
            model.skill,
            np.ascontiguousarray(luck[:, len(VISITS)]),
            retention.save_share,
            model.world.scenario.hand_over.weight,
            model.bond,
            ground.order,
            ground.bounds,
            model.at_risk,
            model.subscribers,
            model.prospects,
            records.saved[day],
            records.churned[day],
        )
        settle.collect_bills(
            model.visits[1],
            model.patch,
            model.sells,
            model.skill,
            np.ascontiguousarray(luck[:, len(VISITS) + 1]),
            arrears.recover_share,
            self.bill,
            model.world.market.worth,
            ground.order,
            ground.bounds,
            model.overdue,
            records.recovered[day],
        )

    def _doors(self, day: int, diary: Floats, way: Floats) -> None:
        """Let the hours from door to door sell."""
        model, world, records = self.model, self.model.world, self.model.records
        selling = world.scenario.selling
        on_the_way = np.zeros((len(diary), len(BUSINESSES)))
        settle.sell(
            np.ascontiguousarray(diary[:, : len(BUSINESSES)]),
            model.patch,
            model.area,
            model.force,
            model.both,
            model.skill,
            self._lifts()[world.sellers.centre],
            world.demand[day],
            self.conversion,
            selling.contact_minutes,
            selling.speed_km_per_hour,
            world.scenario.market.bundle_share,
            np.ascontiguousarray(self.at_doors[:, day]),
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
            on_the_way,
        )
        way[:, : len(BUSINESSES)] = on_the_way

    def _lifts(self) -> Floats:
        """Return what data support, local incentives and the improved scheme add in every centre (F16, F17)."""
        selling, trial = self.model.world.scenario.selling, self.model.world.scenario.trial_run
        factors = [1.0] * len(self.model.world.table.centres)
        for centre in range(len(factors)):
            phase = self.model.phase_of(centre)
            if phase is None:
                continue
            factors[centre] *= 1.0 + selling.data_support_lift * phase.data_support
            factors[centre] *= 1.0 + selling.incentive_lift * phase.local_incentives
            if phase.focus == "sales":
                running = self.model.days_in_phase(centre)
                factors[centre] *= 1.0 + trial.improvement * float(1.0 - np.exp(-running / trial.days))
        return np.array(factors)

    def _outlet_visits(self, diary: Floats, way: Floats) -> Floats:
        """Return how many outlets each seller visited in the channel hours that requests left him."""
        model, world = self.model, self.model.world
        minutes, channel = world.scenario.outlets.visit_minutes, COLUMN["channel"]
        hours = diary[:, channel] - diary[:, COLUMN["first_line"]]
        visits: Floats = calls_of_all(hours, minutes, model.area, world.scenario.selling.speed_km_per_hour)
        way[:, channel] = np.maximum(hours - visits * minutes / 60.0, 0.0)
        return visits

    def _outlets(self, day: int, visits: Floats) -> None:
        """Let every open outlet sell, remember how it was treated, and perhaps close."""
        model, world, records = self.model, self.model.world, self.model.records
        shops, rules = world.outlets, world.scenario.outlets
        if not shops.ids:
            return
        records.outlet_sales[day] = outlets.sell_in_outlets(
            shops.sales_per_day,
            model.quality,
            rules.quality_floor,
            model.outlet_bond,
            world.scenario.hand_over.weight,
            world.demand[day, MOBILE],
            model.open,
            self.in_outlets[:, day, 0],
            shops.unit,
            model.stage_of_centre[shops.centre] + 1,
            model.prospects,
            model.subscribers,
            records.other_growth,
        )
        lost_per_day = -np.log1p(-min(rules.loss_per_year, 1 - 1e-12)) / MONTHS_PER_YEAR * self.months_per_day
        outlets.remember(
            self._care(visits),
            rules.visits_per_month * self.months_per_day,
            model.late,
            max(rules.quality_memory_days, 1.0),
            lost_per_day,
            self.in_outlets[:, day, 1],
            model.quality,
            model.open,
        )
        model.late[:] = False
        records.quality[day] = model.quality[model.open].mean() if model.open.any() else np.nan
        records.outlets_open[day] = model.open.sum()

    def _care(self, visits: Floats) -> Floats:
        """Return the visits, at full channel skill, that each outlet received; shape (outlets,)."""
        model = self.model
        received = visits * model.skill[:, SKILLS.index("channel")] / np.maximum(model.cared, 1)
        care = np.zeros(len(model.open))
        for index in set(model.phase_of_centre):
            posting = model.world.postings[index + 1]
            outlets.share_care(received, model.phase_of_seller == index, posting.care, posting.care_from, care)
        return care

    def _lessons(self, diary: Floats) -> None:
        """Let everybody learn."""
        model, rules = self.model, self.model.world.scenario.learning
        practice = diary[:, [COLUMN["sell_fixed"], COLUMN["sell_mobile"], COLUMN["channel"]]]
        settle.learn(
            np.ascontiguousarray(practice),
            np.ascontiguousarray(diary[:, COLUMN["training"]]),
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
        market.leave(
            self.leaving[:, day],
            self.leaving_rates,
            scenario.retention.notice_share,
            scenario.retention.notice_days,
            model.at_risk,
            model.subscribers,
            model.prospects,
            records.churned[day],
        )
        market.fall_due(
            self.owing[:, day],
            self.overdue_rates,
            scenario.arrears.write_off_days,
            self.bill,
            model.world.market.worth,
            model.subscribers,
            model.overdue,
            records.written_off[day],
        )
