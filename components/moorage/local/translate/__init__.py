"""Translates an evaluated program into what runs locally."""
