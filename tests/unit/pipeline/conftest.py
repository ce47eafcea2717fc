"""Projects that a pipeline is written for, and which differ in little."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from moorage.offline import ResourceGraph
from moorage.offline.project import Project
from moorage.pipeline import project as of_pipeline

EVALUATED: dict[object, ResourceGraph] = {}
"""The resources by the program's text, its stack and its configuration."""


@pytest.fixture(autouse=True)
def shared_evaluations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Evaluate equal programs with equal configuration once."""
    evaluate = of_pipeline.evaluate

    def shared(project: Project, *, stack: str, config: Mapping[str, str]) -> ResourceGraph:
        program = (project.main / "__main__.py").read_text()
        key = program, stack, *sorted(project.configure(stack, config).values.items())
        if key not in EVALUATED:
            EVALUATED[key] = evaluate(project, stack=stack, config=config)
        return replace(EVALUATED[key], folder=project.program_folder)

    monkeypatch.setattr(of_pipeline, "evaluate", shared)
