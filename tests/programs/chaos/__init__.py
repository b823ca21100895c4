"""The whole system in one process with a simulated clock, and everything that can go wrong going wrong."""
