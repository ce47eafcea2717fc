"""Service Connect and Cloud Map DNS: the names by which other tasks call an app."""

from __future__ import annotations

import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.model.choices import Protocol
from moorage.model.connect import ConnectService
from moorage.resources.inputs import present

from .wiring import Wiring


def connect_configuration(
    wiring: Wiring, app: AppSpec
) -> aws.ecs.ServiceServiceConnectConfigurationArgsDict | None:
    """Return an app's configuration of Service Connect."""
    connect = app.connect
    if connect is None:
        return None
    own = wiring.optional(connect.namespace)
    return present(
        enabled=True,
        namespace=wiring.cluster.get("namespace_arn") if own is None else own,
        services=[_service(wiring, service) for service in connect.services] or None,
    )


def _service(
    wiring: Wiring, service: ConnectService
) -> aws.ecs.ServiceServiceConnectConfigurationServiceArgsDict:
    named = {
        port.container_port: port.name
        for container in wiring.task.containers
        for port in container.ports
        if port.name and port.protocol is Protocol.TCP
    }
    timeout = present(
        idle_timeout_seconds=service.idle_timeout, per_request_timeout_seconds=service.request_timeout
    )
    tls = service.tls and present(
        issuer_cert_authority={"aws_pca_authority_arn": wiring.input(service.tls.certificate_authority_arn)},
        role_arn=wiring.input(service.tls.role_arn),
        kms_key=wiring.optional(service.tls.kms_key),
    )
    return present(
        port_name=named[service.port],
        discovery_name=service.name,
        client_alias=[{"port": alias.port, "dns_name": alias.dns_name} for alias in service.aliases],
        ingress_port_override=service.ingress_port,
        tls=tls,
        timeout=timeout or None,
    )


def registries(wiring: Wiring, app: AppSpec) -> aws.ecs.ServiceServiceRegistriesArgsDict | None:
    """Make the app's name in Cloud Map DNS, and return the registry of its tasks.

    With awsvpc networking the name resolves to the tasks' addresses; with bridge networking to those of their
    instances, with ports ("Use service discovery to connect Amazon ECS services with DNS names").
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
        # ECS reports which tasks are healthy.
        health_check_custom_config={"failure_threshold": 1},
        **wiring.common,
    )
    ports = {"container_name": task.own.name, "container_port": app.port} if task.bridge else {}
    return present(registry_arn=made.arn, **ports)
