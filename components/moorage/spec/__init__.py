"""moorage.spec."""
