"""The command line: its groups, version and shell completion."""

import os
from collections.abc import Sequence

import click

from moorage.console import say
from moorage.errors import UsageError
from moorage.version import __version__

from .doctor import doctor
from .importing import importing
from .local import local
from .new import new
from .operate import place_commands
from .pipeline import pipeline
from .plan import plan
from .project import Group
from .pulumi import pulumi

_COMPLETE = "_MOORAGE_COMPLETE"
"""The variable by which a shell requests completions (Click: "Shell Completion")."""


@click.group(
    cls=Group,
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def moorage() -> None:
    """Deploy a folder with a Dockerfile as a load-balanced service on Amazon ECS, with Pulumi."""


@click.command(epilog='For bash, in ~/.bashrc: eval "$(moorage completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the completion script of a shell."""
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    assert script is not None
    say(script(moorage, {}, "moorage", _COMPLETE).source())
    return 0


for command in (new, local, *place_commands(), plan, doctor, pipeline, pulumi, importing, completion):
    moorage.add_command(command)


def run(words: Sequence[str]) -> int:
    """Run the command line; return its exit code.

    Raises:
        MoorageError: the command failed.
    """
    if instruction := os.environ.get(_COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(moorage, {}, "moorage", _COMPLETE, instruction)
    try:
        # Not `main`, which handles Ctrl-C itself.
        with moorage.make_context("moorage", list(words)) as context:
            return moorage.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message(), stderr=True)
        return error.exit_code
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "moorage"
        raise UsageError(error.format_message(), hint=f"try `{command} --help`") from None
