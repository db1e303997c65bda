"""The SimPy model of sales and channel support while two sales forces become one."""

import lazy_loader

import frontline_fusion.check  # noqa: F401 (before anything of ours)

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
"""What `__init__.pyi` lists; each is imported when it is first asked for."""
