"""Image references and their registries."""

import re

EVERYWHERE = "the internet"

_PUBLIC = (
    "docker.io",
    "public.ecr.aws",
    "ghcr.io",
    "quay.io",
    "gcr.io",
    "mcr.microsoft.com",
    "registry.k8s.io",
)


def registry(image: str) -> str | None:
    """Return `ecr` for an image of a private ECR repository, `public` for one of a registry on the internet,
    None for one of an unknown registry."""
    host, slash, _ = image.partition("/")
    if re.fullmatch(r"\d{12}\.dkr[.-]ecr(-fips)?\..+", host):
        return "ecr"
    names_host = slash and re.search(r"[.:]|^localhost$", host)
    return "public" if image and (not names_host or host in _PUBLIC) else None
