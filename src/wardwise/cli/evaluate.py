"""`evaluate TASK`: judge a model on a data set the honest way, beside the dull baselines."""

from pathlib import Path
from typing import Annotated, Any

import typer

from wardwise.cli.arguments import Json
from wardwise.cli.terminal import bar, say, tell_json


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(evaluate)


def evaluate(
    task: Annotated[str, typer.Argument(help="What is judged, such as ed_arrivals.")],
    dataset: Annotated[
        str, typer.Option(help="The data set's format: uihc, mimic-demo, or meds:SITE, read by a site's feed.")
    ],
    train: Annotated[Path, typer.Option(help="The file to learn from.", exists=True, dir_okay=False)],
    test: Annotated[
        Path,
        typer.Option(help="The file to be judged on; it must begin after the first ends.", exists=True, dir_okay=False),
    ],
    seed: Annotated[int, typer.Option(help="For intervals drawn by resampling.")] = 7,
    json: Json = False,
) -> None:
    """Train on one file, judge on another. Exit code 1 when a stated floor is missed."""
    from wardwise.assemble.tasks import evaluate_task  # noqa: PLC0415
    from wardwise.cli.service import research_site  # noqa: PLC0415
    from wardwise.rehearse.asked import Asked  # noqa: PLC0415

    name, _, site = dataset.partition(":")
    with bar(f"Judging {task}", show=not json) as step:
        asked = Asked(dataset=name, train=train, test=test, seed=seed, progress=step)
        result = evaluate_task(task, asked, site=Path(site) if site else research_site())
    if json:
        tell_json(result)
    else:
        _print(result)
    if not all(floor["met"] for floor in result["floors"]):
        raise typer.Exit(1)


def _print(result: dict[str, Any]) -> None:
    pairs, seconds = result["n"], result["seconds"]
    say(f"{result['workflow']} on {result['dataset']}: {pairs} pairs, {seconds:.1f} s, seed {result['seed']}")
    for maker, parts in {"model": result["metrics"], **result["baselines"]}.items():
        for part, figures in parts.items():
            shown = ", ".join(f"{name} {value:.3f}" for name, value in figures.items() if isinstance(value, float))
            say(f"  {maker:16} {part:8} {shown}")
    for floor in result["floors"]:
        say(f"  {'met  ' if floor['met'] else 'SHORT'} {floor['measure']}: {floor['value']:.3f}{_wanted(floor)}")


def _wanted(floor: dict[str, Any]) -> str:
    if "at_most" in floor:
        return f" (at most {floor['at_most']})"
    if "must" not in floor:
        return ""
    return (
        f" (at most {floor['must']}, or {floor['ratio_must']} of {floor['baseline']}; it is {floor['ratio']:.3f} of it)"
    )
