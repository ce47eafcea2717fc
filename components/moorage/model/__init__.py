"""Pure functions from plain data to plain data: everything that can be decided without a resource."""
