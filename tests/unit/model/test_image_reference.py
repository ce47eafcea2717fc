"""Image references: the grammar of distribution/reference, and its own test cases."""

import pytest
from support.fixtures import Lines

from moorage.model.image_reference import check_image_reference, wrong_reference

HEX = "f" * 64

GOOD = [
    *("nginx", "nginx:1.27", "test_com", "test.com:tag", "test.com/repo:tag", "test:5000/repo:tag"),
    *(f"test:5000/repo@sha256:{HEX}", f"test:5000/repo:tag@sha256:{HEX}", f"a/b@sha512:{HEX}{HEX}"),
    *("lowercase:Uppercase", "b.gcr.io/test.example.com/my-app:test.example.com", "foo/foo_bar.com:8080"),
    *("192.168.1.1", "192.168.1.1:5000/repo:5050", "[2001:db8::1]:5000/repo:tag", "[::1]:5000/repo"),
    *("LOCALDOMAIN/debian", "Docker/docker", "localhost/debian", "docker---rules/docker", "dock__er/docker"),
    *(f"docker.io/{HEX}", f"{'a/' * 127}a:tag-puts-this-over-max", f"example.com/{'a' * 255}:tag"),
    *("registry.example.com/sha256:12", "nginx:" + "t" * 128, "xn--n3h.com/myimage:xn--n3h.com"),
    *(f"{HEX}:80", "x" * 247, "x" * 247 + ":1", "library/" + "x" * 247, "docker.io/library/" + "x" * 247),
    *("docker.io/" + "x" * 247, "team/" + "x" * 250, "localhost/" + "x" * 255),
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/notes:2026-11-29",
]

BAD = [
    ("", "must be an image's reference"),
    *((text, "must be an image's reference") for text in ("a b", "/x", ":1", "x/", "docker///docker")),
    *((text, "lower-case") for text in ("NGINX:1", "docker/Docker", "test:5000/Uppercase/lowercase:tag")),
    *((text, "lower-case") for text in ("-docker", "dock..er/docker", "fc00::1:5000/debian")),
    ("[2001:db8::1]", "the tag must be 1 to 128"),
    ("[fe80::1%eth0]:5000/repo", "lower-case"),
    ("http://x/y", "must not have a scheme"),
    *((text, "the tag must be 1 to 128") for text in ("nginx:", "nginx:1\n", "nginx:-1", "n:" + "t" * 129)),
    *((text, "the digest after @") for text in ("nginx@", "nginx@sha256:12", f"n@sha256:{HEX.upper()}")),
    ("validname@invaliddigest:" + HEX, "the digest after @"),
    *((text, "a digest without a repository") for text in ("sha256:12", f"sha256:{HEX}", HEX)),
    ("x" * 400, "at most 247 characters, and has 400"),
    *(("x" * length, f"at most 247 characters, and has {length}") for length in (248, 255)),
    *((f"{hub}/" + "x" * 248, "at most 247 characters") for hub in ("docker.io", "index.docker.io")),
    ("domain/" + "a" * 256 + ":tag", "at most 255 characters"),
]


@pytest.mark.parametrize("reference", GOOD)
def test_references_that_docker_takes(reference: str) -> None:
    assert wrong_reference(reference) == ""


@pytest.mark.parametrize("length", [255, 256])
@pytest.mark.parametrize("digest", ["", f"@sha256:{HEX}"])
def test_ecs_takes_255_characters_before_the_digest(problem_lines: Lines, length: int, digest: str) -> None:
    reference = "ghcr.io/" + "x" * (length - len("ghcr.io/:1")) + ":1"
    problems = problem_lines(check_image_reference, "image", reference + digest)
    assert [line[-43:] for line in problems] == ["must be at most 255 characters, and has 256"] * (
        length > 255
    )


@pytest.mark.parametrize(("reference", "why"), BAD)
def test_what_is_not_a_reference(problem_lines: Lines, reference: str, why: str) -> None:
    (line,) = problem_lines(check_image_reference, "image", reference)
    assert why in line
