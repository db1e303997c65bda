from .figures import draw_scatter as draw_scatter
from .figures import draw_value_of_knowing as draw_value_of_knowing
from .result import Robust as Robust
from .run import robust as robust
