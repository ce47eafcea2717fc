"""The AWS data services of a local run."""
