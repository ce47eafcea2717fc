"""Pushing an image whose content tag the repository has already.

An `up` that was interrupted after its push, and content that returns to that of an earlier release, build a
tag again. An immutable repository refuses to move it, even to the same image (ECR: "Preventing image tags
from being overwritten"). The tag says what was built, not which build it was: the earlier image gets another
tag, and the push is repeated.
"""

from __future__ import annotations

import pulumi
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import monitor_supports_feature

from moorage.resources.watching import deploys, login_of

ACTIONS = ("ecr:BatchGetImage", "ecr:PutImage", "ecr:BatchDeleteImage")
"""The actions that the credentials need to take a tag from an image."""


def repeated_push(
    image: pulumi.Resource, name: str, tag: str, repository: pulumi.Output[str]
) -> pulumi.ResourceHookBinding | None:
    """Return the hook that repeats a refused push of a content tag to a repository, given by its ARN.

    Nothing is refused where nothing is deployed, and older engines have no such hooks.
    """
    if not deploys() or not monitor_supports_feature(resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS):
        return None
    place = pulumi.Output.all(repository, login_of(image))

    async def repeat(failed: pulumi.ErrorHookArgs) -> bool:
        if len(failed.errors) > 1 or not _refused(failed.errors[0], tag):
            return False
        import asyncio

        from moorage.rollout.ask import AskError, unanswered
        from moorage.rollout.ecr import EcrRepository

        arn, login = await place.future() or ["", None]
        try:
            kept = await asyncio.to_thread(EcrRepository(arn, login).free, tag)
        except AskError as error:
            reason = unanswered(error, ACTIONS, "run `up` again", "change `build.revision`")
            pulumi.log.warn(f"the registry has the tag {tag} already: {reason}", resource=image)
            return False
        if kept is not None:
            text = f"the registry has the tag {tag} from an earlier build, which is now {kept}; pushing again"
            pulumi.log.info(text, resource=image)
        return kept is not None

    return pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"{name}-push", repeat)])


def _refused(error: str, tag: str) -> bool:
    """Return whether a push failed because the tag exists, in ECR's words."""
    return f"'{tag}' already exists" in error and "immutable" in error
