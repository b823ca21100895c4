"""Findings about sets of rules."""
