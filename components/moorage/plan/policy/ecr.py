"""Amazon ECR."""

from moorage.graph import View
from moorage.offline import Resource

from .control import Breach, Control, ControlSeverity, on, value

REPOSITORY = "aws:ecr/repository:Repository"
LIFECYCLE_POLICY = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
REGISTRY_SCANNING = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"


def _scanned(repository: Resource, view: View) -> Breach | None:
    if on(value(repository, "imageScanningConfiguration", "scanOnPush")):
        return None
    if view.links.of_type(REGISTRY_SCANNING):
        return None
    return Breach("does not scan images on push", "set imageScanningConfiguration.scanOnPush to true")


def _immutable(repository: Resource, view: View) -> Breach | None:
    if str(value(repository, "imageTagMutability", default="MUTABLE")) in (
        "MUTABLE",
        "MUTABLE_WITH_EXCLUSION",
    ):
        return Breach("has mutable tags", "set imageTagMutability to IMMUTABLE")
    return None


def _expires(repository: Resource, view: View) -> Breach | None:
    if view.links.users(repository, "repository", LIFECYCLE_POLICY):
        return None
    return Breach("keeps every image forever", "set keep_images, or add an aws.ecr.LifecyclePolicy")


CONTROLS = (
    Control(
        "ECR.1",
        "ECR private repositories should have image scanning configured",
        ControlSeverity.HIGH,
        (REPOSITORY,),
        _scanned,
        "always scanned on push",
    ),
    Control(
        "ECR.2",
        "ECR private repositories should have tag immutability configured",
        ControlSeverity.MEDIUM,
        (REPOSITORY,),
        _immutable,
        "always immutable",
    ),
    Control(
        "ECR.3",
        "ECR repositories should have at least one lifecycle policy configured",
        ControlSeverity.MEDIUM,
        (REPOSITORY,),
        _expires,
        "`keep_images`",
    ),
)
