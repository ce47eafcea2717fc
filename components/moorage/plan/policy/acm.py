"""AWS Certificate Manager."""

from moorage.offline import Resource
from moorage.plan.types import CERTIFICATE

from .control import HIGH, Breach, Control, Program, value


def _key(certificate: Resource, program: Program) -> Breach | None:
    if value(certificate, "keyAlgorithm") != "RSA_1024":
        return None
    return Breach("has a key of 1,024 bits", "leave keyAlgorithm out: it is then RSA_2048")


CONTROLS = (
    Control(
        "ACM.2",
        "RSA certificates managed by ACM should use a key length of at least 2,048 bits",
        HIGH,
        (CERTIFICATE,),
        _key,
        "2,048 bits",
    ),
)
