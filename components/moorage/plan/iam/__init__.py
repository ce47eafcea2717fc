"""The permissions that deploying a stack needs, derived from its resource graph."""
