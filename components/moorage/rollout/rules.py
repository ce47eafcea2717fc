"""Known failures, the most specific first."""

from dataclasses import dataclass

NOTHING = r"(?!)"
"""Matches no text."""

_PULL = r"CannotPull\w*Error.*?"
_INIT = r"ResourceInitializationError.*?"


@dataclass(frozen=True, slots=True)
class Rule:
    """A failure that is recognized by a text; the cause may refer to named groups of the text's pattern."""

    name: str
    cause: str
    advice: str
    text: str = NOTHING
    """Searched in the reasons of tasks, containers and targets, in events, and in the rollout's own reason;
    the exit code of a container that exited by itself is the text "exited with code N"."""
    log: str = NOTHING
    """Searched in the log."""


RULES = (
    Rule(
        "image-wrong-platform",
        "the image is built for another processor architecture",
        "match the image to the cluster's `arch`: `build` follows the cluster, an `image` must be built "
        "for it",
        text=r"no matching manifest|(descriptor|match)(ing)? (for )?platform"
        r"|does not match the specified platform",
        log=r"exec format error",
    ),
    Rule(
        "image-rate-limited",
        "the registry throttles pulls: its rate limit is reached",
        "use a copy of the image in ECR, or a pull-through cache",
        text=_PULL + r"(toomanyrequests|rate limit|429)",
    ),
    Rule(
        "disk-full",
        "the disk has no space left for the image",
        "use a smaller image, or a larger `ec2.volume_size`",
        text=_PULL + r"no space left|no space left on device",
    ),
    Rule(
        "image-not-found",
        "the image is not in its registry",
        "push that tag, or correct `image`; with `build`, change `build.revision` to push it again",
        text=_PULL + r"(not found|manifest unknown|does not exist(?! or)|NotFoundException)",
    ),
    Rule(
        "image-access-denied",
        "the image cannot be pulled: it is private, or there is no repository of this name",
        "correct the name in `image`; an image in another account needs a repository policy that allows "
        "this account",
        text=_PULL + r"(AccessDenied|denied|not authorized|authorization failed|no basic auth|403"
        r"|Check that the role)|ecr:(GetAuthorizationToken|BatchGetImage|GetDownloadUrlForLayer)",
    ),
    Rule(
        "log-group",
        "the task cannot write its log",
        "check that the log group exists; private subnets reach CloudWatch Logs through a NAT gateway or "
        "an endpoint",
        text=r"failed to validate logger args|failed to initialize logging driver|Log(Group|Stream)?Exception"
        r"|specified log group does not exist|failed to create Cloudwatch log",
    ),
    Rule(
        "secret-not-found",
        "a secret of a container does not exist",
        "create it, or correct its name, region or JSON key in `secrets`",
        text=_INIT + r"(can't find the specified secret|ResourceNotFoundException|invalid ssm parameters"
        r"|did not contain json key|ParameterNotFound)",
    ),
    Rule(
        "secret-access-denied",
        "the execution role is not allowed to read a secret",
        "add its customer managed KMS key to `secrets_key_arns`; check its resource policy",
        text=_INIT + r"(secret|ssm|parameter|kms).*?(AccessDenied|not authorized|Access to KMS)",
    ),
    Rule(
        "no-route",
        "the task cannot reach AWS or the registry: its subnet has no route to them",
        "set `private_egress` for private subnets (NAT gateway or endpoints), or use public subnets",
        text=rf"({_PULL}|{_INIT})(i/o timeout|context deadli|timed? ?out|dial tcp|connection refused"
        r"|no such host|[Rr]equest ?[Cc]anceled|connection issue|network connection)",
    ),
    Rule(
        "role",
        "ECS cannot assume one of the task's roles",
        "trust ecs-tasks.amazonaws.com in the role; if the role is new, wait a moment",
        text=r"unable to assume (the )?role|sts:AssumeRole|does not have permission to be assumed",
    ),
    Rule(
        "network-interface",
        "no network interface was attached to the task",
        "check the free addresses of the subnet and the account's quota of network interfaces",
        text=r"unexpected EC2 error while attempting to (Create|Attach) Network Interface"
        r"|Timeout waiting for network interface provisioning|InsufficientFreeAddressesInSubnet"
        r"|NetworkInterfaceLimitExceeded",
    ),
    Rule(
        "out-of-memory",
        "a container exceeded its memory and was killed",
        "raise `memory`, or find what grew in the last release",
        text=r"OutOfMemory|OOM|exited with code 137",
        log=r"JavaScript heap out of memory|java\.lang\.OutOfMemoryError",
    ),
    Rule(
        "port-clash",
        "the port is already in use on the instance",
        "use `host_port` 0, more instances, or a `minimum_healthy_percent` below 100, so that a task stops "
        "first",
        text=r"port is already allocated|address already in use|already using a port required",
    ),
    Rule(
        "port-taken-in-task",
        "the app cannot listen on its port: another process in its container already does",
        "run only one process on `port`",
        log=r"[Aa]ddress already in use|EADDRINUSE",
    ),
    Rule(
        "command-not-found",
        "the container's command does not exist in the image, or is not executable",
        "correct `command`, `entry_point` or the Dockerfile's CMD; check that the file is copied and "
        "executable",
        text=r"executable file not found|CannotStartContainerError.*?(exec|no such file or directory"
        r"|permission denied)|exited with code 12[67]\b",
    ),
    Rule(
        "no-capacity",
        "AWS has no capacity of this kind at the moment",
        "try again later, or add zones; with Fargate Spot, run some tasks on demand with `on_demand_base`",
        text=r"Capacity is unavailable|RESOURCE:FARGATE|capacity.unavailable|InsufficientInstanceCapacity",
    ),
    Rule(
        "quota",
        "an account quota is reached: {what}",
        "request an increase in Service Quotas, or run fewer or smaller tasks",
        text=r"(?P<what>limit on the number of [^.\n]*|requested \w+ configuration is above your limit)",
    ),
    Rule(
        "no-instances",
        "the cluster has no container instances",
        "wait until instances have registered; if none do, check the Auto Scaling group's activity and "
        "the agent's log",
        text=r"No Container Instances were found",
    ),
    Rule(
        "no-room",
        "no instance has room for the task: {what}",
        "raise `ec2.max_size`, use larger `instance_types`, or lower `cpu` and `memory`",
        text=r"(?P<what>insufficient (memory|CPU units|ports|GPU)[^.\n]*|RESOURCE:\w+)",
    ),
    Rule(
        "agent",
        "the ECS agent on the instances is not connected",
        "check that the instances reach ECS through a NAT gateway or endpoints; check the agent's log, or"
        " replace the instances",
        text=r'encountered error "AGENT"|have the agent connected',
    ),
    Rule(
        "placement",
        "no instance has the attributes that the task requires",
        "match `arch`, `instance_types` and `placement` to what the task requires",
        text=r"missing an attribute required by your task|no container instance met all of its requirements",
    ),
    Rule(
        "zone",
        "tasks run in an Availability Zone that is not enabled for the load balancer",
        "use the same network for the LoadBalancer and the app",
        text=r"Availability Zone that is not enabled for the load balancer",
    ),
    Rule(
        "health-check-code",
        "the health check's path returns {code}, which is not accepted",
        "point `health_check.path` at a path that returns 200, or widen `health_check.matcher`",
        text=r"Health checks failed with these codes: \[(?P<code>[^\]]+)\]",
    ),
    Rule(
        "health-check-localhost",
        "the app listens on localhost only, which the load balancer cannot reach",
        "make the app listen on all addresses, 0.0.0.0",
        log=r"(?i)(running|listening|started|serving)[^\n]{0,40}(127\.0\.0\.1|localhost)",
    ),
    Rule(
        "health-check-timeout",
        "the health check times out",
        "check that the app listens on `port` and is ready within `health_check.grace_period`; or raise "
        "`health_check.timeout`",
        text=r"Request timed out|Target\.Timeout|[Hh]ealth checks? .*timed out",
    ),
    Rule(
        "container-unhealthy",
        "the container's own health check fails",
        "run `container_health_check.command` in the image by hand, or raise its `start_period`",
        text=r"failed container health checks|unhealthy container",
    ),
    Rule(
        "crash",
        "the container exits with code {code} soon after it starts",
        "see its last log lines below; if there are none, run the image by hand",
        text=r"exited with code (?P<code>[1-9]\d*)",
    ),
    Rule(
        "exits",
        "the container exits, but a service's container must keep running",
        "run its command in the foreground",
        text=r"exited with code 0",
    ),
    Rule(
        "health-check-refused",
        "nothing answers on the container's port",
        "make the app listen on `port`, on all addresses and not only on localhost",
        text=r"Target\.FailedHealthChecks|Health checks failed(?! with)|Connection refused",
    ),
    Rule(
        "health-check",
        "tasks start but fail the load balancer's health check",
        "check what `health_check.path` returns, and that the app is ready within "
        "`health_check.grace_period`",
        text=r"failed ELB health checks|is unhealthy in",
    ),
    Rule(
        "spot",
        "Fargate Spot interrupted the tasks",
        "run `up` again; run more tasks on demand with `on_demand_base`",
        text=r"Spot Task was interrupted|SpotInterruption",
    ),
    Rule(
        "start-timeout",
        "the container did not start in time",
        "check whether the image is very large, or its entry point hangs",
        text=r"ContainerRuntimeTimeoutError|DockerTimeoutError|Could not transition to (running|started)",
    ),
    Rule(
        "hook",
        "the lifecycle hook at {stage} rejected the release, or its response was not valid",
        "check the function's log: it must return "
        '`{"hookStatus": "SUCCEEDED"}`, also for the first deployment, when no revision runs yet',
        text=r"because (?P<stage>[A-Z_]+) lifecycle hook\(s\) failed",
    ),
    Rule(
        "hook-execution",
        "a lifecycle hook rejected the release, or could not be invoked",
        "check the function's log, and the permission to invoke it",
        text=r"hook execution failure",
    ),
    Rule(
        "listener-rule",
        "the app's listener rules or target groups were changed outside of ECS",
        "run `pulumi up --refresh`; do not change or delete them by other means",
        text=r"invalid networking configuration",
    ),
    Rule(
        "stopped",
        "someone stopped the deployment",
        "find out who stopped it; run `up` again to deploy it",
        text=r"someone stopped it|StopServiceDeployment",
    ),
    Rule(
        "alarm",
        "a CloudWatch alarm stopped the deployment",
        "check the alarm's metric: the release pushed it past its threshold",
        text=r"\balarms?\b",
    ),
)
