"""The rates by which a made-up city is drawn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CityRates:
    """Size and wealth of a made-up city.

    Every number here is *assumed*: plausible for a large northern Chinese city around 2021, measured nowhere. The
    class is the one place where the project's code holds such numbers, because the city is data made by a programme.

    Attributes
    ----------
    km2_per_unit : mean area of a basic unit [km2]
    persons_per_unit : mean population of a basic unit [persons]
    persons_noise : spread of population around the density [log scale]
    persons_per_household : household size [persons]
    enterprises_per_1000 : density of enterprises [per 1000 persons], higher towards the core
    income : mean income [yuan per person and year]
    income_spread : spread of income over the city [share of the mean]
    fixed_penetration : the company's fixed-line subscribers [per household]
    mobile_penetration : the company's mobile subscribers [per person]
    penetration_noise : spread of penetration between units [log scale]
    units_per_community : mean size of today's communities [units]
    centre_spread : spread of the centres' populations [log scale]
    community_spread : spread of the communities' populations, inherited and never balanced [log scale]
    bridge_km : distance between bridges at the core [km]; it grows outwards
    outlets_per_unit : outlets [per unit]
    outlet_sales : mean mobile sales [subscribers per outlet and month]
    halls_per_centre : service halls of each company [per centre]
    clerks : least and most clerks of a hall
    sellers_per_unit : sellers of both forces [per unit]
    gm_share : share of grid managers among them
    counter_probability : share of community managers with part-time counter work (F3)
    counter_share : share of their day spent there
    """

    km2_per_unit: float = 0.7
    persons_per_unit: float = 2_500
    persons_noise: float = 0.25
    persons_per_household: float = 2.6
    enterprises_per_1000: float = 22
    income: float = 47_000
    income_spread: float = 0.3
    fixed_penetration: float = 0.38
    mobile_penetration: float = 0.24
    penetration_noise: float = 0.15
    units_per_community: float = 11.5
    centre_spread: float = 0.18
    community_spread: float = 0.32
    bridge_km: float = 2.2
    outlets_per_unit: float = 0.25
    outlet_sales: float = 22
    halls_per_centre: int = 1
    clerks: tuple[int, int] = (4, 8)
    sellers_per_unit: float = 23 / 60
    gm_share: float = 0.4
    counter_probability: float = 0.3
    counter_share: float = 0.25
