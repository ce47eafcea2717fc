"""Evaluating a Pulumi program without an engine."""
