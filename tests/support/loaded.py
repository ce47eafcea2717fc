"""The imports of the `moorage` command and its supervisor, loaded once for all commands of the tests."""

import gc

import pulumi_aws as aws
import pulumi_docker_build as docker_build
import rich.console
import rich.table

import moorage.cli.command
import moorage.local.aws.declared
import moorage.local.command.down
import moorage.local.command.up
import moorage.local.supervisor.main
import moorage.local.translate.program
import moorage.operate.local
import moorage.operate.verbs  # noqa: F401

# A package of pulumi-aws is loaded at its first use.
USED = (
    aws.cloudwatch.LogGroup,
    aws.dynamodb.Table,
    aws.ec2.SecurityGroup,
    aws.ecs.Service,
    aws.iam.Role,
    aws.lb.Listener,
    aws.secretsmanager.Secret,
    docker_build.Image,
    rich.table.Table,
)

# A forked process copies what is collected in it.
gc.freeze()
