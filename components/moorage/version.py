"""The library's version, in the one place that packaging and the plugin read."""

__version__ = "0.1.0"
