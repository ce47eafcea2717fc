"""A pipeline installs from a checkout: it has neither places of this machine nor files that git ignores."""

import subprocess
from pathlib import Path

import pytest
from support.folders import folder_with

from moorage.errors import MoorageError
from moorage.pipeline.checkout import check_files


def project(root: Path, requirements: str, **files: str) -> Path:
    """Make a repository with a project in `infra`; return the project's folder."""
    folder_with(root, {"infra/requirements.txt": requirements, "infra/Pulumi.yaml": "", **files})
    return root / "infra"


def refused(root: Path, folder: Path, *, uv: bool = False) -> str:
    with pytest.raises(MoorageError) as error:
        check_files(root, folder, uv, [])
    assert error.value.hint
    return str(error.value)


@pytest.mark.parametrize(
    "line",
    [
        *("-e /src/components[local]", "--editable=/src/components", "-e ../../moorage/components[local]"),
        *("-e file:///src/components", "moorage[local] @ file:///tmp/moorage-1.whl#sha256=ab"),
        *("/tmp/moorage-1-py3-none-any.whl", "../../moorage-1.tar.gz", "./../../moorage[local]"),
        *("moorage @ git+file:///src/moorage@v1", "--find-links /wheels", "-f ../../wheels"),
        *(
            "--index-url file:///index",
            "moorage @ \\\n file:///a.whl",
            "moorage@file:///a.whl ; python_version>'3'",
        ),
    ],
)
def test_a_place_of_this_machine(line: str, tmp_path: Path) -> None:
    folder = project(tmp_path, f"# the program's\n\npulumi>=3 # the SDK\n{line}\n")
    said = refused(tmp_path, folder)
    assert said.startswith("requirements.txt:4: ")
    assert said.endswith("is a place of this machine, and a pipeline installs from a checkout")


@pytest.mark.parametrize(
    "line",
    [
        *("moorage", "moorage[local]>=0.1,<1", "pulumi==3.1 --hash=sha256:ab", "-e ../components[local]"),
        *("moorage @ git+https://git.example/acme/moorage@v1#subdirectory=components", "-e ."),
        *("moorage @ https://files.example/moorage-1-py3-none-any.whl#sha256=ab", "../moorage-1.whl"),
        *("-i https://index.example/simple", "moorage @ ${WHEELS}/moorage.whl", "-r ../more.txt", "--pre"),
        *("git+ssh://git@git.example/acme/moorage@v1", "moorage @ file:${HERE}", "# -e /src/components"),
    ],
)
def test_a_place_that_a_checkout_has(line: str, tmp_path: Path) -> None:
    folder = project(tmp_path, f"{line}\n", **{"more.txt": "-r infra/requirements.txt\npulumi\n"})
    check_files(tmp_path, folder, False, [])


def test_an_included_file_is_read_too(tmp_path: Path) -> None:
    folder = project(tmp_path, "-r ../more.txt\n", **{"more.txt": "pulumi\n-e /src\n"})
    assert refused(tmp_path, folder).startswith("more.txt:2: '-e /src' is a place")
    (tmp_path / "more.txt").unlink()
    assert refused(tmp_path, folder).startswith(f"{tmp_path / 'more.txt'} not found")


def test_without_requirements(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "infra", {"Pulumi.yaml": ""})
    assert refused(tmp_path, folder).startswith(f"{folder / 'requirements.txt'} not found")
    assert refused(tmp_path, folder, uv=True).startswith(f"{folder / 'uv.lock'} not found")


LOCK = """version = 1
[[package]]
name = "pulumi"
source = { registry = "https://index.example/simple" }
[[package]]
name = "shop"
source = { virtual = "infra" }
[[package]]
name = "moorage"
source = { SOURCE }
"""


@pytest.mark.parametrize(
    ("source", "local"),
    [
        ('editable = "/src/components"', True),
        ('directory = "../components"', True),
        ('path = "../moorage-1.whl"', True),
        ('git = "file:///src/moorage#ab"', True),
        ('registry = "/wheels"', True),
        ('editable = "components"', False),
        ('git = "https://git.example/moorage?rev=v1#ab"', False),
        ('url = "https://files.example/moorage-1.whl"', False),
    ],
)
def test_places_in_a_lock_file_of_a_workspace(source: str, local: bool, tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "infra", {"Pulumi.yaml": ""})
    (tmp_path / "uv.lock").write_text(LOCK.replace("SOURCE", source))
    if local:
        assert refused(tmp_path, folder, uv=True).startswith("uv.lock: moorage: ")
    else:
        check_files(tmp_path, folder, True, [])


@pytest.mark.parametrize(
    ("ignored", "name"),
    [
        ("*.whl", "infra/moorage-1.whl"),
        ("Pulumi.*.yaml", "infra/Pulumi.dev.yaml"),
        ("infra/", "infra/Pulumi.yaml"),
    ],
)
def test_a_file_that_git_ignores(ignored: str, name: str, tmp_path: Path) -> None:
    files = {"infra/moorage-1.whl": "", "infra/Pulumi.dev.yaml": "", ".gitignore": f"{ignored}\n"}
    folder = project(tmp_path, "./moorage-1.whl\n", **files)
    check_files(tmp_path, folder, False, [folder / "Pulumi.dev.yaml"])  # not a repository yet
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    with pytest.raises(MoorageError, match=r"git ignores .*, and the pipeline needs it") as error:
        check_files(tmp_path, folder, False, [folder / "Pulumi.dev.yaml"])
    assert name in str(error.value)
    # What is committed nevertheless is in every checkout.
    subprocess.run(["git", "-C", str(tmp_path), "add", "--force", "."], check=True)
    check_files(tmp_path, folder, False, [folder / "Pulumi.dev.yaml"])
