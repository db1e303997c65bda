"""Scenarios: what loads, what is refused, and how it is said."""

import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from scenarios import InputError, Scenario, load_scenario
from scenarios.loading.load import load_alternative, parse_setting, scenario_names


def messages(caught: pytest.ExceptionInfo[InputError]) -> str:
    return "\n".join(str(problem) for problem in caught.value.problems)


@pytest.mark.parametrize("name", scenario_names())
def test_every_shipped_scenario_loads_under_its_own_name(name: str) -> None:
    assert load_scenario(name).name == name


def test_alternatives_change_what_their_name_says() -> None:
    plan = load_scenario("plan")
    assert [p.name for p in load_scenario("big_bang").phases] == ["adjustment", "trial_run"]
    assert [p.name for p in load_scenario("no_training").phases] == ["transition", "trial_run"]
    assert load_scenario("no_merger").phases == ()
    assert load_scenario("waves").roll_out.centres_per_wave == 2
    equal = load_scenario("equal_weights")
    assert {w for s in equal.target_stages for f in ("CM", "GM") for w in s.weights[f].model_dump().values()} == {0.5}
    slow = load_scenario("slow")
    for before, after in zip(plan.phases[:2], slow.phases[:2], strict=True):
        assert before.end and after.end
        assert (after.end - after.start).days + 1 == 2 * ((before.end - before.start).days + 1)


def test_one_call_reports_every_error_with_place_value_rule_and_remedy() -> None:
    with pytest.raises(InputError) as caught:
        load_scenario(
            "plan",
            {
                "partition.balance_tolerance": 15,
                "training.seets": 3,
                "run.days": 0,
                "calendar.start": 5,
                "learning.CM.fixed": float("nan"),
                "target_stages[1].weights.CM.fixed": 0.7,
            },
        )
    text = messages(caught)
    assert "partition.balance_tolerance is 15; it must be at most 1" in text and "Write 15 % as 0.15." in text
    assert "training.seets; there is no such key. Did you mean 'seats'" in text
    assert "run.days is 0; it must be at least 1" in text
    assert "calendar.start is 5; it must be a date" in text
    assert "learning.CM.fixed is nan; it must be a finite number" in text
    assert "target_stages[1].weights.CM" in text and "must sum to 1" in text
    assert len(caught.value.problems) == 6


def test_a_key_that_does_not_exist_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(InputError, match="trainig") as caught:
        load_scenario("plan", {"trainig.seats": 3})
    assert "'training'" in messages(caught)


def test_phases_are_addressed_by_index_or_by_name() -> None:
    by_index = load_scenario("plan", {"phases[0].end": date(2021, 12, 18)})
    by_name = load_scenario("plan", {"phases.adjustment.end": "2021-12-18"})
    assert by_index.phases == by_name.phases
    assert by_index.sha256 == by_name.sha256 != load_scenario("plan").sha256


def test_overlapping_stages_are_refused_as_the_plan_prints_them() -> None:
    with pytest.raises(InputError, match=r"target_stages\[1\].start is 2022-01-01; it must lie after"):
        load_scenario("plan", {"target_stages.stage2.start": date(2022, 1, 1)})


def test_a_value_set_by_the_user_is_no_longer_credited_to_its_source() -> None:
    scenario = load_scenario("plan", {"market.mobile.arpu": 50})
    assert scenario.source_of("market.mobile.arpu") == "assumed: set by the user"
    assert load_scenario("waves").source_of("roll_out.days_between_waves") == "assumed: two centres a fortnight"
    bare = load_alternative(scenario, "waves")
    assert (bare.market.mobile.arpu, bare.roll_out.centres_per_wave) == (50, 2)


def test_a_file_is_a_list_of_overrides_on_its_base(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("name: mine\nbase: waves\nset:\n  training.seats: 20\n", encoding="utf-8-sig")
    scenario = load_scenario(mine)
    assert (scenario.training.seats, scenario.roll_out.centres_per_wave, scenario.base) == (20, 2, "waves")
    assert dict(scenario.overrides)["training.seats"] == 20


@pytest.mark.parametrize("name", ["../../evil", "a/b", "a\\b", ".", "..", "a\nb", "a\x00b", "a\x85b"])
def test_a_name_that_files_cannot_carry_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"name: {json.dumps(name)}\nbase: plan\n")
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    (problem,) = caught.value.problems
    assert (problem.path, problem.value, problem.remedy) == ("a.yaml: name", name, "Use letters, digits, - and _.")
    assert "no slash, backslash or control character" in problem.rule


@pytest.mark.parametrize("name", ["缩短过渡期", "v1.2 (short)", "..a"])
def test_any_other_name_is_taken(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"name: {json.dumps(name)}\nbase: plan\n")
    assert load_scenario(path).name == name


def test_without_a_title_a_scenario_goes_by_its_name(tmp_path: Path) -> None:
    settings = "base: plan\nset: {training.seats: 20}\n"
    files = {
        "named.yaml": f"name: 缩短\n{settings}",
        "stem.yaml": settings,
        "above.yaml": "name: above\nbase: titled\n",
        "titled.yaml": f"title: {{en: Mine, zh: 我的}}\n{settings}",
        "same.yaml": f"name: plan\n{settings}",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    plan = load_scenario("plan")
    titles = {name: load_scenario(tmp_path / name).title for name in files}
    assert {name: (title.en, title.zh) for name, title in titles.items()} == {
        "named.yaml": ("缩短", "缩短"),
        "stem.yaml": ("stem", "stem"),
        "above.yaml": ("above", "above"),
        "titled.yaml": ("Mine", "我的"),
        "same.yaml": (plan.title.en, plan.title.zh),
    }
    assert load_alternative(plan, tmp_path / "named.yaml").title.zh == "缩短"
    assert len({load_scenario(tmp_path / name).sha256 for name in files}) == 1


REFUSED = {
    "bases in a circle": ("base: a.yaml\n", "circle"),
    "an alias of itself": ("x: &a [1, *a]\n", "leads into itself"),
    "an alias of nothing": ("x: *a\n", "names what does not stand above it"),
    "aliases too deep": ("a: &a " + "[" * 20 + "]" * 20 + "\nb: " + "[" * 15 + "*a" + "]" * 15 + "\n", "nesting"),
    "a repeated key": ("name: x\nname: y\n", "stands here and in line 1"),
    "a key that is not text": ("1: x\n", "not text"),
    "a list": ("- 1\n", "mapping"),
    "nothing": ("", "mapping"),
    "broken YAML": ("a: [1\n", "line"),
    "deep nesting": ("a: " + "[" * 100 + "]" * 100, "nesting"),
    "a Python tag": ("a: !!python/object/apply:os.system [true]\n", "tags such as !name are not read"),
    "an impossible date": ("a: 2021-13-45\n", "cannot be read"),
    "keys beside set": ("base: plan\ntraining: {}\n", "below set"),
    "a set that is a list": ("base: plan\nset: [1]\n", "mapping of dotted keys"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_scenario_file_is_refused_with_a_message(what: str, tmp_path: Path) -> None:
    text, said = REFUSED[what]
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    assert said in messages(caught)


def test_aliases_that_a_program_writes_are_read_as_what_they_stand_for(tmp_path: Path) -> None:
    weights = {"fixed": 0.7, "mobile": 0.3}
    changes = {f"target_stages.stage{n}.weights.{force}": weights for n in (1, 2) for force in ("CM", "GM")}
    text = yaml.safe_dump({"base": "plan", "name": "shared", "set": changes})
    assert "&id001" in text and "*id001" in text
    (tmp_path / "shared.yaml").write_text(text)
    (tmp_path / "apart.yaml").write_text(text.replace("*id001", str(weights)).replace("&id001", ""))
    shared, apart = (load_scenario(tmp_path / f"{name}.yaml") for name in ("shared", "apart"))
    assert shared.sha256 == apart.sha256
    assert shared.target_stages[1].weights.GM.fixed == 0.7


def test_a_misspelt_scenario_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="'big_bang'"):
        load_scenario("bigbang")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(InputError, match="1000001 bytes"):
        load_scenario(path)


def test_set_options_are_read_as_yaml() -> None:
    assert parse_setting("phases.adjustment.end=2021-12-18") == ("phases.adjustment.end", date(2021, 12, 18))
    assert parse_setting("roll_out.order=[a, b]") == ("roll_out.order", ["a", "b"])
    for wrong in ("training.seats", "=3"):
        with pytest.raises(InputError, match="key=value"):
            parse_setting(wrong)


@given(st.text(max_size=60))
def test_any_override_text_ends_in_a_scenario_or_a_message(text: str) -> None:
    try:
        key, value = parse_setting(text)
        load_scenario("plan", {key: value})
    except InputError as error:
        assert all(str(problem).strip() for problem in error.problems)


def parts(model: type[BaseModel]) -> list[type[BaseModel]]:
    from scenarios.schema.error_wording import model_in

    inner = [model_in(field.annotation) for field in model.model_fields.values()]
    return [model, *(p for m in inner if m is not None for p in parts(m))]


@pytest.mark.parametrize("part", sorted(set(parts(Scenario)), key=lambda m: m.__name__), ids=lambda m: m.__name__)
def test_every_field_is_frozen_strict_and_says_what_it_means(part: type[BaseModel]) -> None:
    assert part.model_config["frozen"] and part.model_config["extra"] == "forbid"
    for name, field in part.model_fields.items():
        assert field.description, f"{part.__name__}.{name}"


def test_a_long_path_is_no_fault_of_a_scenario(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 90)
    deep.mkdir()
    alone = deep / "alone.yaml"
    alone.write_text(
        "name: alone\ntitle: {en: Alone, zh: 对照}\nbase: plan\nset: {phases: [], target_stages: []}\n", "utf-8"
    )
    settings = {"study.counterfactual": str(alone), "study.alternatives": [str(alone)], "territory.source": str(deep)}
    assert load_scenario("plan", settings).study.alternatives == (str(alone),)
