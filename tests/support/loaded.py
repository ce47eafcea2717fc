"""What the `moorage` command imports, loaded once for all commands of the tests."""

import gc

import pulumi_aws as aws

import moorage.cli.command
import moorage.local.command.up
import moorage.local.translate.program
import moorage.operate.local  # noqa: F401

# A package of pulumi-aws is loaded at its first use.
USED = (aws.cloudwatch.LogGroup, aws.ec2.SecurityGroup, aws.ecs.Service, aws.iam.Role, aws.lb.Listener)

# A forked process copies what is collected in it.
gc.freeze()
