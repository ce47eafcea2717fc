"""ContainerImage: an image built from a folder, in an ECR repository."""
