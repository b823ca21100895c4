"""`autobook-sim`."""

import secrets
from typing import Annotated

import typer

from autobook_sim.billomat.profiles import PROFILES as BILLOMAT_PROFILES
from autobook_sim.billomat.server import serve_billomat
from autobook_sim.billomat.service import Billomat
from autobook_sim.hypatos.profiles import PROFILES as HYPATOS_PROFILES
from autobook_sim.hypatos.server import serve as serve_hypatos
from autobook_sim.hypatos.service import Hypatos
from autobook_sim.kanbert.operations import SCOPES
from autobook_sim.kanbert.profiles import PROFILES, Stage, profiles_of
from autobook_sim.kanbert.server import serve
from autobook_sim.kanbert.service import Kanbert

app = typer.Typer(help="Stand-ins for the systems around Autobook.", no_args_is_help=True, add_completion=False)


@app.callback()
def _simulators() -> None:
    """Stand-ins for the systems around Autobook."""


_PROFILES = "Profiles, each one way in which Kanbert may be where nobody says how it is:\n\n" + "\n\n".join(
    f"{each.id}: {each.description}" for each in PROFILES.values()
)


@app.command(epilog=_PROFILES)
def kanbert(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    token: Annotated[str, typer.Option(help="API token; one is made up and printed unless given.")] = "",
    scopes: Annotated[str, typer.Option(help="Scopes of the token, separated by commas.")] = ",".join(SCOPES),
    webhook_url: Annotated[str, typer.Option(help="Where webhooks go; also PUT /_sim/webhook.")] = "",
    webhook_secret: Annotated[str, typer.Option(help="What they are signed with.")] = "",
    seed: Annotated[int, typer.Option(help="Ids follow from it.")] = 1,
    incoming_pdf: Annotated[bool, typer.Option(help="Offer the download of incoming PDFs (undocumented).")] = False,
    examples: Annotated[bool, typer.Option(help="Begin with some outgoing invoices and plans.")] = True,
    profile: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Be otherwise, in one way; repeatable. They are listed below."),
    ] = None,
    debounce: Annotated[float, typer.Option(min=0, help="Seconds that a webhook waits for more changes.")] = 0.3,
) -> None:
    """Simulate Kanbert on 127.0.0.1. A page for people is at `/`, the API under `/api/v1`."""
    try:
        profiles = profiles_of(profile or ())
        Stage.check(profiles)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--profile") from None
    given = token or secrets.token_urlsafe(24)
    wanted = tuple(scope for scope in scopes.split(",") if scope)
    simulated = Kanbert(
        token=given, scopes=wanted, seed_number=seed, incoming_pdf=incoming_pdf, examples=examples, profiles=profiles
    )
    simulated.webhooks.options.debounce = debounce
    if webhook_url:
        simulated.subscribe(webhook_url, webhook_secret)
    try:
        serve(simulated, port, None if token else f"token {given}")
    except OSError as error:
        typer.echo(f"port {port} cannot be used: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@app.command()
def hypatos(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    client_id: Annotated[str, typer.Option(help="OAuth client.")] = "autobook",
    client_secret: Annotated[str, typer.Option(help="Its secret; one is made up and printed unless given.")] = "",
    profile: Annotated[str, typer.Option(help=f"How it behaves: {', '.join(HYPATOS_PROFILES)}.")] = "documented",
) -> None:
    """Simulate Hypatos on 127.0.0.1. A page for people is at `/`, the API under `/v2`."""
    if profile not in HYPATOS_PROFILES:
        raise typer.BadParameter(f"one of {', '.join(HYPATOS_PROFILES)}", param_hint="--profile")
    given = client_secret or secrets.token_urlsafe(24)
    note = None if client_secret else f"client {client_id}, secret {given}"
    try:
        serve_hypatos(Hypatos(client_id=client_id, client_secret=given, profile=profile), port, note)
    except OSError as error:
        typer.echo(f"port {port} cannot be used: {error.strerror}", err=True)
        raise typer.Exit(1) from None


@app.command()
def billomat(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    api_key: Annotated[str, typer.Option(help="API key; one is made up and printed unless given.")] = "",
    profile: Annotated[str, typer.Option(help=f"How it behaves: {', '.join(BILLOMAT_PROFILES)}.")] = "documented",
    examples: Annotated[bool, typer.Option(help="Begin with some suppliers.")] = True,
) -> None:
    """Simulate Billomat on 127.0.0.1. A page for people is at `/`, the API under `/api`."""
    if profile not in BILLOMAT_PROFILES:
        raise typer.BadParameter(f"one of {', '.join(BILLOMAT_PROFILES)} is expected", param_hint="--profile")
    given = api_key or secrets.token_urlsafe(24)
    simulated = Billomat(api_key=given, profile=profile, examples=examples)
    try:
        serve_billomat(simulated, port, None if api_key else f"api key {given}")
    except OSError as error:
        typer.echo(f"port {port} cannot be used: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
