"""What the machine gives and refuses: compiled loops, a folder to oneself, room on the disk, other machines."""
