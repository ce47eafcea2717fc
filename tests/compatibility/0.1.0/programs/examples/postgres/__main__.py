"""An app on Fargate with PostgreSQL on RDS, whose password is RDS's own."""

import pulumi
import pulumi_aws as aws

from moorage import ContainerApp, EcsCluster, LoadBalancer, Network

config = pulumi.Config()
disposable = config.require_bool("disposable")
network = Network("visits", {})
cluster = EcsCluster("visits", {"capacity": "fargate_spot", "arch": "arm64"})
balancer = LoadBalancer("visits", {"network": network.ref})

group = aws.ec2.SecurityGroup("database", vpc_id=network.vpc_id, description="PostgreSQL of visits")
database = aws.rds.Instance(
    "visits",
    engine="postgres",
    engine_version="17",
    instance_class="db.t4g.micro",
    allocated_storage=20,
    storage_type="gp3",
    storage_encrypted=True,
    db_name="visits",
    username="visits",
    # RDS makes the password, keeps it in Secrets Manager, and rotates it every week.
    manage_master_user_password=True,
    db_subnet_group_name=aws.rds.SubnetGroup("database", subnet_ids=network.public_subnet_ids).name,
    vpc_security_group_ids=[group.id],
    backup_retention_period=7,
    deletion_protection=not disposable,
    skip_final_snapshot=disposable,
    final_snapshot_identifier="visits-final",
)
login = database.master_user_secrets.apply(lambda secrets: secrets[0].secret_arn)
app = ContainerApp(
    "visits",
    {
        "cluster": cluster.ref,
        "network": network.ref,
        "load_balancer": balancer.ref,
        "build": {"context": "app"},
        "user": "10001:10001",
        "environment": {"PGHOST": config.get("databaseHost") or database.address, "PGDATABASE": "visits"},
        "secrets": {
            "PGUSER": pulumi.Output.format("{0}:username::", login),
            "PGPASSWORD": pulumi.Output.format("{0}:password::", login),
        },
        "health_check": {"path": "/healthz"},
    },
)
aws.vpc.SecurityGroupIngressRule(
    "database-from-visits",
    security_group_id=group.id,
    referenced_security_group_id=app.security_group_id,
    ip_protocol="tcp",
    from_port=5432,
    to_port=5432,
)
pulumi.export("url", app.url)
