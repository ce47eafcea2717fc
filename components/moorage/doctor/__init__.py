"""Checks of what a local run and a deployment need, each with its remedy."""
