"""The field table of `ContainerImage`."""

from moorage.model.choices import Architecture

from .field import Field, Form, Range, Table, within
from .shared import PRESET, TAGS

DOCKER_HOST = "unix:///var/run/docker.sock"

BUILD = {
    "context": Field(),
    "dockerfile": Field("Dockerfile"),
    "target": Field(words="the last one"),
    "args": Field(),
    "secrets": Field(),
    "revision": Field(),
    "docker_host": Field(DOCKER_HOST, form=Form(r".+", f"an address such as {DOCKER_HOST}")),
}

REPOSITORY_NAME = Field(
    words="a generated name",
    form=Form(
        r"(?=.{2,256}$)[a-z0-9]+([._/-][a-z0-9]+)*",
        "2 to 256 lower-case letters and digits, separated by . _ / or -",
    ),
)

CONTAINER_IMAGE = Table(
    {
        "build": Field(),
        **within("build", BUILD),
        "arch": Field(Architecture.X86_64, choices=Architecture),
        "repository_name": REPOSITORY_NAME,
        "keep_images": Field(30, range=Range(1, 1000)),
        "preset": PRESET,
        "overrides": Field(),
        "tags": TAGS,
    }
)
