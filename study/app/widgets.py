"""What a browser draws by itself: a map to click on, a timeline to drag, a table to sort, and buttons for files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets

HERE = Path(__file__).parent

TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".gpkg": "application/geopackage+sqlite3",
    ".html": "text/html",
    ".pdf": "application/pdf",
}


class Map(anywidget.AnyWidget):  # type: ignore[misc]
    """Draws a scene (`study.app.scenes.map_scene`).

    ``picked`` is the community chosen, ``clicks`` counts choices by hand, ``locked`` are outlined. ``over`` is a second
    scene of the same territory that lies on top as far as ``swiped`` [%] lets it; ``on_top`` tells whether it was the
    one that was clicked.
    """

    _esm = (HERE / "community_map.js").read_text(encoding="utf-8")
    scene = traitlets.Dict().tag(sync=True)
    picked = traitlets.Unicode("").tag(sync=True)
    clicks = traitlets.Int(0).tag(sync=True)
    locked = traitlets.List().tag(sync=True)
    over = traitlets.Dict().tag(sync=True)
    swiped = traitlets.Float(50.0).tag(sync=True)
    swipe = traitlets.Unicode("").tag(sync=True)
    on_top = traitlets.Bool(False).tag(sync=True)


class Strip(anywidget.AnyWidget):  # type: ignore[misc]
    """Draws a timeline (`study.app.scenes.timeline_strip`); ``asked`` is whose end was dragged, and its length."""

    _esm = (HERE / "timeline_strip.js").read_text(encoding="utf-8")
    scene = traitlets.Dict().tag(sync=True)
    asked = traitlets.Dict().tag(sync=True)


class Sortable(anywidget.AnyWidget):  # type: ignore[misc]
    """A table sorted by a click on a column's head: cells are ``{"text", "by"}``, ``by`` being what they sort by."""

    _esm = (HERE / "sortable_table.js").read_text(encoding="utf-8")
    content = traitlets.Dict().tag(sync=True)


class HandMap(anywidget.AnyWidget):  # type: ignore[misc]
    """Units to move by hand (`study.app.scenes.hand_scene`).

    ``drawn`` is the plan that is to be used, ``brushed`` holds units that are to stay in one community.
    """

    _esm = (HERE / "hand_map.js").read_text(encoding="utf-8")
    scene = traitlets.Dict().tag(sync=True)
    drawn = traitlets.Dict().tag(sync=True)
    brushed = traitlets.Dict().tag(sync=True)


class DropZone(anywidget.AnyWidget):  # type: ignore[misc]
    """Takes a file that is dropped or chosen; whoever listens is told its name, size and, unless too large, bytes."""

    _esm = (HERE / "drop_zone.js").read_text(encoding="utf-8")
    words = traitlets.Dict().tag(sync=True)
    accepts = traitlets.List().tag(sync=True)
    largest = traitlets.Int(0).tag(sync=True)


class Address(anywidget.AnyWidget):  # type: ignore[misc]
    """Tells what the page's address ends with once a browser shows it: pages are made before anybody comes."""

    _esm = """export default { render({ model }) {
      model.set("search", location.search || "?");
      model.save_changes();
    } };"""
    search = traitlets.Unicode("").tag(sync=True)


class Files(anywidget.AnyWidget):  # type: ignore[misc]
    """Hands over the files of a folder, and no others."""

    _esm = (HERE / "files.js").read_text(encoding="utf-8")
    files = traitlets.List().tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.folder: Path | None = None
        self.on_msg(self._hand_over)

    def offer(self, folder: Path | None, labels: Mapping[str, str]) -> None:
        """Show a button for each file; those that are not in the folder cannot be pressed."""
        self.folder = folder
        self.files = [
            {"name": name, "label": label, "ready": folder is not None and (folder / name).is_file()}
            for name, label in labels.items()
        ]

    def _hand_over(self, _: Any, content: Mapping[str, Any], __: Any) -> None:
        name = content.get("want")
        if self.folder is None or name not in [f["name"] for f in self.files if f["ready"]]:
            return
        path = self.folder / str(name)
        self.send({"name": path.name, "type": TYPES.get(path.suffix, "application/octet-stream")}, [path.read_bytes()])
