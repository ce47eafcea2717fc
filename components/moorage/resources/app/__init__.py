"""ContainerApp: one service on Amazon ECS."""
