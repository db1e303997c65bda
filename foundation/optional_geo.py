"""Whether polygon files can be read, projected and written: the libraries for it are the optional extra `geo`."""

from __future__ import annotations

from importlib.util import find_spec

from foundation.messages import Message

SUFFIXES = (".gpkg", ".geojson", ".json", ".shp")
"""What polygon files are called."""

COMMAND = "pip install 'frontline-fusion[geo]'"
REMEDY = Message("Install the extra: {command}.", command=COMMAND)


def has_geo() -> bool:
    """Return whether geopandas, pyogrio and pyproj are installed.

    Without them territories are tables: units, adjacencies and coordinates; maps draw dots, and no GeoPackage is
    written. Everything that is computed is the same.
    """
    return all(find_spec(name) is not None for name in ("geopandas", "pyogrio", "pyproj"))
