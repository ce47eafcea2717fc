"""The field table of `ContainerImage`."""

import re

from moorage.model.choices import Architecture, LayerCache, Platform, Severity
from moorage.model.image_reference import MAX_REFERENCE, wrong_reference
from moorage.model.problems import Problems

from .field import Exclude, Field, Fields, Form, Need, Range, Table, plain, within
from .shared import PRESET, TAGS, at_most

DOCKER_HOST = "unix:///var/run/docker.sock"

CACHE_TAG = "cache"
"""The tag of the layer cache in the image's repository."""

_MOVING_TAGS = 4
"""A repository has at most five filters of tags that move (ECR API reference,
PutImageTagMutability), and one is for the layer cache."""

_CONTENT_TAG = re.compile(r"[0-9a-f]{20}")


def _check_tag(field: str, tag: str, problems: Problems) -> None:
    if tag == CACHE_TAG:
        problems.add(field, tag, "is the tag of the layer cache; choose another one")
    elif _CONTENT_TAG.fullmatch(tag):
        problems.add(field, tag, "has the form of a content tag; choose another one")


def _check_mirrored(field: str, reference: str, problems: Problems) -> None:
    if wrong := wrong_reference(reference):
        problems.add(field, reference, wrong)
    elif "@" not in reference:
        problems.add(
            field,
            reference,
            "must name a digest, as the copy is of one image; write it with @sha256:..., which `docker "
            f"buildx imagetools inspect {reference}` prints",
        )


_OF_A_FOLDER = ("context", "dockerfile", "target", "args", "secrets", "ssh")

BUILD: Fields = {
    "context": Field(words="required without `image` and `mirror`"),
    "image": Field(
        needs=(Need(".files"),),
        excludes=tuple(Exclude(f".{name}", why="is for a folder to build") for name in _OF_A_FOLDER),
    ),
    "files[].path": Field(form=Form(r"/(?!.*\n).*[^/\n]/?", "an absolute path in the image")),
    "files[].source": Field(excludes=(Exclude(".content"),)),
    **plain("files[].content", "args", "secrets", "revision", "scan.ignore"),
    "files[].owner": Field(words="root", form=Form(r"\d{1,10}(:\d{1,10})?", "a numeric user, or user:group")),
    "files[].mode": Field(
        words="as in `source`: 755 for what its owner may execute, else 644",
        form=Form(r"0?[0-7]{3}", "three octal digits, such as 444"),
    ),
    "mirror": Field(
        check=_check_mirrored,
        excludes=(
            *(Exclude(f".{name}", why="is for a folder to build") for name in _OF_A_FOLDER),
            *(Exclude(f".{name}", why="builds another image") for name in ("image", "files")),
            Exclude(".cache", (LayerCache.REGISTRY, LayerCache.INLINE), why="is for a folder to build"),
        ),
    ),
    "dockerfile": Field("Dockerfile"),
    "target": Field(words="the last one"),
    "platforms": Field(
        words="only that of the tasks",
        excludes=(
            Exclude(
                ".cache",
                (LayerCache.REGISTRY, LayerCache.INLINE),
                why="keeps the layers of one platform",
            ),
        ),
    ),
    "platforms[]": Field(choices=Platform),
    "ssh[]": Field(form=Form(r"[A-Za-z0-9_.-]+", "letters, digits, `_`, `.` and `-`, such as default")),
    "cache": Field(LayerCache.NONE, choices=LayerCache),
    "tags": Field(words="only the content tag", check=at_most(_MOVING_TAGS)),
    "tags[]": Field(
        form=Form(
            r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",
            "1 to 128 letters, digits and _ . -, and not begin with . or -",
        ),
        check=_check_tag,
    ),
    "scan": Field(words="the image is scanned, and deployed whatever is found"),
    "scan.fail_on": Field(Severity.CRITICAL, choices=Severity),
    "scan.timeout": Field(600, range=Range(30, 3600, "seconds")),
    "docker_host": Field(DOCKER_HOST, form=Form(r".+", f"an address such as {DOCKER_HOST}")),
}

_LONGEST_REPOSITORY = MAX_REFERENCE - len(f"{'1' * 12}.dkr.ecr.cn-northwest-1.amazonaws.com.cn/:{'0' * 20}")
"""ECR takes 256 characters, but a task definition has the whole reference with the content tag."""

REPOSITORY_NAME = Field(
    words="a generated name",
    form=Form(
        rf"(?=.{{2,{_LONGEST_REPOSITORY}}}$)[a-z0-9]+([._/-][a-z0-9]+)*",
        f"2 to {_LONGEST_REPOSITORY} lower-case letters and digits, separated by . _ / or -",
    ),
)

CONTAINER_IMAGE = Table(
    {
        **within("build", BUILD),
        "arch": Field(Architecture.X86_64, choices=Architecture),
        "repository_name": REPOSITORY_NAME,
        "keep_images": Field(30, range=Range(1, 1000)),
        "pull_accounts[]": Field(form=Form(r"[0-9]{12}", "12 digits")),
        "preset": PRESET,
        "overrides": Field(),
        "tags": TAGS,
    }
)
