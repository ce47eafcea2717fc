"""A scripted ECS whose deployments move requests."""

import pytest
from support.scripted_aws import Follow, Followed, ScriptedAws
from support.scripted_shifts import FollowShift, Shifting


@pytest.fixture
def ecs_shifts(scripted: ScriptedAws) -> Shifting:
    shifting = Shifting(scripted)
    scripted.answers["UpdateService"] = shifting.update
    scripted.answers["DescribeServices"] = lambda asked: shifting.now()["service"]
    return shifting


@pytest.fixture
def ended(followed: Follow, ecs_shifts: Shifting) -> FollowShift:
    """Follow it to its end, in at most an hour."""

    def run(timeout: float = 3600) -> Followed:
        return followed(timeout=timeout)

    return run
