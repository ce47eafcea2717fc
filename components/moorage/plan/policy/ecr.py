"""Amazon ECR."""

from moorage.graph import View
from moorage.offline import Resource

from .control import Control, breach_unless, on, refused, used, value

REPOSITORY = "aws:ecr/repository:Repository"
LIFECYCLE_POLICY = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
REGISTRY_SCANNING = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"


@breach_unless("does not scan images on push", "set imageScanningConfiguration.scanOnPush to true")
def _scans(repository: Resource, view: View) -> bool:
    scanned = on(value(repository, "imageScanningConfiguration", "scanOnPush"))
    return scanned or bool(view.links.of_type(REGISTRY_SCANNING))


_EXPIRES = breach_unless("keeps every image forever", "set keep_images, or add an aws.ecr.LifecyclePolicy")(
    used("repository", LIFECYCLE_POLICY)
)
_IMMUTABLE = refused(
    "imageTagMutability",
    ("MUTABLE", "MUTABLE_WITH_EXCLUSION"),
    "has mutable tags",
    "set imageTagMutability to IMMUTABLE",
    default="MUTABLE",
)

CONTROLS = (
    Control("ECR.1", (REPOSITORY,), _scans, "always scanned on push"),
    Control("ECR.2", (REPOSITORY,), _IMMUTABLE, "always immutable"),
    Control("ECR.3", (REPOSITORY,), _EXPIRES, "`keep_images`"),
)
