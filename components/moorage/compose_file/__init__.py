"""Compose files: loading, interpolation, merging, and what becomes of each key on Amazon ECS.

Nothing here knows Pulumi: files in, plain data out, with the file and line of every key.
"""
