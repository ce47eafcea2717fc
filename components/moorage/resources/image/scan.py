"""Waiting for the scan of an image during `up`, before anything is deployed with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi

from moorage.model.image import ScanGate
from moorage.resources.watching import deploys, login_of, loop_of, watched

if TYPE_CHECKING:
    from moorage.rollout.scan import Following

ACTIONS = ("ecr:BatchGetImage", "ecr:DescribeImageScanFindings")
"""The actions that the credentials need to read a scan."""


def scanned(
    image: pulumi.Resource, name: str, gate: ScanGate, uri: pulumi.Output[str], repository: pulumi.Output[str]
) -> pulumi.Output[str]:
    """Return an image's reference once its scan has passed; end the program with the findings if it does not.

    Where nothing is deployed, return `uri` itself: a preview must not show more changes than there will be.
    """
    if not deploys():
        return uri

    async def wait(args: list[Any]) -> str:
        from moorage.rollout.scan import Following
        from moorage.rollout.scan_aws import EcrScans

        following = Following(EcrScans(args[1], args[2]), str(args[0]), gate, loop_of(image))
        end = f"{name}: the image does not pass its scan, and is not deployed"
        await watched(image, _problem(following), end, following.loop.sleep)
        return following.image

    return pulumi.Output.all(uri, repository, login_of(image)).apply(wait)


async def _problem(following: Following) -> str | None:
    """Return why the image must not be deployed, or None."""
    from moorage.rollout.ask import AskError, unanswered

    try:
        return await following.problem()
    except AskError as error:
        reason = unanswered(error, ACTIONS, "run `up` again", "deploy without `build.scan`")
        return f"whether {following.image} passes its scan is not known: {reason}"
