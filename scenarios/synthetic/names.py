"""Chinese names for made-up places and people; any number of them, each only once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_FIRST = "春秋朝晨明晓青翠碧金银玉翔安永长福康和睦祥瑞兴荣华锦丰景云星月松竹梅兰桂枫柳荷"
_SECOND = "晖阳光园林溪泉湖湾河岸桥亭苑台坪岭坡山峰谷原野川滨洲港塘庭里舍居城门街坊"
_KINDS = ("小区", "花园", "家园", "新村", "里", "公寓", "雅苑", "嘉园")
_CORE = "城中"
_AROUND = (
    ("城东", "东关", "东郊", "桥东"),
    ("东北", "开发区", "空港", "东湖"),
    ("城北", "北关", "北郊", "铁北"),
    ("西北", "大学城", "北苑", "西山"),
    ("城西", "西关", "西郊", "桥西"),
    ("西南", "高新", "南苑", "西湖"),
    ("城南", "南关", "南郊", "滨河"),
    ("东南", "新区", "港区", "会展"),
)
"""Names of centres by direction from the core, east first and on to the north."""
_SHOPS = ("通讯", "手机卖场", "数码", "便民超市", "电讯", "书报亭", "百货", "电器")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = "伟芳敏静丽强磊军洋勇艳杰娟涛超霞平刚桂英华玉兰红梅建国志明晓文海燕春雨佳欣宁航博宇"


def centre_names(places: NDArray[np.float64]) -> list[str]:
    """Return names of marketing centres by where they lie from the core, shape (centres, 2); the first is the core."""
    taken = {_CORE}
    names = [_CORE]
    for x, y in places[1:].tolist():
        octant = round(float(np.arctan2(y, x)) / (np.pi / 4)) % 8
        fresh = [name for name in _AROUND[octant] if name not in taken]
        turn = 2
        while not fresh:
            fresh = [f"{name}第{turn}" for name in _AROUND[octant] if f"{name}第{turn}" not in taken]
            turn += 1
        names.append(fresh[0])
        taken.add(fresh[0])
    return [f"{name}营销中心" for name in names[: len(places)]]


def community_names(count: int, rng: np.random.Generator) -> list[str]:
    """Return names of communities."""
    return [f"{stem}社区" for stem in _lengthened(_stems(rng), count, "第{}")]


def unit_names(count: int, rng: np.random.Generator) -> list[str]:
    """Return names of basic units."""
    stems = _stems(rng)
    turns = len(stems) * len(_KINDS)
    every = [stems[k % len(stems)] + _KINDS[(k + k // len(stems)) % len(_KINDS)] for k in range(min(count, turns))]
    return _lengthened(every, count, "{}期")


def outlet_names(units: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Return names of outlets, each called after the unit it lies in."""
    taken: dict[str, int] = {}
    names = []
    for unit, kind in zip(units, rng.integers(len(_SHOPS), size=len(units)).tolist(), strict=True):
        name = f"{unit}{_SHOPS[kind]}"
        taken[name] = taken.get(name, 0) + 1
        names.append(name if taken[name] == 1 else f"{name}{taken[name]}店")
    return names


def person_names(count: int, rng: np.random.Generator) -> list[str]:
    """Return names of people who do not exist."""
    given = [a + b for a in _GIVEN for b in _GIVEN]
    picks = rng.permutation(len(_SURNAMES) * len(given))[:count]
    every = [_SURNAMES[k % len(_SURNAMES)] + given[k // len(_SURNAMES)] for k in picks.tolist()]
    return _lengthened(every, count, "{}")


def _stems(rng: np.random.Generator) -> list[str]:
    first, second = list(dict.fromkeys(_FIRST)), list(dict.fromkeys(_SECOND))
    every = [a + b for a in first for b in second if a != b]
    return [every[k] for k in rng.permutation(len(every))]


def _lengthened(names: Sequence[str], count: int, suffix: str) -> list[str]:
    """Return `count` names; when they run out they come again with a number."""
    return [
        names[k % len(names)] + (suffix.format(k // len(names) + 1) if k >= len(names) else "") for k in range(count)
    ]
