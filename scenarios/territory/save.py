"""Write a territory as a folder that `load_territory` reads back."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from foundation.atomic_files import sync, write_bytes
from foundation.message_data import is_said, to_data
from foundation.safe_csv import defused

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from scenarios.territory.data import TerritoryData

DEGREE_DECIMALS = 7
"""Places of longitude and latitude kept: 1e-7 degrees are about a centimetre."""

FILES = (
    "units.csv",
    "adjacency.csv",
    "units.geojson",
    "outlets.csv",
    "halls.csv",
    "sellers.csv",
    "features.geojson",
    "distances.npz",
    "territory.json",
)


def save_folder(territory: TerritoryData, folder: str | Path) -> Path:
    """Write `territory` to `folder`; a new folder appears whole, in an old one each file is replaced in one step.

    Files of the folder form that the territory no longer has are removed; others stay.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    target, files = Path(folder), folder_bytes(territory)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            for name, data in files.items():
                write_bytes(draft / name, data)
            draft.chmod(0o755)
            os.replace(draft, target)
            sync(target.parent)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return target
    for name, data in files.items():
        write_bytes(target / name, data)
    for name in FILES:
        if name not in files:
            (target / name).unlink(missing_ok=True)
    return target


def folder_bytes(territory: TerritoryData) -> dict[str, bytes]:
    """Return the content of every file of the folder form; equal territories give equal bytes."""
    files = {
        "units.csv": _csv(territory.units.reset_index()),
        "adjacency.csv": _csv(territory.edges),
        "territory.json": _json(_about(territory)),
    }
    for name in ("outlets", "halls", "sellers"):
        table = getattr(territory, name)
        if table is not None:
            files[f"{name}.csv"] = _csv(table)
    if territory.distances is not None:
        files["distances.npz"] = territory.distances.to_bytes()
    if territory.geometry is not None:
        if territory.geometry.crs is not None and not territory.provenance.cells:
            rows = [{"unit_id": str(unit)} for unit in territory.geometry.index]
            files["units.geojson"] = _geojson(territory.geometry, rows)
        if territory.features is not None and territory.features.crs is not None:
            table = territory.features.drop(columns=territory.features.geometry.name)
            rows = [{str(k): str(v) for k, v in row.items()} for row in table.to_dict("records")]
            files["features.geojson"] = _geojson(territory.features.geometry, rows)
    return files


def folder_sha256(files: dict[str, bytes]) -> str:
    """Digest of names and contents; the same as that of the files once written."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return digest.hexdigest()


def _about(territory: TerritoryData) -> dict[str, Any]:
    provenance, geometry = territory.provenance, territory.geometry
    about: dict[str, Any] = {
        "name": territory.name,
        "synthetic": provenance.synthetic,
        "seed": provenance.seed,
        "generated": list(provenance.generated),
        "bridges": [list(pair) for pair in provenance.bridges],
        "notes": list(provenance.notes),
        "source": Path(provenance.path).name,
    }
    said = {n: to_data(note) for n, note in enumerate(provenance.notes) if is_said(note)}
    if said:
        about["said"] = {str(n): note for n, note in said.items()}
    if provenance.account:
        about["account"] = [entry.to_dict() for entry in provenance.account]
    if provenance.cells:
        about["cells"] = True
    if geometry is not None and geometry.crs is not None:
        code = geometry.crs.to_epsg()
        about["crs"] = f"EPSG:{code}" if code is not None else geometry.crs.to_wkt()
    return about


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _csv(table: pd.DataFrame) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([defused(str(c)) for c in table.columns])
    columns = [[_cell(v) for v in table[c].tolist()] for c in table.columns]
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    """Return a cell's text; a float that is whole keeps its point, so that it comes back as a float."""
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(value)
    return "" if value is None else str(defused(value))


def _geojson(shapes: gpd.GeoSeries, rows: list[dict[str, str]]) -> bytes:
    degrees = shapely.transform(
        shapes.to_crs("EPSG:4326").to_numpy(), lambda points: np.round(points, DEGREE_DECIMALS) + 0.0
    )
    lines = [
        '{"type": "Feature", "properties": '
        + json.dumps(row, ensure_ascii=False)
        + ', "geometry": '
        + json.dumps(shapely.geometry.mapping(shape), separators=(",", ":"))
        + "}"
        for row, shape in zip(rows, degrees, strict=True)
    ]
    return ('{"type": "FeatureCollection", "features": [\n' + ",\n".join(lines) + "\n]}\n").encode()
