"""What the `moorage` verbs do with what runs: on AWS, or in a local run."""
