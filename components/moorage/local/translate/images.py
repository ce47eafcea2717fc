"""Images of containers, with keys that identify their content."""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from moorage.errors import LocalError
from moorage.local.runner import SKIPPED, BuildSpec, ImageSpec
from moorage.model.added_files import ONLY_FILES
from moorage.model.build_context import BuildContext
from moorage.model.dockerfile import review
from moorage.offline import Resource
from moorage.offline.values import entries, mapping, texts

from .revealed import plain


class Images:
    """The images a program builds, found by the references that containers use."""

    def __init__(self, resources: list[Resource], project_dir: Path) -> None:
        """Index `docker-build` images; relative contexts start at `project_dir`."""
        self._project_dir = project_dir
        self._by_reference: dict[str, Resource] = {}
        self._keys: dict[str, str] = {}
        for resource in resources:
            tags = texts(plain(resource.inputs).get("tags"))
            outputs = plain(resource.outputs)
            ref, digest = outputs.get("ref"), outputs.get("digest")
            pinned = [f"{tag.rsplit(':', 1)[0]}@{digest}" for tag in tags if digest]
            self._by_reference.update(dict.fromkeys([*tags, *pinned, *([str(ref)] if ref else [])], resource))

    def find(self, reference: str, local_command: tuple[str, ...] | None) -> ImageSpec:
        """Return the image of a reference: one that the program builds, else one to pull.

        Raises:
            LocalError: its build context or Dockerfile does not exist, or the build cannot succeed.
        """
        resource = self._by_reference.get(reference)
        if resource is None:
            key = "pulled-" + hashlib.sha256(reference.encode()).hexdigest()[:24]
            return ImageSpec(reference, key, None, local_command)
        inputs = plain(resource.inputs)
        context = self._project_dir / str(mapping(inputs.get("context")).get("location") or ".")
        dockerfile = mapping(inputs.get("dockerfile")).get("location")
        path = self._project_dir / str(dockerfile) if dockerfile else context / "Dockerfile"
        for what, where in (("build context", context), ("Dockerfile", path)):
            if not where.exists():
                raise LocalError(f"image {resource.name}: its {what} {where} does not exist")
        args = {str(k): str(v) for k, v in mapping(inputs.get("buildArgs")).items()}
        _check(resource.name, context, path, inputs.get("target") or None, args)
        build = BuildSpec(
            context=str(context.resolve()),
            dockerfile=str(path.resolve()),
            target=inputs.get("target") or None,
            args=args,
            named={
                str(name): str((self._project_dir / str(mapping(folder).get("location"))).resolve())
                for name, folder in mapping(mapping(inputs.get("context")).get("named")).items()
            },
            only_files=path.read_bytes().startswith(ONLY_FILES.encode()),
            ssh=tuple(str(agent["id"]) for agent in entries(inputs.get("ssh"))),
        )
        if resource.urn not in self._keys:
            self._keys[resource.urn] = _key(resource.name, build)
        return ImageSpec(reference, self._keys[resource.urn], build, local_command)


def _check(name: str, context: Path, dockerfile: Path, target: str | None, args: dict[str, str]) -> None:
    """Check the Dockerfile as `moorage plan` does."""
    try:
        folder = BuildContext(context, os.path.relpath(dockerfile, context))
        text = dockerfile.read_text(encoding="utf-8", errors="replace")
        faults = [f"{fault.text}; {fault.fix}" for fault in review(text, folder, target, args)]
    except (OSError, ValueError) as error:
        raise LocalError(f"image {name}: {error}") from None
    if faults:
        raise LocalError("\n".join([f"image {name}: {dockerfile} cannot be built:", *faults]))


def _key(name: str, build: BuildSpec) -> str:
    """Return a key of the content alone: a program may use one tag forever."""
    digest = hashlib.sha256(repr((build.target, sorted(build.args.items()))).encode())
    digest.update(Path(build.dockerfile).read_bytes())
    for context in map(Path, (build.context, *build.named.values())):
        for path in files(context):
            executable = os.access(path, os.X_OK)
            digest.update(f"\0{path.relative_to(context).as_posix()}\0{executable}\0".encode())
            digest.update(path.read_bytes())
    return f"{re.sub(r'[^A-Za-z0-9_-]', '-', name)}-{digest.hexdigest()[:24]}"


def files(context: Path) -> Iterator[Path]:
    """Yield the files of a build context, sorted, without version control and caches."""
    for folder, folders, names in os.walk(context):
        folders[:] = sorted(set(folders) - SKIPPED)
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file():
                yield path
