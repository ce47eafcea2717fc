"""Workspaces of AWS Copilot."""
