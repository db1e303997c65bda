"""What holds in the worlds that may be: which timeline, at what risk, and what to find out first."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
"""What `__init__.pyi` lists; each is imported when it is first asked for."""
