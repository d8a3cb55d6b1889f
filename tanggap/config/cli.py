"""The command `tanggap`. Each command is one file in commands/, imported only when it is asked for.

Exit status: 0 it went well, 1 it did not (the text says what happened, what was kept, what to do), 2 wrong use.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from tanggap import __version__

COMMANDS = (
    "up",
    "web",
    "work",
    "import",
    "read",
    "train",
    "evaluate",
    "deadline",
    "check",
    "status",
    "backup",
    "restore",
    "doctor",
    "migrate",
    "government",
    "member",
    "app",
    "raw",
)


class _Commands(click.Group):
    """The commands by name; `import` lives in commands/import_.py because Python keeps the word."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        file = "import_" if name == "import" else name
        command = import_module(f"tanggap.config.commands.{file}").command
        assert isinstance(command, click.Command)
        return command


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command takes --data DIR (or TANGGAP_DATA) and uses DATABASE_URL where it is set; without it, "
    "PostgreSQL runs inside the data folder.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def tanggap() -> None:
    """Tanggap: hear citizens on social media, bring each matter to its office, answer in time."""


def main(arguments: Sequence[str] | None = None) -> None:
    """This will run one command and end the process with its status."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """This will run one command and return its exit status; errors are told on standard error."""
    try:
        status = tanggap.main(args=arguments, prog_name="tanggap", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return 2
    except click.ClickException as error:
        click.echo(f"tanggap: {error.format_message()}", err=True)
        return 1
    except (click.Abort, KeyboardInterrupt):
        click.echo("tanggap: stopped. What was done so far is kept.", err=True)
        return 1
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe went away: nothing to tell
        return 1
    except Exception as error:
        from tanggap.config.failures import tell

        click.echo(f"tanggap: {tell(error)}", err=True)
        return 1
    return status if isinstance(status, int) else 0


if __name__ == "__main__":
    main()
