"""What a stack costs in a month."""
