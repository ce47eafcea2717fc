"""The keys of the configuration's namespace `moorage`."""

import difflib
from collections.abc import Iterable

NAMESPACE = "moorage"
PRESETS_KEY = f"{NAMESPACE}:presets"
"""An object of presets by name, each with `extends` and the values that differ."""
EXCEPTIONS_KEY = f"{NAMESPACE}:policyExceptions"
"""A list of `{controls, rules, reason, resource}`."""

_KEYS = (EXCEPTIONS_KEY, PRESETS_KEY)
_ALIKE = 0.8
"""Similarity of two keys, which share the namespace, from which one is suggested for the other."""


def check_keys(keys: Iterable[str], project: str) -> None:
    """Check the keys of a stack's configuration; those of other namespaces are not ours.

    In a project with the name of the namespace, they are the project's own.

    Raises:
        ValueError: a key of the namespace is unknown; the text lists every one.
    """
    unknown = [key for key in keys if key.startswith(f"{NAMESPACE}:") and key not in _KEYS]
    if unknown and project != NAMESPACE:
        raise ValueError("\n".join(f"{key}: unknown configuration key; {_nearest(key)}" for key in unknown))


def _nearest(key: str) -> str:
    longer = [candidate for candidate in _KEYS if candidate.startswith(key)]
    near = longer or difflib.get_close_matches(key, _KEYS, n=1, cutoff=_ALIKE)
    return f"did you mean {near[0]!r}?" if len(near) == 1 else f"must be one of {', '.join(_KEYS)}"
