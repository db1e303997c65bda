"""What every room stands on and nobody asks about: errors, files, caching, parallel work; it knows no business."""
