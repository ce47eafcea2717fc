"""The private names of Pulumi's SDK that the library uses, as they are in pulumi 3.237 to 3.272.

All of them are loaded with `import pulumi`.
"""

# pyright: reportPrivateUsage=false

from typing import Any

from pulumi import _types
from pulumi.runtime import _callbacks, rpc, settings
from pulumi.runtime import sync_await as loop
from pulumi.runtime.settings import get_monitor

CallbackServicer = _callbacks._CallbackServicer
sync_await, ensure_event_loop = loop._sync_await, loop._ensure_event_loop

types = _types
"""The module that reads the annotations of resources."""

SIGNATURE = rpc._special_sig_key
"""The key of a structure that is a secret, an asset, an archive or a resource; its value is one of these."""
SECRET = rpc._special_secret_sig
ASSET = rpc._special_asset_sig
ARCHIVE = rpc._special_archive_sig
RESOURCE = rpc._special_resource_sig

REGISTRIES = (rpc._RESOURCE_MODULES, rpc._RESOURCE_PACKAGES)
"""The registered modules and packages of resources."""

STACK_TRACE = "_get_stack_trace"
"""The function of `pulumi.runtime.resource` that finds the source position of a resource."""

_DEFAULT = "_ContextProperty__default"
"""The attribute of a setting that holds its default in contexts without a value of their own; 3.237 has no
defaults."""


def settings_defaults() -> dict[Any, Any]:
    """Return the SDK's settings that have a default, with it."""
    properties = vars(settings.Settings).values()
    return {item: getattr(item, _DEFAULT) for item in properties if hasattr(item, _DEFAULT)}


def set_default(setting: Any, value: Any) -> None:
    """Set the default of one of the SDK's settings."""
    setattr(setting, _DEFAULT, value)


def monitor_address() -> str | None:
    """Return the address of an engine's monitor; None for one in this process."""
    # The SDK keeps no address, and gRPC's channel is private (grpcio 1.85).
    channel = getattr(getattr(get_monitor(), "RegisterResource", None), "_channel", None)
    return channel.target().decode() if channel is not None else None
