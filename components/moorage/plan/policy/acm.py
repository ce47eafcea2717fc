"""AWS Certificate Manager."""

from moorage.graph import View
from moorage.graph.types import CERTIFICATE
from moorage.offline import Resource

from .control import Breach, Control, ControlSeverity, value


def _key(certificate: Resource, view: View) -> Breach | None:
    if value(certificate, "keyAlgorithm") != "RSA_1024":
        return None
    return Breach("has a key of 1,024 bits", "omit keyAlgorithm: the default is RSA_2048")


CONTROLS = (
    Control(
        "ACM.2",
        "RSA certificates managed by ACM should use a key length of at least 2,048 bits",
        ControlSeverity.HIGH,
        (CERTIFICATE,),
        _key,
        "2,048 bits",
    ),
)
