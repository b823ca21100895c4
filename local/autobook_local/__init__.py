"""The whole system on one machine: the local AWS with the deployed template, and the demo."""
