"""The presets that the program's configuration defines."""

import pulumi

from moorage.model.preset_definitions import defined_presets
from moorage.model.presets import DEFINED


def use_presets() -> None:
    """Use the presets of the stack's configuration, `moorage:presets`, in this program.

    They are in the configuration, as the policy's exceptions are, because a plan, a policy pack and programs
    of other languages need the same ones.

    Raises:
        ValueError: their definition is invalid.
    """
    DEFINED.set(defined_presets(pulumi.Config("moorage").get("presets")))
