from .replications import (
    Inputs as Inputs,
)
from .replications import (
    Replications as Replications,
)
from .replications import (
    compare_paired as compare_paired,
)
from .replications import (
    replicate as replicate,
)
from .replications import (
    replicate_all as replicate_all,
)
from .replications import (
    replicate_until as replicate_until,
)
from .run import Run as Run
from .run import simulate as simulate
from .selection import Selection as Selection
from .selection import select_scenario as select_scenario
