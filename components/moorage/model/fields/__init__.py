"""Field tables: for each argument of each component its default, range, unit, choices, needs and excludes."""
