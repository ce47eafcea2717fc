"""What an evaluated stack will be, before AWS makes it: findings, policy, cost, picture."""
