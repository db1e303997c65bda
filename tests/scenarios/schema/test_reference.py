"""The reference of a scenario leaves no field out and shows each as it stands in the file."""

from scenarios import load_scenario
from scenarios.schema.reference import LABELS, describe_schema, describe_values


def test_every_field_has_a_meaning_a_value_and_a_source() -> None:
    entries = list(describe_values(load_scenario("plan")))
    assert all(e.meaning and e.value and e.source for e in entries)
    shown = {e.key for e in entries}
    assert shown == {k for k, _, _ in describe_schema() if k.split(".")[0].removesuffix("[]") not in LABELS}


def test_values_are_those_of_the_scenario() -> None:
    found = {e.key: e for e in describe_values(load_scenario("plan", {"training.seats": 23}))}
    assert found["training.seats"].value == "23"
    assert found["training.seats"].source == "assumed: set by the user"
    assert found["phases[].start"].value.startswith("adjustment: 2021-12-11, transition: 2021-12-21")
    assert found["phases[].training"].value == "adjustment: true, transition: false, trial_run: false"
