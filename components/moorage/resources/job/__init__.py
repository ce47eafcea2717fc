"""Job: a task that runs to its end, on demand or on a schedule."""
