"""Selection of the runner of a stack."""

from moorage.errors import LocalError
from moorage.local.state import Paths

from . import Runner
from .groups import Groups
from .process import ProcessRunner


async def choose(name: str, paths: Paths, groups: Groups) -> Runner:
    """Return the runner called `name`; `auto` is Docker where a daemon answers, else processes.

    Raises:
        LocalError: Docker is requested and no daemon answers.
    """
    if name == "process":
        return ProcessRunner(paths, groups)
    from .docker import DockerRunner, unavailable

    why = await unavailable()
    if why is None:
        return DockerRunner(paths.project_dir, paths.stack)
    if name == "docker":
        raise LocalError(f"{why}: start Docker, or use --runner process")
    return ProcessRunner(paths, groups)
