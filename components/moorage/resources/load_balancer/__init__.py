"""LoadBalancer: one Application Load Balancer for all apps."""
