from .city import generate_city as generate_city
from .errors import (
    InfeasibleError as InfeasibleError,
)
from .errors import (
    InputError as InputError,
)
from .errors import (
    LimitError as LimitError,
)
from .errors import (
    Problem as Problem,
)
from .load import load_scenario as load_scenario
from .schema import Scenario as Scenario
from .territory import Territory as Territory
from .territory_files import load_territory as load_territory
from .values import Placement as Placement
from .values import Plan as Plan
from .values import Targets as Targets
