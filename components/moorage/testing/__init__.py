"""Unit tests of Pulumi programs on AWS, without an engine: a pytest plugin, selectors and assertions.

The plugin is loaded with the library. Its fixtures are `moorage_evaluate` and `moorage_golden`,
with short names on request (`short_names`); import everything else from here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .assertions import assert_no_plaintext_secrets as assert_no_plaintext_secrets
    from .assertions import assert_no_wildcard_actions as assert_no_wildcard_actions
    from .assertions import assert_passes_policy as assert_passes_policy
    from .assertions import assert_unique_urns as assert_unique_urns
    from .reading import container_definitions as container_definitions
    from .reading import policy_statements as policy_statements

_MODULES = {
    "assert_no_plaintext_secrets": "assertions",
    "assert_no_wildcard_actions": "assertions",
    "assert_passes_policy": "assertions",
    "assert_unique_urns": "assertions",
    "container_definitions": "reading",
    "policy_statements": "reading",
}

__all__ = sorted(_MODULES)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    """Import lazily: pytest loads this package in every project that has the library installed."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
