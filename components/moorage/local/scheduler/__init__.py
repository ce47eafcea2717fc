"""Keeps tasks running as the ECS scheduler does, and rolls deployments."""
