"""moorage.rollout."""
