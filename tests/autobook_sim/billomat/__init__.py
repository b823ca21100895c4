"""The simulated Billomat."""
