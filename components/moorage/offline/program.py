"""The run of a project's `__main__.py` as `pulumi` does it, and the removal of its modules afterwards."""

import importlib
import os
import runpy
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from moorage.pulumi_private import REGISTRIES


def run_main(main: Path) -> None:
    """Run a program: a folder with `__main__.py`, or a file, as `__main__` in its own folder."""
    sys.argv = [str(main)]
    runpy.run_path(str(main), run_name="__main__")


@contextmanager
def project_modules(folder: Path | None) -> Generator[None]:
    """Run the body in `folder` with its modules importable, and remove them afterwards.

    Modules of the same names from elsewhere are hidden meanwhile: they would be imported instead.
    """
    if folder is None:
        yield
        return
    local = _modules_in(folder)
    hidden = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in local}
    for name in hidden:
        del sys.modules[name]
    before = set(sys.modules)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    # Files may be new, and the finders only check a folder's modification time.
    importlib.invalidate_caches()
    try:
        yield
    finally:
        own = {
            name
            for name, module in list(sys.modules.items())
            if name not in before
            and (name.partition(".")[0] in local or _is_namespace_of(folder, module, name))
        }
        for name in own:
            del sys.modules[name]
        if own:
            _forget_registrations(own)
        sys.modules.update(hidden)


def _modules_in(folder: Path) -> set[str]:
    """Return the names of the modules and packages in a folder, except those of Python itself."""
    names: set[str] = set()
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                names.add(entry.name[:-3])
            elif os.path.exists(os.path.join(entry.path, "__init__.py")):
                names.add(entry.name)
    return names - sys.stdlib_module_names - {"__main__"}


def _is_namespace_of(folder: Path, module: ModuleType, name: str) -> bool:
    """Return whether a module belongs to a package without `__init__.py` in the folder."""
    top = sys.modules.get(name.partition(".")[0], module)
    if getattr(top, "__file__", None) is not None:
        return False
    return any(Path(path).parent == folder for path in getattr(top, "__path__", ()))


def _forget_registrations(modules: set[str]) -> None:
    """Remove the modules' registrations with Pulumi, which rejects a second one of a package."""
    for registry in REGISTRIES:
        for key, entries in list(registry.items()):
            kept = [entry for entry in entries if type(entry).__module__ not in modules]
            if len(kept) != len(entries):
                registry[key] = kept  # pyright: ignore[reportArgumentType]
