"""What if weights or parameters were others: targets, boundaries and results."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
"""What `__init__.pyi` lists; each is imported when it is first asked for."""
