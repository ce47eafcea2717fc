"""moorage: a folder with a Dockerfile to a load-balanced service on Amazon ECS, with Pulumi."""

from .version import __version__ as __version__
