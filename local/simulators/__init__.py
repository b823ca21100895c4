"""Stand-ins for the systems around Autobook, over real HTTP."""
