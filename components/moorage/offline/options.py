"""The resource options of a registration in plain form: only those that are set."""

from typing import Any

from google.protobuf.json_format import MessageToDict

_NAMES = {
    "protect": "protect",
    "retainOnDelete": "retainOnDelete",
    "ignoreChanges": "ignoreChanges",
    "replaceOnChanges": "replaceOnChanges",
    "additionalSecretOutputs": "additionalSecretOutputs",
    "hideDiffs": "hideDiffs",
    "replace_with": "replaceWith",
    "importId": "import",
    "deletedWith": "deletedWith",
    "version": "version",
    "pluginDownloadURL": "pluginDownloadUrl",
}
"""The fields of a request whose values are options as they are, and the options' names."""


def of_registration(request: Any) -> dict[str, Any]:
    """Return the options of a `RegisterResourceRequest` under Pulumi's names."""
    options: dict[str, Any] = {}
    present = {field.name for field, _ in request.ListFields()}
    if present.isdisjoint(_INTERESTING):
        return options
    for source, name in _NAMES.items():
        if source in present:
            value = getattr(request, source)
            options[name] = value if isinstance(value, str | bool) else list(value)
    if request.deleteBeforeReplaceDefined:
        options["deleteBeforeReplace"] = request.deleteBeforeReplace
    if request.provider:
        options["provider"] = request.provider.rpartition("::")[0]
    if request.providers:
        options["providers"] = {
            key: ref.rpartition("::")[0] for key, ref in sorted(request.providers.items())
        }
    if request.aliases:
        options["aliases"] = [alias.urn or _set_fields(alias.spec) for alias in request.aliases]
    elif request.aliasURNs:
        options["aliases"] = list(request.aliasURNs)
    if "customTimeouts" in present:
        options["customTimeouts"] = _set_fields(request.customTimeouts)
    if "hooks" in present and (hooks := _set_fields(request.hooks)):
        options["hooks"] = hooks
    return options


_INTERESTING = {
    *_NAMES,
    "deleteBeforeReplaceDefined",
    "provider",
    "providers",
    "aliases",
    "aliasURNs",
    "customTimeouts",
    "hooks",
}


def _set_fields(message: Any) -> dict[str, Any]:
    return {name: value for name, value in MessageToDict(message).items() if value}
