"""A new Pulumi project around a folder with a Dockerfile."""
