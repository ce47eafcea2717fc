"""Amazon ECR."""

from moorage.graph import View
from moorage.offline import Resource

from .control import Breach, Control, on, refused, value

REPOSITORY = "aws:ecr/repository:Repository"
LIFECYCLE_POLICY = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
REGISTRY_SCANNING = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"


def _scanned(repository: Resource, view: View) -> Breach | None:
    if on(value(repository, "imageScanningConfiguration", "scanOnPush")):
        return None
    if view.links.of_type(REGISTRY_SCANNING):
        return None
    return Breach("does not scan images on push", "set imageScanningConfiguration.scanOnPush to true")


def _expires(repository: Resource, view: View) -> Breach | None:
    if view.links.users(repository, "repository", LIFECYCLE_POLICY):
        return None
    return Breach("keeps every image forever", "set keep_images, or add an aws.ecr.LifecyclePolicy")


_IMMUTABLE = refused(
    "imageTagMutability",
    ("MUTABLE", "MUTABLE_WITH_EXCLUSION"),
    "has mutable tags",
    "set imageTagMutability to IMMUTABLE",
    default="MUTABLE",
)

CONTROLS = (
    Control("ECR.1", (REPOSITORY,), _scanned, "always scanned on push"),
    Control("ECR.2", (REPOSITORY,), _IMMUTABLE, "always immutable"),
    Control("ECR.3", (REPOSITORY,), _expires, "`keep_images`"),
)
