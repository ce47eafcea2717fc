"""Requests to AWS with boto3, which is imported at the first request."""

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from threading import Lock
from typing import Any, TypeVar

from .answers import listed
from .ask import Denied, Expired, Refused, Unreachable
from .login import Login, session
from .observed import (
    MISSING,
    Service,
    ServiceDeployment,
    StoppedTask,
    Target,
    service_deployments_of,
    service_of,
    stopped_tasks_of,
    task_definitions_of,
    unready_targets_of,
)
from .settings import NO_SETTINGS, Settings
from .states import TaskStatus

T = TypeVar("T")

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthFailure"}
_EXPIRED = {
    *("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"),
    # A revoked session, or a deleted key.
    *("UnrecognizedClientException", "InvalidClientTokenId"),
}
_CREDENTIALS = {"InvalidSignatureException", "SignatureDoesNotMatch"}
_GONE = {"ClusterNotFoundException", "ServiceNotFoundException", "ServiceNotActiveException"}
_PASSES = {
    *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled"),
    *("RequestThrottledException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"),
    *("PriorRequestNotComplete", "BandwidthLimitExceeded"),
    *("ServiceUnavailable", "ServiceUnavailableException", "ServerException", "InternalFailure"),
    *("InternalError", "InternalServerError", "RequestTimeout", "RequestTimeoutException"),
}
"""Transient errors: those of botocore's standard retry mode, and those of ECS ("Common Errors")."""

_IAM = {"elbv2": "elasticloadbalancing"}
"""IAM's prefix for a service, where it differs from boto3's name."""

_ATTEMPTS = 4
"""Attempts of boto3 for each request: an interrupted program waits for the thread that sends it."""

_LOG_LINES = 20
_DEPLOYMENTS = 10

_PAGES = 10
"""Pages of 100 stopped tasks each: a service that fails more often fails in the same way each time."""

_making = Lock()


def client(service: str, region: str, login: Login, attempts: int = _ATTEMPTS) -> Any:
    """Return the one client of a service, which retries throttling and network errors itself."""
    # Without the lock two apps would both import boto3 and read the service's model, which is slow.
    with _making:
        return _client(service, region, login, attempts)


@cache
def _client(service: str, region: str, login: Login, attempts: int) -> Any:
    from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]

    retries = {"mode": "standard", "total_max_attempts": attempts}
    return session(login, region).client(
        service, region_name=region, config=Config(retries=retries, connect_timeout=5, read_timeout=15)
    )


class Asker:
    """Sends requests to AWS in one region.

    Raises:
        Denied: the credentials do not allow it, or there are none.
        Expired: the credentials have expired.
        Unreachable: no answer, or a transient error.
        Refused: another error.
    """

    def __init__(self, region: str, login: Login | None = None) -> None:
        """Use the credentials of a login, or the default ones."""
        self.region, self.login = region, login or Login()

    def __call__(self, api: str, operation: str, /, **parameters: Any) -> Any:
        """Send one request, named as boto3 names service, operation and parameters; return the answer."""
        return asked(
            lambda: getattr(client(api, self.region, self.login), operation)(**parameters), _IAM.get(api, api)
        )

    def pages(self, api: str, operation: str, /, **parameters: Any) -> Iterator[Any]:
        """Yield the pages of an answer, each requested when it is needed."""
        prefix = _IAM.get(api, api)
        paginator = asked(lambda: client(api, self.region, self.login).get_paginator(operation), prefix)
        answers = iter(paginator.paginate(**parameters))
        while (page := asked(lambda: next(answers, None), prefix)) is not None:
            yield page

    def every(self, api: str, operation: str, key: str, /, **parameters: Any) -> Iterator[Any]:
        """Yield the items under `key` of every page."""
        for page in self.pages(api, operation, **parameters):
            yield from listed(page, key)

    def log(self, group: str, stream: str, /, **parameters: Any) -> tuple[list[str], str]:
        """Return lines of a log stream, and the token of the next ones; none before the stream exists."""
        with ignoring("ResourceNotFoundException"):
            answer = self("logs", "get_log_events", logGroupName=group, logStreamName=stream, **parameters)
            lines = [str(event["message"]).rstrip() for event in answer["events"]]
            return lines, answer.get("nextForwardToken", "")
        return [], ""

    def region_of(self) -> str:
        """Return the region, including the default one of the AWS configuration."""
        return asked(lambda: client("ecs", self.region, self.login).meta.region_name)


@contextmanager
def ignoring(*codes: str) -> Generator[None]:
    """Ignore the errors of AWS with these codes."""
    try:
        yield
    except Refused as error:
        if not any(code in str(error) for code in codes):
            raise


def asked(what: Callable[[], T], service: str = "") -> T:
    """Run a boto3 call, and return its answer; `service` is IAM's prefix. Raises as an `Asker` does."""
    import botocore.exceptions  # pyright: ignore[reportMissingTypeStubs]
    import botocore.parsers  # pyright: ignore[reportMissingTypeStubs]

    exceptions: Any = botocore.exceptions
    parsers: Any = botocore.parsers
    expired = (
        *(exceptions.UnauthorizedSSOTokenError, exceptions.SSOTokenLoadError, exceptions.TokenRetrievalError),
        *(
            exceptions.CredentialRetrievalError,
            exceptions.LoginRefreshRequired,
            exceptions.LoginTokenLoadError,
        ),
    )
    lost = (
        *(exceptions.HTTPClientError, exceptions.ConnectionError, exceptions.IncompleteReadError),
        parsers.ResponseParserError,
    )
    try:
        return what()
    except exceptions.ClientError as error:
        raise _translated(error, service) from error
    except (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.ProfileNotFound,
    ) as error:
        raise Denied(f"there are no AWS credentials: {error}") from error
    except expired as error:
        raise Expired(f"the AWS credentials have expired or cannot be renewed: {error}") from error
    except lost as error:
        raise Unreachable(str(error)) from error
    except exceptions.NoRegionError as error:
        raise Refused("no region is set", hint="pass --region, or set AWS_REGION") from error
    except exceptions.BotoCoreError as error:
        raise Refused(str(error)) from error


def _translated(error: Any, service: str) -> Denied | Unreachable | Refused:
    """Translate an error of AWS."""
    answer: dict[str, Any] = error.response
    code = str(answer.get("Error", {}).get("Code", ""))
    message = str(answer.get("Error", {}).get("Message", "")) or code
    if code in _DENIED:
        action = re.search(r"perform: ([\w-]+:\w+)", message)
        # Credentials are fetched at the first request of another service.
        prefix = "sts" if error.operation_name.startswith("AssumeRole") else service
        return Denied(message, action[1] if action else f"{prefix}:{error.operation_name}".lstrip(":"))
    if code in _EXPIRED:
        return Expired(f"the AWS credentials have expired: {message}")
    if code in _CREDENTIALS:
        return Denied(f"the AWS credentials are not accepted: {message}")
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _PASSES or status == 429 or status >= 500:
        return Unreachable(f"{code}: {message}")
    return Refused(f"{error.operation_name}: {code}: {message}")


@dataclass(frozen=True)
class AwsEcs:
    """The service of one app, described with boto3."""

    cluster: str
    """The cluster's ARN, which names the region."""
    name: str
    target_groups: Sequence[str] = ()
    """ARNs of the target groups of its tasks."""
    log_group: str = ""
    """Empty if its containers do not log to CloudWatch Logs."""
    stream_prefix: str = ""
    login: Login | None = None

    @cached_property
    def _ask(self) -> Asker:
        return Asker(self.cluster.split(":")[3], self.login)

    def service(self) -> Service:
        """Return the service as it is now."""
        with ignoring(*_GONE):
            answer = self._ask("ecs", "describe_services", cluster=self.cluster, services=[self.name])
            if not answer.get("services") and not answer.get("failures"):
                # boto3 reads a proxy's page as an empty answer.
                raise Unreachable("the answer is not from ECS: a proxy may have sent it")
            return service_of(answer)
        return MISSING

    def redeploy(self, task_definition: str, settings: Settings = NO_SETTINGS) -> str:
        """Deploy a revision, even the running one; return the id of the new deployment."""
        answer = self._ask(
            "ecs",
            "update_service",
            cluster=self.cluster,
            service=self.name,
            taskDefinition=task_definition,
            forceNewDeployment=True,
            **settings,
        )
        begun = service_of({"services": [answer.get("service") or {}]}).primary
        return begun.id if begun else ""

    def stopped(self) -> list[str]:
        """Return the ARNs of at most 1000 tasks that stopped within the last hour, in any order."""
        where = {"cluster": self.cluster, "serviceName": self.name, "desiredStatus": TaskStatus.STOPPED}
        pages = islice(self._ask.pages("ecs", "list_tasks", **where), _PAGES)
        return [arn for page in pages for arn in listed(page, "taskArns")]

    def tasks(self, arns: Sequence[str]) -> list[StoppedTask]:
        """Return stopped tasks."""
        return stopped_tasks_of(self._ask("ecs", "describe_tasks", cluster=self.cluster, tasks=list(arns)))

    def targets(self, group: str) -> list[Target]:
        """Return the targets of a group that receive no requests."""
        return unready_targets_of(self._ask("elbv2", "describe_target_health", TargetGroupArn=group))

    def service_deployments(self) -> list[ServiceDeployment]:
        """Return the last deployments that ECS remembers, newest first."""
        answer = self._ask(
            "ecs",
            "list_service_deployments",
            cluster=self.cluster,
            service=self.name,
            maxResults=_DEPLOYMENTS,
        )
        return sorted(service_deployments_of(answer), key=lambda item: item.created_at, reverse=True)

    def task_definitions(self, revisions: Sequence[str]) -> dict[str, str]:
        """Return the task definitions of service revisions."""
        answer = self._ask("ecs", "describe_service_revisions", serviceRevisionArns=list(revisions))
        return task_definitions_of(answer)

    def service_deployment(self, arn: str) -> ServiceDeployment | None:
        """Return one deployment in full."""
        answer = self._ask("ecs", "describe_service_deployments", serviceDeploymentArns=[arn])
        return next(iter(service_deployments_of(answer)), None)

    def log(self, container: str, task: str) -> list[str]:
        """Return the last log lines of a container; an empty list if it never wrote any."""
        if not self.log_group:
            return []
        stream = f"{self.stream_prefix}/{container}/{task}"
        lines, _ = self._ask.log(self.log_group, stream, limit=_LOG_LINES, startFromHead=False)
        return lines
