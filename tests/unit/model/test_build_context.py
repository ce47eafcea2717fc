import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from moorage.model.build_context import check, content_tag, stage

OPTIONS = {
    "dockerfile": "Dockerfile",
    "target": None,
    "args": {"BASE": "python:3.12"},
    "platform": "linux/amd64",
    "secrets": None,
    "revision": None,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "checkout"
    write(
        project / "app",
        {"Dockerfile": "FROM scratch", "main.py": "print(1)", "lib/a.py": "a = 1", "run.sh": "#!"},
    )
    (project / "app/run.sh").chmod(0o755)
    return project


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def staged(project: Path) -> str:
    return stage(project / "app", "Dockerfile", project / ".build/web")[0]


def tree(folder: Path) -> Iterator[tuple[str, str, bytes | str]]:
    """Names, modes and contents, as docker-build compares them."""
    for path in sorted(folder.rglob("*")):
        mode = oct(path.lstat().st_mode)
        content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
        yield path.relative_to(folder).as_posix(), mode, content


def test_the_copy_is_normalised(project: Path) -> None:
    staged(project)
    copy = project / ".build/web"
    assert [(name, mode) for name, mode, _ in tree(copy)] == [
        ("Dockerfile", "0o100644"),
        ("lib", "0o40755"),
        ("lib/a.py", "0o100644"),
        ("main.py", "0o100644"),
        ("run.sh", "0o100755"),
    ]
    assert {path.stat().st_mtime for path in (copy, *copy.rglob("*"))} == {0}


def test_modes_and_times_of_the_source_do_not_matter(project: Path) -> None:
    digest, before = staged(project), list(tree(project / ".build/web"))
    (project / "app/main.py").chmod(0o600)
    (project / "app/run.sh").chmod(0o700)
    (project / "app/lib").chmod(0o700)
    os.utime(project / "app/lib/a.py", (5, 5))
    assert staged(project) == digest
    assert list(tree(project / ".build/web")) == before


@pytest.fixture
def private_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("private_umask")
def test_another_checkout_under_another_umask_is_the_same(project: Path, tmp_path: Path) -> None:
    digest, before = staged(project), list(tree(project / ".build/web"))
    other = tmp_path / "elsewhere/deep/checkout"
    shutil.copytree(project / "app", other / "app", copy_function=shutil.copyfile)
    (other / "app/run.sh").chmod(0o700)
    assert staged(other) == digest
    assert list(tree(other / ".build/web")) == before
    assert oct((other / ".build/web").stat().st_mode) == "0o40755"


def edited(app: Path) -> None:
    write(app, {"main.py": "print(2)"})


def executable(app: Path) -> None:
    (app / "main.py").chmod(0o755)


def added(app: Path) -> None:
    write(app, {"new.py": ""})


def removed(app: Path) -> None:
    (app / "lib/a.py").unlink()


def renamed(app: Path) -> None:
    (app / "main.py").rename(app / "man.py")


def linked(app: Path) -> None:
    (app / "main.py").unlink()
    (app / "main.py").symlink_to("print(1)")


def dockerfile(app: Path) -> None:
    write(app, {"Dockerfile": "FROM scratch\n"})


@pytest.mark.parametrize("change", [edited, executable, added, removed, renamed, linked, dockerfile])
def test_what_makes_another_image_makes_another_digest(project: Path, change: Callable[[Path], None]) -> None:
    digest = staged(project)
    change(project / "app")
    assert staged(project) != digest


def test_content_that_moves_between_files_is_another_digest(tmp_path: Path) -> None:
    digests = set()
    for number, files in enumerate(
        ({"a": "xy", "b": ""}, {"a": "x", "b": "y"}, {"a": "", "b": "xy"}, {"ab": "xy"})
    ):
        write(tmp_path / f"{number}", {"Dockerfile": "", **files})
        digests.add(stage(tmp_path / f"{number}", "Dockerfile", tmp_path / f".build/{number}")[0])
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("dockerfile", "other/Dockerfile"),
        ("target", "test"),
        ("args", {"BASE": "python:3.13"}),
        ("args", None),
        ("platform", "linux/arm64"),
        ("secrets", ["token"]),
        ("revision", "2"),
    ],
)
def test_every_build_option_is_in_the_tag(option: str, value: object) -> None:
    assert content_tag("digest", OPTIONS | {option: value}) != content_tag("digest", OPTIONS)


def test_the_tag_is_stable_and_short() -> None:
    turned = dict(reversed(OPTIONS.items()))
    assert content_tag("digest", turned) == content_tag("digest", OPTIONS)
    assert content_tag("other", OPTIONS) != content_tag("digest", OPTIONS)
    # Another tag pushes every image of every stack again: only with a word in the changelog.
    assert content_tag("digest", OPTIONS) == "d92a0bc26d5785b73cdb"


def test_what_is_unchanged_is_not_written_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    staged(project)
    written: list[str] = []
    utime = os.utime
    # What was written has a time of its own, which is set back to 0.
    monkeypatch.setattr(os, "utime", lambda path, times: written.append(str(path)) or utime(path, times))
    staged(project)
    assert written == []
    edited(project / "app")
    written.clear()
    staged(project)
    assert [Path(path).name for path in written] == ["main.py"]


def test_what_is_gone_leaves_the_copy(project: Path) -> None:
    staged(project)
    (project / "app/lib/a.py").unlink()
    (project / "app/lib").rmdir()
    write(project / ".build/web", {"stray/file": "x"})
    (project / ".build/web/link").symlink_to("stray")
    staged(project)
    assert [name for name, *_ in tree(project / ".build/web")] == ["Dockerfile", "main.py", "run.sh"]


def test_links_are_copied_as_links(project: Path) -> None:
    (project / "app/to-file").symlink_to("main.py")
    (project / "app/to-folder").symlink_to("lib")
    (project / "app/broken").symlink_to("nowhere")
    digest = staged(project)
    links = {name: content for name, mode, content in tree(project / ".build/web") if mode.startswith("0o12")}
    assert links == {"to-file": "main.py", "to-folder": "lib", "broken": "nowhere"}
    assert staged(project) == digest
    (project / "app/to-file").unlink()
    (project / "app/to-file").symlink_to("run.sh")
    assert staged(project) != digest


def test_a_link_that_became_a_folder_is_not_written_through(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "precious"
    write(outside, {"a.py": "keep"})
    (project / "app/data").symlink_to(outside)
    staged(project)
    (project / "app/data").unlink()
    write(project / "app/data", {"a.py": "new"})
    staged(project)
    assert (outside / "a.py").read_text() == "keep"
    assert (project / ".build/web/data/a.py").read_text() == "new"
    assert not (project / ".build/web/data").is_symlink()


def test_files_and_folders_may_change_places(project: Path) -> None:
    staged(project)
    removed(project / "app")
    (project / "app/lib").rmdir()
    (project / "app/main.py").unlink()
    write(project / "app", {"lib": "a file now", "main.py/inner": "a folder now"})
    staged(project)
    assert list(tree(project / ".build/web")) == list(tree_without_times(project / "app"))


def tree_without_times(app: Path) -> Iterator[tuple[str, str, bytes | str]]:
    for name, _, content in tree(app):
        path = app / name
        mode = (
            "0o40755"
            if path.is_dir()
            else "0o100755"
            if os.access(path, os.X_OK) and name == "run.sh"
            else "0o100644"
        )
        yield name, mode, content


@pytest.mark.parametrize("context", [".", ".."])
def test_a_context_that_holds_the_project_does_not_copy_the_copies(project: Path, context: str) -> None:
    write(project, {"Dockerfile": "", ".moorage/state.json": "1"})
    write(project.parent, {"Dockerfile": ""})
    copy = project / ".build/web"
    first = stage(project / context, "Dockerfile", copy)
    write(project, {".moorage/state.json": "2"})
    assert stage(project / context, "Dockerfile", copy) == first
    names = {path.name for path in copy.rglob("*")}
    assert names.isdisjoint({".build", ".moorage", "state.json"})
    assert "main.py" in names


def test_a_folder_of_the_same_name_in_the_app_is_the_apps(project: Path) -> None:
    write(project / "app", {".build/kept": "x"})
    staged(project)
    assert (project / ".build/web/.build/kept").exists()


DIGEST = "4de8df469736c1e84563af587eff59624c5cd01339b3bc3900869b1a607ab741"
DIGEST_OF_NOTHING = "ae889d59acab86ba10deaf3d4e10943fd104ef81bf12e4c449bfe5632714ff63"


def test_the_digest_of_a_folder_stays_what_it_was(project: Path) -> None:
    (project / "app/to-file").symlink_to("main.py")
    write(project / "app", {".dockerignore": "*.log\n", "a.log": "x"})
    # As before empty folders counted: another one pushes every image of every stack again.
    assert staged(project) == DIGEST
    write(project / "app", {".dockerignore": "*\n"})
    assert staged(project) == DIGEST_OF_NOTHING


def test_empty_folders_are_in_the_copy_and_in_the_digest(project: Path) -> None:
    digest = staged(project)
    write(project / "app", {"logs/deep/today.log": "x", ".dockerignore": ""})
    with_log = staged(project)
    write(project / "app", {".dockerignore": "logs/deep/*\n"})
    assert staged(project) not in (digest, with_log)
    assert (project / ".build/web/logs/deep").is_dir()
    write(project / "app", {".dockerignore": "logs\n"})
    staged(project)
    assert not (project / ".build/web/logs").exists()


def test_an_empty_folder_takes_the_place_of_a_link(project: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside", {"a": "keep"})
    (project / "app/data").symlink_to(tmp_path / "outside")
    staged(project)
    (project / "app/data").unlink()
    (project / "app/data").mkdir()
    staged(project)
    assert not (project / ".build/web/data").is_symlink()
    assert (tmp_path / "outside/a").read_text() == "keep"


def place(project: Path, dockerfile: str) -> tuple[str, str]:
    """Stage with a Dockerfile; return the digest and where the Dockerfile is, in the project."""
    digest, file = stage(project / "app", dockerfile, project / ".build/web")
    return digest, file.relative_to(project).as_posix()


@pytest.mark.parametrize("patterns", ["docker", "docker/*", "**", "*\n!main.py"])
def test_a_dockerfile_in_an_ignored_folder_is_in_the_copy_and_in_the_digest(
    project: Path, patterns: str
) -> None:
    write(project / "app", {"docker/Dockerfile": "FROM a", "docker/x": "1", ".dockerignore": patterns})
    digest, file = place(project, "docker/Dockerfile")
    assert file == ".build/web/docker/Dockerfile"
    assert (project / file).read_text() == "FROM a"
    assert not (project / ".build/web/docker/x").exists()
    write(project / "app", {"docker/Dockerfile": "FROM b"})
    assert place(project, "docker/Dockerfile")[0] != digest


def test_an_ignored_dockerfile_behind_a_link_is_in_the_copy(project: Path) -> None:
    write(project / "app", {"docker/Dockerfile": "FROM a", ".dockerignore": "docker\nDockerfile\n"})
    (project / "app/Dockerfile").unlink()
    (project / "app/Dockerfile").symlink_to("docker/Dockerfile")
    _, file = place(project, "Dockerfile")
    assert (project / file).read_text() == "FROM a"


def test_a_dockerfile_beside_the_context(project: Path) -> None:
    write(project, {"docker/Dockerfile": "FROM a", "docker/Dockerfile.dockerignore": "lib\n"})
    digest, file = place(project, "../docker/Dockerfile")
    assert file == ".build/web.Dockerfile"
    assert (project / file).read_text() == "FROM a"
    # Its own patterns go with it, as BuildKit looks for them there.
    assert (project / ".build/web.Dockerfile.dockerignore").read_text() == "lib\n"
    assert not (project / ".build/web/lib").exists()
    assert place(project, str(project / "docker/Dockerfile")) == (digest, file)
    (project / "docker/Dockerfile.dockerignore").unlink()
    without, _ = place(project, "../docker/Dockerfile")
    assert not (project / ".build/web.Dockerfile.dockerignore").exists()
    write(project, {"docker/Dockerfile": "FROM b"})
    assert len({digest, without, place(project, "../docker/Dockerfile")[0]}) == 3


def test_spellings_of_a_dockerfile_in_the_context(project: Path) -> None:
    usual = place(project, "Dockerfile")
    assert place(project, "./lib/../Dockerfile") == usual
    assert place(project, "../app/Dockerfile") == usual
    assert place(project, str(project / "app/Dockerfile")) == usual


def test_a_dockerfile_that_links_out_of_the_context(project: Path) -> None:
    write(project, {"docker/Dockerfile": "FROM a"})
    (project / "app/Dockerfile").unlink()
    (project / "app/Dockerfile").symlink_to("../docker/Dockerfile")
    _, file = place(project, "Dockerfile")
    assert (project / file).read_text() == "FROM a"


def test_what_a_link_reaches_outside_is_in_the_digest(project: Path, tmp_path: Path) -> None:
    # docker-build reads through links, and pushes again when what is there differs.
    write(tmp_path, {"outside": "1"})
    (project / "app/link").symlink_to(tmp_path / "outside")
    digest = staged(project)
    assert (project / ".build/web/link").readlink() == tmp_path / "outside"
    write(tmp_path, {"outside": "2"})
    assert staged(project) != digest


def test_sockets_and_pipes_are_passed_over(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = staged(project)
    monkeypatch.chdir(project / "app")
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        assert staged(project) == digest


def test_a_file_larger_than_what_is_read_at_once(project: Path) -> None:
    big = project / "app/big"
    big.write_bytes(b"a" * 3_000_000)
    digest = staged(project)
    assert (project / ".build/web/big").read_bytes() == big.read_bytes()
    big.write_bytes(b"a" * 2_999_999 + b"b")
    assert staged(project) != digest
    assert (project / ".build/web/big").read_bytes() == big.read_bytes()


def test_a_name_that_is_not_utf_8_is_named(project: Path) -> None:
    (project / "app/lib" / os.fsdecode(b"caf\xe9.txt")).touch()
    with pytest.raises(
        ValueError, match=r"app/lib/caf\\xe9\.txt: its name is not UTF-8; rename it"
    ) as refused:
        check(project / "app", "Dockerfile")
    str(refused.value).encode()
    write(project / "app", {".dockerignore": "lib/caf?.txt\n"})
    check(project / "app", "Dockerfile")


@pytest.mark.parametrize("name", ["main.py", ".dockerignore"])
def test_a_file_that_cannot_be_read_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write(project / "app", {".dockerignore": "lib\n"})
    # root may read everything.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != name)
    with pytest.raises(ValueError, match=rf"app/{name}: permission denied; make it readable"):
        check(project / "app", "Dockerfile")


@pytest.mark.parametrize("name", [".dockerignore", "Dockerfile.dockerignore"])
@pytest.mark.parametrize(
    ("make", "kind"),
    [(Path.mkdir, "a folder"), (os.mkfifo, "not a regular file")],
    ids=["folder", "pipe"],
)
def test_patterns_that_are_not_in_a_file_are_refused(
    project: Path, name: str, make: Callable[[Path], None], kind: str
) -> None:
    make(project / "app" / name)
    with pytest.raises(
        ValueError, match=f"/app/{re.escape(name)}: {kind}; patterns must be in a regular file"
    ):
        check(project / "app", "Dockerfile")


def test_a_link_of_patterns_that_leads_nowhere_is_absent(project: Path) -> None:
    (project / "app/Dockerfile.dockerignore").symlink_to("nowhere")
    write(project / "app", {".dockerignore": "lib\n"})
    staged(project)
    assert not (project / ".build/web/lib").exists()
