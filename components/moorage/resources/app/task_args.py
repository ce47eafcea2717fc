"""The arguments of `ContainerApp` about its task as a whole: volumes, Service Connect, discovery."""

from typing import NotRequired, TypedDict

import pulumi

from moorage.resources import value_types as types


class EfsVolumeArgs(TypedDict):
    """A directory of an EFS file system. An empty object makes one in a file system of the app."""

    file_system_id: NotRequired[pulumi.Input[str]]
    """An existing file system, whose security groups must admit the tasks. Default: one is made."""
    access_point_id: NotRequired[pulumi.Input[str]]
    """With `file_system_id`: the access point of the mount. Default: none."""
    root_directory: NotRequired[pulumi.Input[str]]
    """With `file_system_id`, without `access_point_id`: the directory that is mounted. Default: `/`."""
    iam: NotRequired[types.Boolean]
    """With `file_system_id`: whether it is mounted with the permissions of the task role, which gets them.
    Default: false."""
    owner: NotRequired[str]
    """Without `file_system_id`: the user and group that own the directory, such as `1000:1000`. Default:
    `user`; without it any user may write to it."""
    user: NotRequired[str]
    """Without `file_system_id`: the user and group of all access to it, such as `1000:1000`. Default: those
    of the containers."""


class EbsVolumeArgs(TypedDict):
    """An encrypted EBS volume that ECS creates for each task, and deletes with it."""

    size: NotRequired[types.Integer]
    """GiB, 1 to 65536. Required without `snapshot_id`. Default: the snapshot's."""
    type: NotRequired[types.EbsType]
    """`gp3`, `gp2`, `io2`, `io1`, `st1`, `sc1` or `standard`. Default: `gp3`."""
    iops: NotRequired[types.Integer]
    """I/O operations per second, 100 to 256000; required for `io1` and `io2`. Default: that of the type."""
    throughput: NotRequired[types.Integer]
    """With `gp3`: MiB per second, 125 to 2000. Default: 125."""
    snapshot_id: NotRequired[pulumi.Input[str]]
    """The snapshot that it is created from. Default: none, it is empty."""
    file_system: NotRequired[types.VolumeFileSystem]
    """`xfs`, `ext4` or `ext3`; that of the snapshot if there is one. Default: `xfs`."""
    kms_key_id: NotRequired[pulumi.Input[str]]
    """A customer managed KMS key that encrypts it. Default: the AWS managed key."""


class VolumeArgs(TypedDict):
    """A volume of the app's tasks. An empty object is on the task's disk, and is deleted with the task."""

    efs: NotRequired[EfsVolumeArgs]
    """A directory of an EFS file system, shared by all tasks. Default: none."""
    ebs: NotRequired[EbsVolumeArgs]
    """An EBS volume for each task; one per task definition. Default: none."""
    host_path: NotRequired[pulumi.Input[str]]
    """With capacity `ec2`: a path of the instance. Default: none."""


class FileSystemArgs(TypedDict):
    """The EFS file system that is made for volumes that name none."""

    zones: NotRequired[types.Integer]
    """In how many of the subnets, each in another zone, it and so the tasks are, 1 to 6. Default: 2."""
    backups: NotRequired[types.Boolean]
    """Whether AWS Backup keeps daily copies. Default: in the preset `prod`."""


class ConnectAliasArgs(TypedDict):
    """A name and a port at which clients in the namespace call a service."""

    dns_name: NotRequired[str]
    """The name. Default: the service's `name`."""
    port: NotRequired[types.Integer]
    """The port, 1 to 65535. Default: the service's `port`."""


class ConnectTlsArgs(TypedDict):
    """TLS between the proxies of Service Connect."""

    certificate_authority_arn: pulumi.Input[str]
    """The private certificate authority that issues certificates."""
    role_arn: pulumi.Input[str]
    """The role with which ECS requests and stores them."""
    kms_key: NotRequired[pulumi.Input[str]]
    """The KMS key that their private keys are encrypted with. Default: the AWS managed key."""


class ConnectServiceArgs(TypedDict):
    """A port that is offered to others in the namespace."""

    port: NotRequired[types.Integer]
    """A TCP port of one of the containers, 1 to 65535. Default: the app's `port`."""
    name: NotRequired[str]
    """Its discovery name: 1 to 64 lower-case letters, digits, hyphens and underscores. Default: the app's."""
    aliases: NotRequired[list[ConnectAliasArgs]]
    """The names at which clients call it. Default: one, `name` at `port`."""
    ingress_port: NotRequired[types.Integer]
    """The port that the task's proxy listens on, 1 to 65535. Default: one that ECS chooses; with bridge
    networking a dynamic one."""
    tls: NotRequired[ConnectTlsArgs]
    """TLS between the proxies. Default: none."""
    idle_timeout: NotRequired[types.Integer]
    """Seconds after which an idle connection is closed, from 0, which is never. Default: 300 for HTTP, 3600
    for TCP."""
    request_timeout: NotRequired[types.Integer]
    """Seconds that a response may take, from 0, which is without a limit; only for a port whose
    `app_protocol` in `ports` is `http`, `http2` or `grpc`. Default: 15."""


class ConnectArgs(TypedDict):
    """Service Connect: the app calls others in a namespace by name, and is called by its own. An empty object
    offers `port` under the app's name, in the cluster's namespace."""

    namespace: NotRequired[pulumi.Input[str]]
    """The ARN of a Cloud Map namespace. Default: the cluster's."""
    services: NotRequired[list[ConnectServiceArgs]]
    """What the app offers; an empty list offers nothing. Default: `port` under the app's name."""
    clients: NotRequired[list[pulumi.Input[str]]]
    """Further security groups whose members may call what it offers. Default: none; in the cluster's
    namespace its apps reach each other."""


class DiscoveryArgs(TypedDict):
    """Cloud Map DNS: the addresses of the tasks under a name in a private hosted zone."""

    namespace_id: pulumi.Input[str]
    """The id of a Cloud Map namespace with private DNS."""
    name: NotRequired[str]
    """The name in it. Default: the app's."""
    ttl: NotRequired[types.Integer]
    """Seconds that resolvers may cache an answer, 0 to 2147483647. Default: 10."""
    clients: NotRequired[list[pulumi.Input[str]]]
    """Further security groups whose members may connect to the ports of its containers. Default: none; in a
    cluster with `namespace` its apps reach each other."""
