"""The failures that are known, the most telling first."""

from dataclasses import dataclass

NOTHING = r"(?!)"
"""Matches no text."""

_PULL = r"CannotPull\w*Error.*?"
_INIT = r"ResourceInitializationError.*?"


@dataclass(frozen=True, slots=True)
class Rule:
    """A failure that is known by a text; named groups of the text's pattern stand in the cause."""

    name: str
    cause: str
    advice: str
    text: str = NOTHING
    """Found in the reasons of tasks, containers and targets, in events, or in the rollout's own reason; the
    exit code of a container that ended by itself is the text "exited with code N"."""
    log: str = NOTHING
    """Found in the log."""


RULES = (
    Rule(
        "image-wrong-platform",
        "the image is built for another processor architecture",
        "let the image and the cluster's `arch` agree: `build` follows the cluster, an `image` must be built "
        "for it",
        text=r"no matching manifest|(descriptor|match)(ing)? (for )?platform"
        r"|does not match the specified platform",
        log=r"exec format error",
    ),
    Rule(
        "image-rate-limited",
        "the registry refuses pulls for now, because there were too many",
        "use a copy of the image in ECR, or a pull-through cache",
        text=_PULL + r"(toomanyrequests|rate limit|429)",
    ),
    Rule(
        "disk-full",
        "there is no room on the disk for the image",
        "use a smaller image, or a larger `ec2.volume_size`",
        text=_PULL + r"no space left|no space left on device",
    ),
    Rule(
        "image-not-found",
        "the image is not in its registry",
        "push that tag, or correct `image`; with `build`, change `build.revision` so that it is pushed again",
        text=_PULL + r"(not found|manifest unknown|does not exist(?! or)|NotFoundException)",
    ),
    Rule(
        "image-access-denied",
        "the image may not be pulled: it is private, or there is none of this name",
        "correct the name in `image`; an image of another account needs a repository policy for this one",
        text=_PULL + r"(AccessDenied|denied|not authorized|authorization failed|no basic auth|403"
        r"|Check that the role)|ecr:(GetAuthorizationToken|BatchGetImage|GetDownloadUrlForLayer)",
    ),
    Rule(
        "log-group",
        "the task cannot write its log",
        "is the log group there? From private subnets CloudWatch Logs is reached by a NAT gateway or an "
        "endpoint",
        text=r"failed to validate logger args|failed to initialize logging driver|Log(Group|Stream)?Exception"
        r"|specified log group does not exist|failed to create Cloudwatch log",
    ),
    Rule(
        "secret-not-found",
        "a secret that a container is given does not exist",
        "make it, or correct its name, region or JSON key in `secrets`",
        text=_INIT + r"(can't find the specified secret|ResourceNotFoundException|invalid ssm parameters"
        r"|did not contain json key|ParameterNotFound)",
    ),
    Rule(
        "secret-access-denied",
        "the execution role may not read a secret",
        "name its KMS key in `secrets_key_arns` when it has one of your own; look at its resource policy",
        text=_INIT + r"(secret|ssm|parameter|kms).*?(AccessDenied|not authorized|Access to KMS)",
    ),
    Rule(
        "no-route",
        "the task does not reach AWS or the registry: there is no way out of its subnet",
        "give private subnets `private_egress` by a NAT gateway or endpoints, or use public ones",
        text=rf"({_PULL}|{_INIT})(i/o timeout|context deadli|timed? ?out|dial tcp|connection refused"
        r"|no such host|[Rr]equest ?[Cc]anceled|connection issue|network connection)",
    ),
    Rule(
        "role",
        "ECS may not use one of the task's roles",
        "let it be assumed by ecs-tasks.amazonaws.com, and wait a moment after it was made",
        text=r"unable to assume (the )?role|sts:AssumeRole|does not have permission to be assumed",
    ),
    Rule(
        "network-interface",
        "the task gets no network interface",
        "does the subnet have free addresses, and may the account have more interfaces?",
        text=r"unexpected EC2 error while attempting to (Create|Attach) Network Interface"
        r"|Timeout waiting for network interface provisioning|InsufficientFreeAddressesInSubnet"
        r"|NetworkInterfaceLimitExceeded",
    ),
    Rule(
        "out-of-memory",
        "a container used more memory than it has and was killed",
        "raise `memory`, or find what grew in the last release",
        text=r"OutOfMemory|OOM|exited with code 137",
        log=r"JavaScript heap out of memory|java\.lang\.OutOfMemoryError",
    ),
    Rule(
        "port-clash",
        "the port is taken on the instance",
        "use `host_port` 0, more instances, or a `minimum_healthy_percent` below 100, so that a task stops "
        "first",
        text=r"port is already allocated|address already in use|already using a port required",
    ),
    Rule(
        "port-taken-in-task",
        "the app cannot listen on its port, because something in its container does already",
        "let one process listen on `port`",
        log=r"[Aa]ddress already in use|EADDRINUSE",
    ),
    Rule(
        "command-not-found",
        "the container's command does not exist in the image, or may not be run",
        "correct `command`, `entry_point` or the Dockerfile's CMD; is the file copied, and executable?",
        text=r"executable file not found|CannotStartContainerError.*?(exec|no such file or directory"
        r"|permission denied)|exited with code 12[67]\b",
    ),
    Rule(
        "no-capacity",
        "AWS has no capacity of this kind to give now",
        "try again later, or add zones; with Fargate Spot give it a part on demand by `on_demand_base`",
        text=r"Capacity is unavailable|RESOURCE:FARGATE|capacity.unavailable|InsufficientInstanceCapacity",
    ),
    Rule(
        "quota",
        "a quota of the account is reached: {what}",
        "ask for more in Service Quotas, or run fewer or smaller tasks",
        text=r"(?P<what>limit on the number of [^.\n]*|requested \w+ configuration is above your limit)",
    ),
    Rule(
        "no-instances",
        "the cluster has no instance",
        "wait until instances have joined; if none do, look at the Auto Scaling group's activity and the "
        "agent's log",
        text=r"No Container Instances were found",
    ),
    Rule(
        "no-room",
        "no instance has room for the task: {what}",
        "raise `ec2.max_size`, use larger `instance_types`, or ask for less `cpu` and `memory`",
        text=r"(?P<what>insufficient (memory|CPU units|ports|GPU)[^.\n]*|RESOURCE:\w+)",
    ),
    Rule(
        "agent",
        "the ECS agent on the instances is not connected",
        "do instances reach ECS, by a NAT gateway or endpoints? Look at the agent's log, or replace them",
        text=r'encountered error "AGENT"|have the agent connected',
    ),
    Rule(
        "placement",
        "no instance is of the kind that the task needs",
        "let `arch`, `instance_types` and `placement` agree with what the task asks for",
        text=r"missing an attribute required by your task|no container instance met all of its requirements",
    ),
    Rule(
        "zone",
        "tasks are in a zone that the load balancer is not in",
        "give LoadBalancer and app the same network",
        text=r"Availability Zone that is not enabled for the load balancer",
    ),
    Rule(
        "health-check-code",
        "the health check's path answers {code}, which does not pass",
        "point `health_check.path` at a path that answers 200, or widen `health_check.matcher`",
        text=r"Health checks failed with these codes: \[(?P<code>[^\]]+)\]",
    ),
    Rule(
        "health-check-localhost",
        "the app listens on localhost only, where the load balancer does not reach it",
        "let it listen on every address, 0.0.0.0",
        log=r"(?i)(running|listening|started|serving)[^\n]{0,40}(127\.0\.0\.1|localhost)",
    ),
    Rule(
        "health-check-timeout",
        "the health check gets no answer in time",
        "does the app listen on `port`? Is it ready within `health_check.grace_period`? Raise "
        "`health_check.timeout`",
        text=r"Request timed out|Target\.Timeout|[Hh]ealth checks? .*timed out",
    ),
    Rule(
        "container-unhealthy",
        "the container's own health check fails",
        "run `container_health_check.command` in the image by hand; give it a longer `start_period`",
        text=r"failed container health checks|unhealthy container",
    ),
    Rule(
        "crash",
        "the container ends with code {code} soon after it starts",
        "its last log lines below say why; if there are none, run the image by hand",
        text=r"exited with code (?P<code>[1-9]\d*)",
    ),
    Rule(
        "exits",
        "the container ends, although a service's container must go on running",
        "let its command stay in the foreground",
        text=r"exited with code 0",
    ),
    Rule(
        "health-check-refused",
        "nothing answers on the container's port",
        "let the app listen on `port`, on every address and not only on localhost",
        text=r"Target\.FailedHealthChecks|Health checks failed(?! with)|Connection refused",
    ),
    Rule(
        "health-check",
        "tasks start but fail the load balancer's health check",
        "what does `health_check.path` answer, and is it ready within `health_check.grace_period`?",
        text=r"failed ELB health checks|is unhealthy in",
    ),
    Rule(
        "spot",
        "Fargate Spot took the tasks back",
        "run `up` again; give it a larger part on demand by `on_demand_base`",
        text=r"Spot Task was interrupted|SpotInterruption",
    ),
    Rule(
        "start-timeout",
        "the container did not start in time",
        "is the image very large, or does its entry point hang?",
        text=r"ContainerRuntimeTimeoutError|DockerTimeoutError|Could not transition to (running|started)",
    ),
    Rule(
        "hook",
        "the lifecycle hook at {stage} refused the release, or did not answer as ECS needs it",
        'look at the function\'s log: it has to answer `{"hookStatus": "SUCCEEDED"}`, also at the first '
        "deployment, when nothing runs before",
        text=r"because (?P<stage>[A-Z_]+) lifecycle hook\(s\) failed",
    ),
    Rule(
        "hook-execution",
        "a lifecycle hook refused the release, or could not be called",
        "look at the function's log, and whether it may be called",
        text=r"hook execution failure",
    ),
    Rule(
        "listener-rule",
        "the app's listener rules or target groups are not as ECS left them",
        "run `pulumi up --refresh`; nobody else may change or delete them",
        text=r"invalid networking configuration",
    ),
    Rule(
        "stopped",
        "somebody stopped the deployment",
        "ask who did; run `up` again to deploy it once more",
        text=r"somebody stopped it|StopServiceDeployment",
    ),
    Rule(
        "alarm",
        "a CloudWatch alarm stopped the deployment",
        "look at the alarm's metric: the release made it worse than its threshold",
        text=r"\balarms?\b",
    ),
)
