"""EcsCluster: a cluster and its capacity."""
