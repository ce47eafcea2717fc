"""Network: a VPC and its subnets."""
