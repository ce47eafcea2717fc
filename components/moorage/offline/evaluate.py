"""The evaluation of a program against the recording monitor, isolated from the process."""

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pulumi.runtime import settings
from pulumi.runtime.config import set_all_config
from pulumi.runtime.stack import run_in_stack

from moorage.errors import EvaluationError

from .graph import ResourceGraph
from .isolation import isolated
from .loop import InlineLoop
from .monitor import Engine, Monitor
from .other_stacks import missing_output, stack_outputs
from .program import project_modules, run_main
from .project import Configuration, Project, configuration_of, load_project
from .trace import evaluation_error
from .transforms import Callbacks

DEFAULT_REGION = "us-east-1"

_lock = threading.Lock()
"""Working directory, environment and modules belong to the process: one evaluation at a time."""

_evaluating: contextvars.ContextVar[bool] = contextvars.ContextVar("moorage_evaluating", default=False)


def evaluating() -> bool:
    """Return whether the caller is part of a program that `evaluate` runs, whose resources do not exist."""
    return _evaluating.get()


def evaluate(
    program: str | Path | Project | Callable[[], Any],
    *,
    project: str | None = None,
    stack: str = "dev",
    config: Mapping[str, str] | None = None,
    preview: bool = False,
    stack_outputs: Mapping[str, Mapping[str, Any]] | None = None,
) -> ResourceGraph:
    """Run a Pulumi program without an engine and return the resources that it registers.

    Args:
        program: the folder with Pulumi.yaml, what `load_project` returned for it, or a function for unit
            tests, which may be `async`.
        project: the project's name; default: that of Pulumi.yaml, `project` for a function.
        stack: the stack, whose Pulumi.<stack>.yaml is read when `program` is not a function.
        config: configuration that overrides the stack's file; a key without namespace is the project's.
        preview: leave unknown what the engine's preview of a first deployment would not know.
        stack_outputs: the outputs of other stacks by the name of a `StackReference`; default: those in the
            project's folder `stack-outputs`.

    Raises:
        EvaluationError: the project, its configuration or the program has an error.
    """
    if evaluating():
        raise EvaluationError("evaluate() was called by a program that is being evaluated")
    run = _Run(program, project, stack, config or {}, preview)
    run.other_stacks = stack_outputs or {}
    context = contextvars.copy_context()

    def locked() -> ResourceGraph:
        with _lock:
            return context.run(run.graph)

    if _loop_is_running():
        # Event loops cannot be nested: the evaluation runs in its own thread.
        with ThreadPoolExecutor(1, "moorage-evaluate") as thread:
            return thread.submit(locked).result()
    return locked()


def _loop_is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class _Run:
    """One evaluation."""

    def __init__(
        self,
        program: str | Path | Project | Callable[[], Any],
        project: str | None,
        stack: str,
        config: Mapping[str, str],
        preview: bool,
    ) -> None:
        self.stack = stack
        self.preview = preview
        self.root: Path | None = None
        self.folder: Path | None = None
        self.error: BaseException | None = None
        self.other_stacks: Mapping[str, Mapping[str, Any]] = {}
        if callable(program):
            self.program = program
            self.configuration = configuration_of(project or "project", config)
        else:
            pulumi_project = program if isinstance(program, Project) else load_project(Path(program), project)
            pulumi_project.check_program()
            self.root, self.folder = pulumi_project.folder, pulumi_project.program_folder
            self.program = lambda: run_main(pulumi_project.main)
            self.configuration = pulumi_project.configure(stack, config)

    def graph(self) -> ResourceGraph:
        """Run the program in the current context and return its graph."""
        _evaluating.set(True)
        configuration = self.configuration
        region = configuration.values.get("aws:region", DEFAULT_REGION)
        others = stack_outputs(self.root, self.other_stacks)
        monitor = Monitor(configuration.project, self.stack, region, self.preview, others)
        engine = Engine(monitor.stack_urn)
        never_awaited: list[str] = []
        with isolated(never_awaited), project_modules(self.folder):
            self._run(configuration, monitor, engine)
        if never_awaited and self.error is None:
            self.error = EvaluationError("; ".join(never_awaited) + ": put `await` before the call")
        if isinstance(self.error, KeyboardInterrupt):
            raise self.error
        if self.error is not None and (said := missing_output(self.error, monitor.stacks_read)):
            self.error = EvaluationError(said).with_traceback(self.error.__traceback__)
        if self.error is not None:
            raise evaluation_error(self.error, self.root) from self.error
        return ResourceGraph(
            project=configuration.project,
            stack=self.stack,
            resources=tuple(monitor.resources.values()),
            outputs=monitor.outputs,
            invokes=tuple(monitor.invokes),
            log=tuple(engine.log),
            folder=self.folder,
        )

    def _run(self, configuration: Configuration, monitor: Monitor, engine: Engine) -> None:
        loop = InlineLoop()
        try:
            set_all_config(configuration.values, list(configuration.secret_keys))
            settings.ROOT.set(None)
            values: dict[str, Any] = {"root_directory": str(self.root)} if self.root else {}
            settings.configure(
                settings.Settings(
                    project=configuration.project,
                    stack=self.stack,
                    monitor=monitor,
                    engine=engine,
                    dry_run=self.preview,
                    organization="organization",
                    **values,
                )
            )
            callbacks = Callbacks(monitor)
            setattr(settings.SETTINGS, "callbacks", callbacks)  # noqa: B010 - its type is one that opens a port
            monitor.transforms.callbacks = callbacks
            loop.run_until_complete(self._main(loop))
        except BaseException as error:
            # The exception of the program itself says more than its consequences.
            if self.error is None or isinstance(error, KeyboardInterrupt):
                self.error = error
        finally:
            loop.finish(self.error)

    async def _main(self, loop: InlineLoop) -> None:
        async def program() -> None:
            try:
                result = self.program()
                if inspect.isawaitable(result):
                    await result
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                # Kept, not raised: its handling by the SDK differs between versions.
                self.error = error
            # The SDK waits for outputs by checking all of them at every step: complete most of them before.
            await loop.settle()

        await run_in_stack(program)
        # Messages about a resource are sent by tasks that are not awaited.
        await loop.settle()
