from .data import Provenance as Provenance
from .load import load_territory as load_territory
from .territory import Territory as Territory
