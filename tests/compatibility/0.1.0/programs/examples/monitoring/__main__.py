"""An app with its log routed by FireLens, alarms that roll a release back, and a dashboard."""

import pulumi
import pulumi_aws as aws

from moorage import ContainerApp, EcsCluster, LoadBalancer, Network

config = pulumi.Config()
network = Network("watched", {})
# Container Insights: the desired count on the dashboard, CPU and memory by task.
cluster = EcsCluster("watched", {"network": network.ref, "container_insights": True})
balancer = LoadBalancer("watched", {"network": network.ref})

archive = aws.s3.Bucket("archive", force_destroy=True)
aws.s3.BucketLifecycleConfiguration(
    "archive",
    bucket=archive.bucket,
    rules=[
        {
            "id": "old",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "expiration": {"days": config.require_int("keepDays")},
        }
    ],
)
app = ContainerApp(
    "watched",
    {
        "cluster": cluster.ref,
        "network": network.ref,
        "load_balancer": balancer.ref,
        "build": {"context": "app"},
        "user": "10001:10001",
        "read_only": True,
        "count": 2,
        # A router beside the app sends each line to the bucket, where Athena reads them.
        "log": {
            "firelens": {"to": "s3", "name": archive.bucket},
            "options": {"total_file_size": "1M", "upload_timeout": "1m"},
        },
        # A release with which 2 % of requests fail, or 5 % take half a second, is rolled back.
        "alarms": {"errors": 2, "latency": 0.5, "email": config.require("email")},
        "dashboard": True,
    },
)
pulumi.export("url", app.url)
pulumi.export("archive", archive.bucket)
pulumi.export("alarms", app.alarm_topic_arn)
