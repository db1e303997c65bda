"""What every room stands on and nobody asks about: errors, files, caching, parallel work; it knows no business."""

import frontline_fusion.check  # noqa: F401 (before anything of ours)
