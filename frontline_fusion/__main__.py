"""`python -m frontline_fusion` is the same as `fusion`."""

import sys

from frontline_fusion import main

sys.exit(main())
