"""moorage.local."""
