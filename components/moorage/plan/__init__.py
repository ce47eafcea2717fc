"""Plans of stacks: findings, policy controls, cost, differences and pictures, without AWS."""
