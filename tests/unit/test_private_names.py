"""Private names of other libraries are used in few places, which say the version."""

import ast
from collections.abc import Iterator
from pathlib import Path

from support.syntax import parse, parsed

LIBRARY = Path(__file__).parents[2] / "components" / "moorage"

PLACES = {
    "pulumi_private.py": "all of Pulumi's SDK but what a subclass inherits",
    "plugin.py": "attributes that the SDK's ComponentProvider has for its subclasses",
    "local/balancer/upstream.py": "attributes of aiohttp's ResponseHandler and BaseConnector, in subclasses",
    "local/aws/server.py": "functions of ministack, which runs in an environment with one version of it",
    "offline/isolation.py": "sys._getframe, which Python documents",
}
"""The modules that use such names, and which."""

NAMED_TUPLE = {"_replace", "_asdict", "_fields", "_field_defaults", "_make"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name not in NAMED_TUPLE and name != "_"


def defined(module: ast.Module) -> set[str]:
    """Return the names that a module defines, those of attributes among them."""
    names: set[str] = set()
    for node in ast.walk(module):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Attribute(attr=name, ctx=ast.Store()) | ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case _:
                pass
    return names


def imported(module: ast.Module) -> Iterator[str]:
    """Yield the names, and parts of names of modules, that a module imports from other libraries."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            source = str(node.module).split(".")
            if source[0] != "moorage":
                yield from [*source, *(alias.name for alias in node.names)]
        if isinstance(node, ast.Import):
            yield from (part for alias in node.names for part in alias.name.split("."))


def read(module: ast.Module) -> Iterator[str]:
    """Yield the names of the attributes that a module reads, also by `getattr` and similar."""
    for node in ast.walk(module):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Load()):
                yield name
            case ast.Call(func=ast.Name("getattr" | "setattr" | "hasattr"), args=[_, ast.Constant(name), *_]):
                yield str(name)
            case _:
                pass


def others(modules: dict[str, ast.Module]) -> dict[str, set[str]]:
    """Return the private names of other libraries by module; attributes that one of them sets are not."""
    own = {name for module in modules.values() for name in defined(module)}
    names = {
        path: set(filter(is_private, {*imported(module), *(set(read(module)) - own)}))
        for path, module in modules.items()
    }
    return {path: private for path, private in names.items() if private}


def test_private_names_of_others_are_in_their_places() -> None:
    modules = {str(path.relative_to(LIBRARY)): parsed(path) for path in sorted(LIBRARY.rglob("*.py"))}
    assert others(modules).keys() == PLACES.keys()


def test_each_way_to_a_private_name_is_seen() -> None:
    ways = {
        "import": "from pulumi.runtime.sync_await import _sync_await",
        "module": "from pulumi.runtime._callbacks import Servicer",
        "submodule": "import pulumi._types",
        "attribute": "import pulumi\npulumi.runtime.rpc._special_sig_key",
        "getattr": "import pulumi\ngetattr(pulumi, '_internal')",
    }
    assert others({name: parse(text) for name, text in ways.items()}).keys() == ways.keys()
    clean = (
        "from moorage.x import _y\nclass A:\n  def f(self):\n    self._a = 1\n    self._a, self._replace(b=2)"
    )
    assert others({"clean": parse(clean)}) == {}
