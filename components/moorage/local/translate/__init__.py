"""Translation of an evaluated program into a local stack."""
