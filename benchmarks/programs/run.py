"""Evaluate one of the programs here with a number of apps, and print what happened as JSON.

    python benchmarks/programs/run.py {moorage,aws,aws-flat} COUNT {evaluate,mocks} [--warm] [--inputs]

The seconds are those of the evaluation alone. With --warm a program of one app goes before, so that all
modules are loaded; with --inputs the inputs of all resources are printed too (mocks), or the outputs of all
components (evaluate).
"""

import argparse
import functools
import importlib
import json
import time
from typing import Any

PROGRAMS: dict[str, tuple[str, dict[str, Any]]] = {
    "moorage": ("moorage_apps", {}),
    "aws": ("aws_apps", {"grouped": True}),
    "aws-flat": ("aws_apps", {"grouped": False}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", choices=list(PROGRAMS))
    parser.add_argument("count", type=int)
    parser.add_argument("how", choices=["evaluate", "mocks"])
    parser.add_argument("--warm", action="store_true")
    parser.add_argument("--inputs", action="store_true")
    args = parser.parse_args()
    module, options = PROGRAMS[args.library]
    program = functools.partial(importlib.import_module(module).program, **options)
    run = evaluated if args.how == "evaluate" else mocked
    if args.warm:
        run(program, 1)
    wall, cpu = time.perf_counter(), time.process_time()
    found = run(program, args.count)
    result = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, **found}
    if not args.inputs:
        for values in ("inputs", "outputs"):
            result.pop(values, None)
    print(json.dumps(result))


def evaluated(program: Any, count: int) -> dict[str, Any]:
    from moorage.offline import evaluate

    graph = evaluate(lambda: program(count))
    apps: dict[str, int] = {}
    for resource in graph:
        app = "-".join(resource.name.split("-")[:2])
        if app.startswith("app-"):
            of_properties = sum(map(len, resource.property_dependencies.values()))
            apps[app] = apps.get(app, 0) + len(resource.dependencies) + of_properties
    return {
        "resources": len(graph.resources),
        "invokes": len(graph.invokes),
        "dependencies": sorted(set(apps.values())),
        "exports": len(graph.outputs),
        "outputs": {
            f"{item.type} {item.name}": item.outputs for item in graph if item.type.startswith("moorage:")
        },
    }


def mocked(program: Any, count: int) -> dict[str, Any]:
    from mocks import under_mocks

    recorder = under_mocks(lambda: program(count))
    inputs = {" ".join(key): value for key, value in sorted(recorder.inputs.items())}
    return {"resources": len(inputs), "inputs": inputs}


if __name__ == "__main__":
    main()
