"""A case holds a scenario and its twin; a text is parsed once, and a file is read as it is now."""

from pathlib import Path

import pytest

from scenarios import load_scenario
from scenarios.loading import load, strict_yaml
from scenarios.loading.case import by_market, case_of, cases_of
from scenarios.loading.load import load_alternative, with_settings
from scenarios.loading.strict_yaml import read_mapping
from scenarios.loading.variants import variants_of


def test_the_twin_of_many_variants_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed, parse = [], strict_yaml.parse
    monkeypatch.setattr(strict_yaml, "parse", lambda text, where: (parsed.append(where), parse(text, where))[1])
    strict_yaml._parsed.cache_clear()
    plan = load_scenario("plan")
    cases = [case_of(with_settings(plan, {"training.seats": seats})) for seats in (10, 20, 30)]
    assert by_market(cases) == [[0, 1, 2]]
    assert len({case.key for case in cases}) == 3
    assert sorted(parsed) == ["no_merger.yaml", "plan.yaml"]


def test_the_file_of_the_twin_is_opened_once_for_many_variants(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = load_scenario("plan")
    variants = variants_of(plan, [{"training.seats": seats} for seats in (10, 20, 30)])
    opened: list[str] = []
    monkeypatch.setattr(load, "read_mapping", lambda path: (opened.append(path.name), read_mapping(path))[1])
    cases = cases_of([plan, *variants])
    assert opened == ["no_merger.yaml", "plan.yaml"]
    assert [case.counterfactual for case in cases] == [load_alternative(v, "no_merger") for v in (plan, *variants)]


def test_a_file_that_was_changed_is_read_as_it_is_now(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("a: 1\n", encoding="utf-8")
    assert read_mapping(path) == {"a": 1}
    path.write_text("a: 2\n", encoding="utf-8")
    assert read_mapping(path) == {"a": 2}


def test_what_was_read_can_be_changed_without_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("a: {b: [1, 2]}\n", encoding="utf-8")
    read_mapping(path)["a"]["b"].append(3)
    assert read_mapping(path) == {"a": {"b": [1, 2]}}


def test_a_laboratory_has_nothing_to_merge() -> None:
    case = case_of(load_scenario("erlang_c"))
    assert case.counterfactual is None and case.market == ""
