"""Shared by every layer of the project's own tests."""
