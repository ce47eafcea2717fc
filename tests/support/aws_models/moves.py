"""Moves the inputs of a resource to where the requests of its type have them."""

import json
from collections.abc import Mapping
from typing import Any

from support.aws_models.translate import Json, Verbatim

from moorage.offline import UNKNOWN


def from_json(value: Any) -> Any:
    """Return what a JSON text holds, to be checked as it stands."""
    return value if value is UNKNOWN or value is None else Verbatim(json.loads(value))


def move_into(inputs: Json, names: Mapping[str, str], into: str) -> Json:
    """Put inputs into a structure, under the names there."""
    structure = {names[key]: value for key, value in inputs.items() if key in names}
    rest = {key: value for key, value in inputs.items() if key not in names}
    return {**rest, into: {**rest.get(into, {}), **structure}} if structure else rest


def as_attributes(inputs: Json, names: Mapping[str, str]) -> Json:
    """Put inputs among the attributes that Elastic Load Balancing keeps beside a resource."""
    found = move_into(inputs, names, "attributes")
    return {**found, "attributes": {k: v for k, v in found.get("attributes", {}).items() if v is not None}}


def task_definition(inputs: Json) -> Json:
    volumes = [
        move_into(volume, {"hostPath": "sourcePath"}, "host") if isinstance(volume, dict) else volume
        for volume in inputs.get("volumes") or []
    ]
    containers = from_json(inputs.get("containerDefinitions"))
    return {**inputs, "containerDefinitions": containers, "volumes": volumes}


def service(inputs: Json) -> Json:
    deployment = {
        "deploymentMaximumPercent": "maximumPercent",
        "deploymentMinimumHealthyPercent": "minimumHealthyPercent",
        "deploymentCircuitBreaker": "deploymentCircuitBreaker",
        "alarms": "alarms",
    }
    moved = move_into(inputs, deployment, "deploymentConfiguration")
    for hook in moved.get("deploymentConfiguration", {}).get("lifecycleHooks") or []:
        if "hookDetails" in hook:
            hook["hookDetails"] = from_json(hook["hookDetails"])
    network = moved.get("networkConfiguration")
    if isinstance(network, dict):
        public = network.get("assignPublicIp")
        if isinstance(public, bool):
            network = {**network, "assignPublicIp": "ENABLED" if public else "DISABLED"}
        moved["networkConfiguration"] = {"awsvpcConfiguration": network}
    for name in ("serviceRegistries", "volumeConfiguration"):
        if isinstance(moved.get(name), dict):
            moved[name] = [moved[name]]
    return moved


def load_balancer(inputs: Json) -> Json:
    attributes = {
        "idleTimeout": "idle_timeout.timeout_seconds",
        "clientKeepAlive": "client_keep_alive.seconds",
        "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
        "desyncMitigationMode": "routing.http.desync_mitigation_mode",
        "enableDeletionProtection": "deletion_protection.enabled",
        "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    }
    logs = inputs.get("accessLogs") or {}
    prefixed = {f"access_logs.s3.{key}": value for key, value in logs.items()}
    internal = inputs.get("internal")
    kept = {k: v for k, v in inputs.items() if k not in ("accessLogs", "internal")}
    found = as_attributes(kept, attributes)
    found["attributes"] |= prefixed
    scheme = internal if internal is UNKNOWN else "internal" if internal else "internet-facing"
    return {**found, "scheme": scheme}


def target_group(inputs: Json) -> Json:
    check = dict(inputs.get("healthCheck") or {})
    names = {
        "enabled": "healthCheckEnabled",
        "healthyThreshold": "healthyThresholdCount",
        "interval": "healthCheckIntervalSeconds",
        "path": "healthCheckPath",
        "port": "healthCheckPort",
        "protocol": "healthCheckProtocol",
        "timeout": "healthCheckTimeoutSeconds",
        "unhealthyThreshold": "unhealthyThresholdCount",
    }
    codes = "grpcCode" if inputs.get("protocolVersion") == "GRPC" else "httpCode"
    matcher = {"matcher": {codes: check.pop("matcher")}} if "matcher" in check else {}
    flat = {names.get(key, f"healthCheck.{key}"): value for key, value in check.items()}
    rest = {key: value for key, value in inputs.items() if key != "healthCheck"}
    attributes = {
        "deregistrationDelay": "deregistration_delay.timeout_seconds",
        "slowStart": "slow_start.duration_seconds",
        "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
        "loadBalancingAnomalyMitigation": "load_balancing.algorithm.anomaly_mitigation",
    }
    sticky = rest.pop("stickiness", None) or {}
    names = {
        "enabled": "stickiness.enabled",
        "type": "stickiness.type",
        "cookieDuration": f"stickiness.{sticky.get('type')}.duration_seconds",
        "cookieName": "stickiness.app_cookie.cookie_name",
    }
    for key, value in sticky.items():
        rest[f"stickiness {key}"], attributes[f"stickiness {key}"] = value, names[key]
    return as_attributes({**rest, **flat, **matcher}, attributes)


def listener_rule(inputs: Json) -> Json:
    conditions = [
        {**each, "queryStrings": {"values": each["queryStrings"]}} if "queryStrings" in each else each
        for each in inputs.get("conditions") or []
    ]
    return {**inputs, "conditions": conditions}


def listener(inputs: Json) -> Json:
    certificate = inputs.get("certificateArn")
    rest = {key: value for key, value in inputs.items() if key != "certificateArn"}
    return {**rest, "certificates": [{"certificateArn": certificate}]} if certificate else rest


def group(inputs: Json) -> Json:
    others = {key: value for key, value in inputs.items() if key not in ("instanceRefresh", "warmPool")}
    pool = inputs.get("warmPool") or {}
    inputs = others | (inputs.get("instanceRefresh") or {})
    # The group has a `minSize` of its own, of the same type.
    inputs |= {key: value for key, value in pool.items() if key != "minSize"}
    subnets = inputs.get("vpcZoneIdentifiers")
    if isinstance(subnets, list) and UNKNOWN not in subnets:
        return {**inputs, "vpcZoneIdentifiers": ",".join(subnets)}
    return {**inputs, "vpcZoneIdentifiers": subnets and UNKNOWN}


def launch_template(inputs: Json) -> Json:
    outer = ("name", "tags", "updateDefaultVersion", "region", "description")
    data = {key: value for key, value in inputs.items() if key not in outer}
    tags = [{"resourceType": "launch-template", "tags": inputs["tags"]}] if inputs.get("tags") else None
    return {
        **{key: inputs[key] for key in outer if key in inputs and key != "tags"},
        "launchTemplateData": data,
        "tagSpecifications": tags,
    }


def alarm(inputs: Json) -> Json:
    def query(entry: Json) -> Json:
        outer = {key: value for key, value in entry.items() if key != "metric"}
        if "metric" not in entry:
            return outer
        names = {"metricName": "metricName", "namespace": "namespace", "dimensions": "dimensions"}
        return {**outer, "metricStat": move_into(entry["metric"], names, "metric")}

    queries = inputs.get("metricQueries")
    return {**inputs, "metricQueries": queries and [query(entry) for entry in queries]}


def state_machine(inputs: Json) -> Json:
    logging = inputs.get("loggingConfiguration")
    if not isinstance(logging, dict) or "logDestination" not in logging:
        return inputs
    rest = {key: value for key, value in logging.items() if key != "logDestination"}
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": logging["logDestination"]}}
    return {**inputs, "loggingConfiguration": {**rest, "destinations": [destination]}}


def secret(inputs: Json) -> Json:
    if inputs.get("recoveryWindowInDays") != 0:
        return inputs
    rest = {key: value for key, value in inputs.items() if key != "recoveryWindowInDays"}
    return {**rest, "forceDeleteWithoutRecovery": True}


def record(inputs: Json) -> Json:
    kept = ("zoneId", "allowOverwrite")
    moved = (*kept, "aliases", "records", "failoverRoutingPolicies", "weightedRoutingPolicies")
    record = {key: value for key, value in inputs.items() if key not in moved}
    for policy in inputs.get("failoverRoutingPolicies") or ():
        record["failover"] = policy["type"]
    for policy in inputs.get("weightedRoutingPolicies") or ():
        record["weight"] = policy["weight"]
    values, aliases = inputs.get("records"), inputs.get("aliases")
    if values is not None:
        record["records"] = values if values is UNKNOWN else [{"value": value} for value in values]
    if aliases:
        record["aliasTarget"] = aliases[0]
    change = {"action": "CREATE", "resourceRecordSet": record}
    return {**{key: inputs[key] for key in kept if key in inputs}, "changeBatch": {"changes": [change]}}


def group_rule(inputs: Json) -> Json:
    ranges = {
        "cidrIpv4": ("ipRanges", "cidrIp"),
        "cidrIpv6": ("ipv6Ranges", "cidrIpv6"),
        "prefixListId": ("prefixListIds", "prefixListId"),
        "referencedSecurityGroupId": ("userIdGroupPairs", "groupId"),
    }
    description = {"description": inputs["description"]} if "description" in inputs else {}
    permission = {key: inputs[key] for key in ("ipProtocol", "fromPort", "toPort") if key in inputs}
    for name, (many, one) in ranges.items():
        if inputs.get(name) is not None:
            permission[many] = [{one: inputs[name], **description}]
    used = (*ranges, *permission, "description", "tags")
    rest = {key: value for key, value in inputs.items() if key not in used}
    tags = [{"resourceType": "security-group-rule", "tags": inputs["tags"]}] if inputs.get("tags") else None
    return {**rest, "ipPermissions": [permission], "tagSpecifications": tags}


def security_group(inputs: Json) -> Json:
    def permission(rule: Json) -> Json:
        text = {"description": rule["description"]} if rule.get("description") else {}
        ranges = {
            "ipRanges": [{"cidrIp": cidr, **text} for cidr in rule.get("cidrBlocks") or []],
            "ipv6Ranges": [{"cidrIpv6": cidr, **text} for cidr in rule.get("ipv6CidrBlocks") or []],
            "userIdGroupPairs": [{"groupId": group, **text} for group in rule.get("securityGroups") or []],
        }
        used = ("cidrBlocks", "ipv6CidrBlocks", "securityGroups", "description", "self")
        rest = {key: value for key, value in rule.items() if key not in used}
        renamed = {"ipProtocol" if key == "protocol" else key: value for key, value in rest.items()}
        return {**renamed, **{key: value for key, value in ranges.items() if value}}

    rules = [permission(rule) for name in ("ingress", "egress") for rule in inputs.get(name) or []]
    rest = {key: value for key, value in inputs.items() if key not in ("ingress", "egress")}
    return _tagged({**rest, "ipPermissions": rules or None}, "security-group")


def endpoint(inputs: Json) -> Json:
    return _tagged(inputs, "vpc-endpoint")


def _tagged(inputs: Json, kind: str) -> Json:
    """Put the tags of a resource of EC2 where its requests have them."""
    tags = [{"resourceType": kind, "tags": inputs["tags"]}] if inputs.get("tags") else None
    return {**{key: value for key, value in inputs.items() if key != "tags"}, "tagSpecifications": tags}


def table(inputs: Json) -> Json:
    attributes = [
        {"attributeName": entry["name"], "attributeType": entry["type"]}
        for entry in inputs.get("attributes") or []
    ]
    keys = [
        {"attributeName": inputs[name], "keyType": kind}
        for name, kind in (("hashKey", "HASH"), ("rangeKey", "RANGE"))
        if inputs.get(name)
    ]
    recovery = {"enabled": "pointInTimeRecoveryEnabled"}
    rest = {key: value for key, value in inputs.items() if key not in ("attributes", "hashKey", "rangeKey")}
    if isinstance(rest.get("pointInTimeRecovery"), dict):
        rest = {**rest, "pointInTimeRecovery": move_into(rest["pointInTimeRecovery"], recovery, "x")["x"]}
    return {**rest, "attributeDefinitions": attributes, "keySchema": keys}


def queue(inputs: Json) -> Json:
    names = {
        "visibilityTimeoutSeconds": "VisibilityTimeout",
        "messageRetentionSeconds": "MessageRetentionPeriod",
        "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
        "redrivePolicy": "RedrivePolicy",
        "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    }
    moved = move_into(inputs, names, "attributes")
    return {
        **moved,
        "attributes": {name: _text(value) for name, value in moved.get("attributes", {}).items()},
    }


def _text(value: Any) -> Any:
    return value if value is UNKNOWN else str(value).lower() if isinstance(value, bool) else f"{value}"


def queue_policy(inputs: Json) -> Json:
    return move_into(inputs, {"policy": "Policy"}, "attributes")
