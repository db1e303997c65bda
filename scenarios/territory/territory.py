"""The territory that is studied: its data, and how it is kept and shown."""

from __future__ import annotations

import html
from pathlib import Path

from scenarios.territory.data import TerritoryData
from scenarios.territory.notebook_map import sketch
from scenarios.territory.save import save_folder


class Territory(TerritoryData):
    """A service area as typed, checked, frozen data, that saves itself and shows itself in a notebook."""

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>{sketch(self)}"

    def save(self, folder: str | Path) -> Path:
        """Write the territory as a folder that `load_territory` reads back (polygons to the centimetre).

        A new folder appears whole or not at all; in an old one, each file is replaced in one step.

        Raises
        ------
        OSError
            The folder cannot be written.
        """
        return save_folder(self, folder)
