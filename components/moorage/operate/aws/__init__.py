"""Apps on AWS."""
