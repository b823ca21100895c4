"""The simulated Kanbert, by plain HTTP: it refuses what Kanbert would refuse."""
