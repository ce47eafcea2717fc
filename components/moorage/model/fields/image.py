"""The field table of `ContainerImage`."""

from moorage.model.choices import Architecture

from .field import Exclude, Field, Form, Need, Range, Table, within
from .shared import PRESET, TAGS

DOCKER_HOST = "unix:///var/run/docker.sock"

BUILD = {
    "context": Field(words="none; give this or `image`", excludes=(Exclude(".image"),)),
    "image": Field(
        needs=(Need(".files"),),
        excludes=tuple(Exclude(f".{name}") for name in ("dockerfile", "target", "args", "secrets")),
    ),
    "files": Field(),
    "files[].path": Field(form=Form(r"/(?!.*\n).*[^/\n]/?", "an absolute path in the image")),
    "files[].source": Field(excludes=(Exclude(".content"),)),
    "files[].content": Field(),
    "files[].owner": Field(words="root", form=Form(r"\d{1,10}(:\d{1,10})?", "a numeric user, or user:group")),
    "files[].mode": Field(
        words="as in `source`: 755 for what its owner may execute, else 644",
        form=Form(r"0?[0-7]{3}", "three octal digits, such as 444"),
    ),
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
        "tags": TAGS,
    }
)
