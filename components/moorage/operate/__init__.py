"""The `moorage` verbs for running apps and jobs, on AWS or in a local run."""
