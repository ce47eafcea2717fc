"""Stacks of the Pulumi CLI: the prerequisites of its commands, and deployed resources."""
