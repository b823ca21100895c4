"""Backtests and suggested rules on a simulated agency, whose habits are known: `make backtest` plays them in full."""
