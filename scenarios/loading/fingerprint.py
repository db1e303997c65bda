"""What makes two inputs the same: digests of all that decisions and simulation read of them."""

from __future__ import annotations

import hashlib

from scenarios.territory.territory import Territory


def territory_key(territory: Territory | None) -> str:
    """Return a digest of all that decisions and simulation read of a territory, wherever it comes from."""
    digest = hashlib.sha256()
    for name in ("units", "edges", "outlets", "halls", "sellers") if territory is not None else ():
        table = getattr(territory, name)
        digest.update(f"{name}\n{'' if table is None else table.to_csv()}\n".encode())
    return digest.hexdigest()
