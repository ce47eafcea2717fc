"""Verified rollouts: following a deployment, saying why it failed, deploying again what was rolled back."""
