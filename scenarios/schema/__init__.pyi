from .scenario import Scenario as Scenario
