"""Pieces are whole or not there, keyed by content, and no reader of them runs anything."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scenarios
from foundation.result_cache import SOURCES, Pieces, digest_of_program, key_of, program
from scenarios import generate_city
from scenarios.loading.fingerprint import territory_key

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text().filter(lambda k: k != "ndarray"), inner),
    max_leaves=8,
)


@given(PLAIN)
def test_a_piece_comes_back_as_it_was(piece: object) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        kept = Pieces(folder)
        kept.write("a", {"piece": piece})
        assert kept.read("a") == {"piece": piece}


def test_arrays_come_back_bit_for_bit(tmp_path: Path) -> None:
    values = np.array([[0.1, np.nan, -0.0], [np.inf, 1e-320, 1 / 3]])
    kept = Pieces(tmp_path)
    kept.write("a", [values, np.arange(3), np.float64(0.1), np.int64(7)])
    back, whole, number, count = kept.read("a")
    assert back.tobytes() == values.tobytes() and back.dtype == values.dtype and back.shape == values.shape
    assert whole.dtype == np.int64 and number == 0.1 and count == 7
    assert json.loads((tmp_path / "a.json").read_text())["content"]


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "other"])
def test_a_damaged_piece_counts_as_not_there(damage: str, tmp_path: Path) -> None:
    kept = Pieces(tmp_path)
    kept.write("a", {"x": 1, "y": "abc"})
    path = tmp_path / "a.json"
    text = path.read_text()
    changed = {"cut": text[:-9], "flip": text.replace("abc", "abd"), "empty": "", "other": '{"sha256": 3}'}[damage]
    path.write_text(changed)
    assert kept.read("a") is None


def test_an_array_of_objects_is_refused(tmp_path: Path) -> None:
    kept = Pieces(tmp_path)
    kept.write("a", {"ndarray": "|O", "shape": [1], "data": "gASVBAAAAAAAAABLAS4="})
    assert kept.read("a") is None


def test_nothing_is_kept_without_a_folder_or_once_it_is_gone(tmp_path: Path) -> None:
    Pieces().write("a", 1)
    Pieces(tmp_path / "gone").write("a", 1)
    assert Pieces().read("a") is None and not (tmp_path / "gone").exists()


def test_a_key_follows_the_content() -> None:
    assert key_of("x", {"a": 1, "b": 2}) == key_of("x", {"b": 2, "a": 1})
    assert len({key_of("x", v) for v in (1, 1.5, "1", [1], None)}) == 5
    town = generate_city(units=12, centres=1, seed=1)
    other = town.with_columns({"income": town.units["income"] + 1e-9})
    assert territory_key(town) == territory_key(generate_city(units=12, centres=1, seed=1))
    assert len({territory_key(town), territory_key(other), territory_key(None)}) == 3


def test_a_changed_file_in_any_folder_of_any_package_changes_the_key(tmp_path: Path) -> None:
    project = Path(scenarios.__file__).resolve().parents[1]
    packages = [pattern.split("/")[0] for pattern in SOURCES if (project / pattern.split("/")[0]).is_dir()]
    one_a_folder: dict[Path, Path] = {}
    for package in packages:
        for path in sorted((project / package).rglob("*.py")):
            copy = tmp_path / path.relative_to(project)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
            one_a_folder[copy.parent] = copy
    assert {"foundation", "scenarios", "sim", "optimize", "study"} <= {folder.name for folder in one_a_folder}
    keys = [digest_of_program(tmp_path)]
    for path in one_a_folder.values():
        path.write_text(path.read_text() + "\nCHANGED = 1\n")
        keys.append(digest_of_program(tmp_path))
    assert len(set(keys)) == 1 + len(one_a_folder)


def test_the_key_is_that_of_this_program() -> None:
    assert program() == digest_of_program(Path(scenarios.__file__).resolve().parents[1])
