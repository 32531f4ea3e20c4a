"""``ocop``, the operators' command line; every group of commands has a file of its own and registers itself here."""

import typer

from deploy.ocop import clock, events, keys, parked, prepare, scenario, status, token, topics, up

app = typer.Typer(
    name="ocop",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
    help="Run and operate OCOP Hub. [dim]Every command that tells something takes --json.[/dim]",
)

for group in (up, status, scenario, events, parked, topics, clock, token, keys, prepare):
    group.register(app)


def main() -> None:
    """The entry point of the installed program."""
    app()


if __name__ == "__main__":
    main()
