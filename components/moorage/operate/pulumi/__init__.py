"""Stacks of the Pulumi CLI: what commands need, and what was deployed."""
