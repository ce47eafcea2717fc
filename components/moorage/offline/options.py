"""The resource options of a registration in plain form: only those that are set."""

from typing import Any

from google.protobuf.json_format import MessageToDict

_LISTS = {
    "ignoreChanges": "ignoreChanges",
    "replaceOnChanges": "replaceOnChanges",
    "additionalSecretOutputs": "additionalSecretOutputs",
    "hideDiffs": "hideDiffs",
    "replace_with": "replaceWith",
}
_TEXTS = {
    "importId": "import",
    "deletedWith": "deletedWith",
    "version": "version",
    "pluginDownloadURL": "pluginDownloadUrl",
}
_FLAGS = ("protect", "retainOnDelete")


def of_registration(request: Any) -> dict[str, Any]:
    """Return the options of a `RegisterResourceRequest` under Pulumi's names."""
    options: dict[str, Any] = {}
    present = {field.name for field, _ in request.ListFields()}
    if present.isdisjoint(_INTERESTING):
        return options
    for flag in _FLAGS:
        if flag in present:
            options[flag] = getattr(request, flag)
    if request.deleteBeforeReplaceDefined:
        options["deleteBeforeReplace"] = request.deleteBeforeReplace
    for source, name in _LISTS.items():
        if source in present:
            options[name] = list(getattr(request, source))
    for source, name in _TEXTS.items():
        if source in present:
            options[name] = getattr(request, source)
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
    *_FLAGS,
    *_LISTS,
    *_TEXTS,
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
