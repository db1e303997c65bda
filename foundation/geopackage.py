"""Layers of a map in one GeoPackage: equal layers are equal files."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd

WRITTEN = "2021-12-11T00:00:00.000Z"
"""Stands in the file for the time of writing, so that equal results are equal files."""


def write_layers(path: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Write every layer, by name, to a new file; needs the extra `geo`.

    Parameters
    ----------
    path : Path
        A draft (see `atomic_files.atomic_path`); what stands there is replaced.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    import pyogrio  # noqa: PLC0415 (heavy, and only needed where there are polygons)

    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN})
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "'crs' was not provided")  # a territory without polygons has none
            for name, layer in layers.items():
                layer.to_file(path, layer=name, driver="GPKG", engine="pyogrio")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
