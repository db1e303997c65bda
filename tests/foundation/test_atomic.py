"""Files are wholly written or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.atomic_files import atomic_path, write_bytes, write_text


def test_it_writes_text_and_bytes_and_makes_folders(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a" / "b.txt", "社区\r\n")
    assert path.read_bytes() == "社区\r\n".encode()
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in path.parent.iterdir()] == ["b.txt"]


def test_a_failure_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    path = write_text(tmp_path / "b.txt", "old")
    with pytest.raises(RuntimeError), atomic_path(path) as draft:
        draft.write_text("half")
        assert draft.suffix == path.suffix
        raise RuntimeError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["b.txt"]


def test_a_new_file_gets_ordinary_rights_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    path = write_text(tmp_path / "new", "")
    assert path.stat().st_mode == ordinary.stat().st_mode
    path.chmod(0o640)
    assert write_text(path, "x").stat().st_mode & 0o777 == 0o640
