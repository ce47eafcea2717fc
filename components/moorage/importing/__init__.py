"""Importers: programs for what is deployed in another way.

Each importer translates its source into the arguments of components (`project`), and reports what becomes of
every key (`report`). One writer makes the project.
"""
