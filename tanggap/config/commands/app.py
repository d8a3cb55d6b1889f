"""tanggap app: developer apps; here the signed webhook through which any program may deliver."""

from __future__ import annotations

from pathlib import Path

import click

from tanggap.config.attach import data_option, database


@click.group("app", short_help="Open a signed webhook for a program, or change its secret.")
def command() -> None:
    """Apps: one hook address each, with a secret that signs what is delivered."""


@command.command("add")
@click.argument("key")
@click.option("--name", metavar="TEXT", help="What the app is called on the screens.")
@click.option(
    "--channel", "channel_key", metavar="KEY", help="Key of the channel it feeds; the app's key by default."
)
@click.option(
    "--government", "code", metavar="CODE", help="Whose channel; the only government where there is one."
)
@data_option
def add(key: str, name: str | None, channel_key: str | None, code: str | None, data: Path) -> None:
    """Open /hooks/KEY for a program that delivers posts, and print its secret, which is shown this once."""
    with database(data):
        from tanggap.config import choosing, hooks

        government = choosing.government(code)
        app, secret = hooks.open_app(government, key, name or key, channel_key or key)
    click.echo(f"Address: /hooks/{app.key}")
    click.echo(f"Secret:  {secret}")
    click.echo("Sign every delivery by Standard Webhooks with this secret; it is not shown again.")


@command.command("platform")
@click.argument("key")
@click.option(
    "--platform", required=True, metavar="NAME", help="The kind of app: meta, x, youtube, telegram …"
)
@click.option("--name", metavar="TEXT", help="What the app is called on the screens.")
@click.option("--client-id", default="", metavar="ID", help="Its id at the platform.")
@click.option(
    "--api-base", default="", metavar="URL", help="Where the platform answers, if not at its own address."
)
@click.option("--trust", is_flag=True, help="Let that address be a private one.")
@data_option
def platform(
    key: str, platform: str, name: str | None, client_id: str, api_base: str, trust: bool, data: Path
) -> None:  # fmt: skip
    """Provide a platform's developer app for all governments; secrets are asked for, or read from standard input.

    One line each: the client's secret, then the secret that signs deliveries (empty: the same). Run again to change it.
    """
    client_secret = click.prompt("Client secret", default="", hide_input=True, show_default=False)
    signing = click.prompt("Signing secret", default=client_secret, hide_input=True, show_default=False)
    with database(data):
        from tanggap.config import hooks

        token = hooks.provide_app(
            key, platform, name or key, client=(client_id, client_secret), signing=signing, api_base=api_base,
            trusted=trust,
        )  # fmt: skip
    click.echo(f"Address:      /hooks/{key}")
    click.echo(f"Verify token: {token}")


@command.command("secret")
@click.argument("key")
@click.option(
    "--days",
    type=click.IntRange(0, 90),
    default=7,
    show_default=True,
    help="How long the old secret still works.",
)
@data_option
def secret(key: str, days: int, data: Path) -> None:
    """Give the app KEY a new secret and print it; the old one works for a while."""
    with database(data):
        from tanggap.config import hooks

        click.echo(f"Secret:  {hooks.renew_secret(key, days)}")
    click.echo(f"The old secret is accepted for {days} more days.")
