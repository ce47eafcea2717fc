"""Pulumi components and the AWS resources they make."""
