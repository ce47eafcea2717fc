"""Compares a program's graph with that of a release: what would an upgrade replace or delete?"""
