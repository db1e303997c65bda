from .figures import draw_gains as draw_gains
from .figures import draw_screening as draw_screening
from .figures import draw_whatif as draw_whatif
from .whatif import WhatIf as WhatIf
from .whatif import what_if as what_if
