"""The `moorage` command. Exit codes: 0 done, 1 failed, 2 wrong usage."""

import argparse
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    from . import local, operate, plan, pulumi

    parser = argparse.ArgumentParser(
        prog="moorage",
        description="A folder with a Dockerfile to a load-balanced service on Amazon ECS, with Pulumi.",
        epilog="Exit codes: 0 done, 1 failed, 2 wrong usage.",
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    local.add(verbs)
    operate.add(verbs)
    plan.add(verbs)
    pulumi.add(verbs)
    options = parser.parse_args(arguments)
    return options.run(options)


if __name__ == "__main__":
    sys.exit(main())
