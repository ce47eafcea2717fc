"""What a service is told of the names that its tasks are found by, and of the volumes that ECS makes."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.model.connect import ConnectService
from moorage.resources.roles import managed_role

from .wiring import Wiring


def connect_configuration(
    wiring: Wiring, app: AppSpec
) -> aws.ecs.ServiceServiceConnectConfigurationArgsDict | None:
    """Return what an app offers and calls in Service Connect."""
    connect = app.connect
    if connect is None:
        return None
    configuration: aws.ecs.ServiceServiceConnectConfigurationArgsDict = {"enabled": True}
    if connect.namespace is not None:
        configuration["namespace"] = wiring.input(connect.namespace)
    elif "namespace_arn" in wiring.cluster:
        configuration["namespace"] = wiring.cluster["namespace_arn"]
    if connect.services:
        configuration["services"] = [_service(wiring, service) for service in connect.services]
    return configuration


def _service(
    wiring: Wiring, service: ConnectService
) -> aws.ecs.ServiceServiceConnectConfigurationServiceArgsDict:
    named = {
        port.container_port: port.name
        for container in wiring.task.containers
        for port in container.ports
        if port.name and port.protocol == "tcp"
    }
    made: aws.ecs.ServiceServiceConnectConfigurationServiceArgsDict = {
        "port_name": named[service.port],
        "discovery_name": service.name,
        "client_alias": [{"port": alias.port, "dns_name": alias.dns_name} for alias in service.aliases],
    }
    if service.ingress_port is not None:
        made["ingress_port_override"] = service.ingress_port
    if service.tls is not None:
        made["tls"] = {
            "issuer_cert_authority": {
                "aws_pca_authority_arn": wiring.input(service.tls.certificate_authority_arn)
            },
            "role_arn": wiring.input(service.tls.role_arn),
        }
        if service.tls.kms_key is not None:
            made["tls"]["kms_key"] = wiring.input(service.tls.kms_key)
    if service.idle_timeout is not None or service.request_timeout is not None:
        made["timeout"] = {}
        if service.idle_timeout is not None:
            made["timeout"]["idle_timeout_seconds"] = service.idle_timeout
        if service.request_timeout is not None:
            made["timeout"]["per_request_timeout_seconds"] = service.request_timeout
    return made


def registries(wiring: Wiring, app: AppSpec) -> aws.ecs.ServiceServiceRegistriesArgsDict | None:
    """Make the app's name in Cloud Map DNS, and return where its tasks are registered.

    With awsvpc networking the name has the tasks' addresses; with bridge networking those of their instances
    and the ports there ("Use service discovery to connect Amazon ECS services with DNS names").
    """
    discovery, task = app.discovery, wiring.task
    if discovery is None:
        return None
    made = aws.servicediscovery.Service(
        f"{app.name}-discovery",
        name=discovery.name,
        dns_config={
            "namespace_id": wiring.input(discovery.namespace_id),
            "dns_records": [{"type": "SRV" if task.bridge else "A", "ttl": discovery.ttl}],
            "routing_policy": "MULTIVALUE",
        },
        # ECS says which tasks are healthy.
        health_check_custom_config={"failure_threshold": 1},
        tags=wiring.tags,
        opts=wiring.child,
    )
    if task.bridge:
        return {"registry_arn": made.arn, "container_name": task.own.name, "container_port": app.port}
    return {"registry_arn": made.arn}


def volume_configuration(wiring: Wiring) -> aws.ecs.ServiceVolumeConfigurationArgsDict | None:
    """Return the EBS volume that ECS makes for each task, with the role that it does so with ("Amazon ECS
    infrastructure IAM role")."""
    volume = next((volume for volume in wiring.task.volumes if volume.ebs), None)
    if volume is None or volume.ebs is None:
        return None
    ebs = volume.ebs
    role = managed_role(
        wiring.owner,
        "volumes",
        wiring.trusted("ecs.amazonaws.com"),
        "service-role/AmazonECSInfrastructureRolePolicyForVolumes",
    )
    tags: dict[str, pulumi.Input[str]] = wiring.tags
    made: aws.ecs.ServiceVolumeConfigurationManagedEbsVolumeArgsDict = {
        "role_arn": role.arn,
        "encrypted": True,
        "file_system_type": ebs.file_system,
        "volume_type": ebs.type,
        "tag_specifications": [{"resource_type": "volume", "propagate_tags": "SERVICE", "tags": tags}],
    }
    if ebs.size is not None:
        made["size_in_gb"] = ebs.size
    if ebs.iops is not None:
        made["iops"] = ebs.iops
    if ebs.throughput is not None:
        made["throughput"] = ebs.throughput
    if ebs.snapshot_id is not None:
        made["snapshot_id"] = wiring.input(ebs.snapshot_id)
    if ebs.kms_key_id is not None:
        made["kms_key_id"] = wiring.input(ebs.kms_key_id)
    return {"name": volume.name, "managed_ebs_volume": made}
