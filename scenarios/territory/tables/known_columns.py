"""Which columns a territory's tables may have, by all the names that offices give them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from scenarios.territory.tables.raw_table import plain

UNIT_TEXT = ("unit_id", "name", "centre", "community", "province", "prefecture", "county", "city", "neighbours")
UNIT_COUNTS = (
    "population",
    "households",
    "enterprises",
    "fixed_subscribers",
    "mobile_subscribers",
    "income",
    "area_km2",
)
COORDINATES = ("x", "y", "x_m", "y_m", "x_km", "y_km", "lon", "lat")

_NEAR = 0.78
"""Likeness of two names from which a reader is asked whether the one means the other."""

_SHORTEST = 2
"""Characters of the shortest name that is looked for inside another."""


@dataclass(frozen=True)
class Meaning:
    """What a column's name means: the column, and what its numbers have to be multiplied by."""

    column: str
    scale: float = 1.0


@dataclass(frozen=True)
class TableKind:
    """What a table may hold.

    Attributes
    ----------
    needed : columns without which it is of no use
    text : columns read as text whatever they look like
    counts : columns that are numbers and never negative
    numbers : columns that are numbers of any sign
    aliases : other names (compared without case, width and unit in brackets) -> column
    hints : names that may mean a column, but may as well mean something else -> column
    """

    needed: tuple[str, ...]
    text: tuple[str, ...]
    counts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    aliases: Mapping[str, str] | None = None
    hints: Mapping[str, str] | None = None

    @cached_property
    def columns(self) -> frozenset[str]:
        """Every column that is known."""
        return frozenset((*self.needed, *self.text, *self.counts, *self.numbers))

    @cached_property
    def names(self) -> dict[str, str]:
        """Every known name as it is compared -> column; one-letter names only as they stand."""
        aliases = {**(self.aliases or {}), **{column: column for column in sorted(self.columns) if len(column) > 1}}
        bare = {_bare(alias)[0]: column for alias, column in aliases.items() if not _bare(alias)[1]}
        return bare | {_key(alias): column for alias, column in aliases.items()}

    def meaning(self, name: str) -> Meaning | None:
        """Return what a column name means, or None where that is not certain.

        Case, width, spaces, a unit in brackets, a year and marks around the name make no difference; a unit that is a
        multiple (万人, 公顷) says what the numbers have to be multiplied by.
        """
        if name in self.columns:
            return Meaning(name)
        if plain(name) in ("X", "Y"):
            return Meaning(plain(name).lower()) if "x" in self.columns else None
        if (column := self.names.get(_key(name))) is not None:
            return Meaning(column)
        bare, unit = _bare(name)
        column = self.names.get(bare) or self._said_longer(bare)
        if unit in _KM and (bare in ("x", "y") or column in ("x", "y")):
            return Meaning(f"{column or bare}_km")
        if column is None or (unit and unit not in _UNITS.get(column, _ANY_UNIT)):
            return None
        return Meaning(column, _UNITS.get(column, _ANY_UNIT)[unit] if unit else 1.0)

    def _said_longer(self, bare: str) -> str | None:
        """Return the column of a name with a usual word too many: 所在小区编号, number of households, avg income."""
        if (code := _CODE_BEHIND.fullmatch(bare)) is not None:
            column = self.names.get(code[1])
            return column if column in self.text else None
        bare = _SUBS.sub("subscribers", bare)
        counted, mean = _COUNT_OF.fullmatch(bare), _MEAN_OF.fullmatch(bare)
        column = self.names.get(counted[1] if counted else mean[1] if mean else bare)
        if counted:
            return column if column in self.counts and column not in _NO_COUNTS else None
        return column if not mean or column == "income" else None

    def nearest(self, name: str, among: Iterable[str] | None = None) -> str | None:
        """Return the column that a name looks like without saying it, or None."""
        wanted = self.columns if among is None else frozenset(among)
        names = {key: column for key, column in {**(self.hints or {}), **self.names}.items() if column in wanted}
        bare, _ = _bare(name)
        inside = [key for key in names if len(key) >= _SHORTEST and (key in bare or (len(bare) > 2 and bare in key))]
        if inside and not bare.isascii():
            return names[max(inside, key=len)]
        close = difflib.get_close_matches(bare, list(names), 1, _NEAR)
        if close:
            return names[close[0]]
        words = [key for key in inside if len(key) > 3]
        return names[max(words, key=len)] if words else None


def ranked(names: Iterable[str]) -> list[str]:
    """Return column names with the general ones (编号) last: where two mean the same, the plainer one is taken."""
    return sorted(names, key=lambda name: _key(name) in _GENERAL)


def _aliases(**columns: str) -> dict[str, str]:
    return {alias: column for column, names in columns.items() for alias in names.split()}


_AT = _aliases(
    x="横坐标 x坐标",
    y="纵坐标 y坐标",
    x_m="横坐标(米) x坐标(米) x(m) x(米)",
    y_m="纵坐标(米) y坐标(米) y(m) y(米)",
    lon="经度 东经 中心经度 经度坐标 longitude lng long x_lon centroid_lon",
    lat="纬度 北纬 中心纬度 纬度坐标 latitude y_lat centroid_lat",
)
_PLACE = _aliases(
    unit_id="单元 单元编号 单元编码 小区编号 小区编码 小区代码 街区编号 街区编码 网格编号 网格编码 单元id 小区id "
    "所在单元 所在小区 所在街区 所在网格 所属单元 所属小区 所属街区 归属小区 归属单元"
)
_IN_UNIT = _aliases(unit_id="小区 街区 小区名称 单元名称 街区名称 网格名称 unit unit_name location")

UNITS = TableKind(
    needed=("unit_id",),
    text=UNIT_TEXT,
    counts=UNIT_COUNTS,
    numbers=COORDINATES,
    aliases=_PLACE
    | _AT
    | _aliases(
        unit_id="编号 编码 代码 行政区划代码 行政区代码 区划代码 区划编码 区域编码 区域编号 adcode geoid unit_code",
        name="名称 单元名称 小区名称 小区名 小区 街区名称 街区 网格名称 区域名称 区划名称 地名 unit_name "
        "neighbourhood neighborhood nome nombre nom",
        population="人口 人口数 人口数量 人口总数 总人口 总人口数 常住人口 常住人口数 居民人数 居民数 pop "
        "total_population total_pop residents inhabitants população población einwohner 인구 인구수",
        households="户数 家庭户数 总户数 住户数 居民户数 住户 家庭数 家庭总户数 常住户数 入住户数 num_households "
        "household_count number_of_households hh",
        income="收入 人均收入 人均年收入 人均可支配收入 居民人均收入 居民人均可支配收入 income_per_capita "
        "per_capita_income",
        enterprises="企业数 企业 企业数量 企业个数 企业单位数 企业总数 商企数 法人单位数 businesses firms",
        fixed_subscribers="固网用户 固网用户数 固话用户 固话用户数 固定用户 固定电话用户 固定电话用户数 "
        "固网在网用户 固网在网用户数 fixed_lines fixed_users landlines",
        mobile_subscribers="移动用户 移动用户数 移网用户 移网用户数 手机用户 手机用户数 g网用户 g网用户数 "
        "移动电话用户 移动电话用户数 g网在网用户 g网在网用户数 移网在网用户数 mobile_users",
        centre="中心 营销中心 营销中心名称 所属营销中心 所属中心 归属中心 归属营销中心 center marketing_center "
        "marketing_centre sales_centre sales_center",
        community="社区 所属社区 社区名称 现社区 现属社区 当前社区 归属社区 现归属社区 current_community",
        area_km2="面积 区域面积 土地面积 辖区面积 area",
        prefecture="地级市 所属地市 地市",
        province="省份 省",
        county="县区 区县 县市区 所属区县",
        city="城市 市",
        neighbours="neighbors neighbour neighbor neighbouring_units neighboring_units adjacent_units adjacent_to "
        "adjacent adjacencies 相邻小区 相邻单元 相邻街区 相邻网格 相邻区域 邻接小区 邻接单元 邻近小区 毗邻小区 "
        "接壤小区 邻居 相邻 邻接",
    ),
    hints=_aliases(
        fixed_subscribers="宽带用户 宽带用户数 宽带 家宽用户 家宽用户数 broadbandsubscribers broadbandsubs "
        "broadbandusers broadband"
    ),
)
ADJACENCY = TableKind(needed=(), text=(), counts=("shared_border_m", "shared_border_km"))
OUTLETS = TableKind(
    needed=("outlet_id", "unit_id"),
    text=("outlet_id", "name", "unit_id", "seller_id"),
    counts=("mobile_sales_per_month",),
    numbers=COORDINATES,
    aliases=_PLACE
    | _AT
    | _IN_UNIT
    | _aliases(
        outlet_id="网点 网点编号 网点编码 渠道编号 渠道编码 渠道代码 渠道id 门店编号 门店编码 代理商编号 代理商编码 "
        "代理点编号 outlet outlet_code",
        name="名称 网点名称 渠道名称 门店名称 代理商名称 代理点名称 outlet_name",
        seller_id="网格经理 网格经理编号 网格经理工号 负责人 负责人编号 负责人工号 渠道经理 渠道经理工号 维系人 "
        "维系经理 包保人 管理人员 seller manager grid_manager",
        mobile_sales_per_month="月销量 月销售量 月均销量 月均销售量 月发展量 月均发展 月均发展量 月发展 月发展用户 "
        "月发展用户数 月均发展用户 月均发展用户数 月放号量 月均放号 月均放号量 月新增用户 月新增用户数 "
        "月均新增用户数 g网月发展量 g网月均发展量 移网月发展量 sales_per_month monthly_sales",
    ),
)
HALLS = TableKind(
    needed=("hall_id", "unit_id"),
    text=("hall_id", "name", "unit_id", "business"),
    counts=("clerks",),
    numbers=COORDINATES,
    aliases=_PLACE
    | _AT
    | _IN_UNIT
    | _aliases(
        hall_id="营业厅 营业厅编号 营业厅编码 营业厅代码 厅编号 厅编码 hall hall_code",
        name="名称 营业厅名称 厅名称 厅名 hall_name",
        business="业务 原属业务 原公司 原属公司 业务类型 所属公司 原单位 company",
        clerks="营业员 营业员数 营业员人数 营业员数量 人数 员工数 人员数 clerk_count staff",
    ),
)
SELLERS = TableKind(
    needed=("seller_id", "force"),
    text=("seller_id", "name", "force", "home_unit", "knows"),
    counts=("counter_share", "forecast_fixed", "forecast_mobile"),
    aliases=_aliases(
        seller_id="工号 人员编号 人员编码 员工编号 员工工号 人员工号 职工编号 编号 employee_id staff_id",
        name="姓名 名称 员工姓名 人员姓名 employee_name",
        force="队伍 岗位 岗位名称 岗位类型 人员类型 人员类别 员工类型 职务 role position",
        home_unit="驻地单元 驻地小区 居住单元 居住小区 所在单元 所在小区 驻点小区 办公小区 home",
        knows="熟悉单元 熟悉小区 负责单元 负责小区 责任单元 责任小区 服务区域 服务小区 包片小区 包干小区 管辖小区 "
        "维护小区 负责街区 负责片区 knows_units units",
        counter_share="柜台占比 营业受理占比 柜台时间占比",
        forecast_fixed="固网预测 固网月发展预测",
        forecast_mobile="移网预测 移网月发展预测",
    ),
)
KINDS = {"units": UNITS, "adjacency": ADJACENCY, "outlets": OUTLETS, "halls": HALLS, "sellers": SELLERS}

_TENS = {"": 1.0, "十": 10.0, "百": 100.0, "千": 1e3, "万": 1e4, "亿": 1e8}
_GENERAL = frozenset(["编号", "编码", "代码", "名称", "area", "小区", "单元", "街区", "unit", "人数", "员工数", "收入"])
_KM = ("km", "公里", "千米")
_CODE_BEHIND = re.compile(r"(.{2,})(?:编号|编码|代码|名称|名|id|code|name)")
_COUNT_OF = re.compile(r"(?:(?:no|nr|num|number|count|#)of|num|number|total|#)(.{3,})")
_MEAN_OF = re.compile(r"(?:avg|average|mean|平均)(.{2,})")
_SUBS = re.compile(r"subs?$")
_NO_COUNTS = ("income", "area_km2")
_ANY_UNIT = (
    {
        f"{ten}{unit}": scale
        for ten, scale in _TENS.items()
        for unit in ("", "人", "户", "家", "个", "元", "名", "人次", "元/年", "元/人", "元/月", "户/月", "部", "台")
        if ten or unit
    }
    | {
        f"{money}{per}": 1.0
        for money in ("cny", "rmb", "yuan", "人民币")
        for per in ("", "/year", "/yr", "/a", "/person")
    }
    | {"km": 1.0, "公里": 1.0, "千米": 1.0, "persons": 1.0, "people": 1.0, "thousands": 1e3, "thousand": 1e3}
)
_UNITS = {
    "area_km2": {
        "平方公里": 1.0, "平方千米": 1.0, "km2": 1.0, "km^2": 1.0, "sqkm": 1.0, "公顷": 0.01, "ha": 0.01,
        "亩": 1 / 1500, "平方米": 1e-6, "m2": 1e-6, "m^2": 1e-6, "㎡": 1e-6,
    },
    "lon": {"°": 1.0, "度": 1.0, "deg": 1.0, "e": 1.0, "wgs84": 1.0, "gcj02": 1.0, "cgcs2000": 1.0},
    "lat": {"°": 1.0, "度": 1.0, "deg": 1.0, "n": 1.0, "wgs84": 1.0, "gcj02": 1.0, "cgcs2000": 1.0},
}  # fmt: skip
"""What may stand in brackets behind a column's name, and what its numbers are multiplied by then."""

_BRACKETS = re.compile(r"[(\[](?:人|户|家|个|km2|平方公里|平方千米|元|公里|千米|km)[)\]]$")
_UNIT_BEHIND = re.compile(r"[(\[【]([^()\[\]【】]*)[)\]】]$")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)(?:年(?:\d{1,2}月)?(?:末|底|初)?)?")
_MARKS = re.compile(r"[\s_*\-:.、/·]+")


def _key(name: str) -> str:
    return _BRACKETS.sub("", plain(name).casefold().replace(" ", "").replace("²", "2"))


def _bare(name: str) -> tuple[str, str]:
    """Return a name without year, marks and the unit behind it, and that unit."""
    text = _YEAR.sub("", plain(name).casefold().replace("²", "2"))
    text = _MARKS.sub("", text.replace("()", "").replace("[]", ""))
    unit = ""
    if (behind := _UNIT_BEHIND.search(text)) is not None:
        text, unit = text[: behind.start()], behind[1].removeprefix("单位")
    return text, unit
