"""The YAML files of a workflow's folder as the loop knows them, the site's overlays and owners laid over.

<workflow>/card.yaml      what it is for, for whom, when to leave it aside, who answers for it
<workflow>/needs.yaml     what it demands of the log; `lookback_hours` is how far back it reads
<workflow>/policy.yaml    its numbers, each with source, owner and dates
<workflow>/policy_forms.yaml    what each of them may be, so that a site's overlay is checked when it is read
<workflow>/strings.yaml   every sentence it says to people, by id
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, Field, RootModel

from wardwise.errors import BrokenFile
from wardwise.hospital.role import Role
from wardwise.loop.declare.card import Owners, WorkflowCard
from wardwise.loop.declare.files import Files
from wardwise.loop.declare.need import Need
from wardwise.sites.broken import BrokenFiles, Problem, nearest
from wardwise.sites.contract import Need as Demand
from wardwise.sites.contract import Needs, unmet
from wardwise.sites.document import read_yaml, validated
from wardwise.sites.fields import Name, Text
from wardwise.sites.load import SiteFolder
from wardwise.sites.policies import Policies, read_policies
from wardwise.sites.policy_checks import misfits
from wardwise.sites.policy_form import FormFile
from wardwise.sites.site import Mode, WorkflowSettings
from wardwise.sites.site import Owners as SiteOwners
from wardwise.sites.tree import read_tree

T = TypeVar("T")


class CardFile(BaseModel, frozen=True, extra="forbid"):
    """card.yaml. `may_override` names roles; `accountable` is a role or a body in words."""

    title: Text = Field(description="the workflow's name as people say it")
    intended_use: Text = Field(description="the decision it serves")
    users: tuple[Text, ...] = Field(min_length=1, description="who reads it")
    population: Text = Field(description="whom or what it is about")
    contraindications: tuple[Text, ...] = Field(min_length=1, description="where it must not be used")
    non_goals: tuple[Text, ...] = Field(min_length=1, description="what it does not try to do")
    when_to_ignore: tuple[Text, ...] = Field(min_length=1, description="when a reader should leave it aside")
    owners: SiteOwners = Field(description="clinical, operational, engineering")
    may_override: tuple[Role, ...] = Field(min_length=1, description="the roles that may decide otherwise")
    informed: tuple[Text, ...] = Field(min_length=1, description="who is told")
    accountable: Text = Field(description="who answers for its use")


class DeclaredNeed(Demand, frozen=True, extra="forbid"):
    """A demand and how far back the workflow reads the kind."""

    lookback_hours: int = Field(ge=1, le=24 * 365 * 10, description="how far back it reads, in hours")


class NeedsFile(RootModel[tuple[DeclaredNeed, ...]], frozen=True):
    """needs.yaml: a list of demands."""


class StringsFile(RootModel[dict[Name, Text]], frozen=True):
    """strings.yaml: sentences by id, with {placeholders}."""


class Sentences(dict[str, str]):
    """Sentences by id; one that is not there is a broken file, named."""

    def __init__(self, file: Path, sentences: dict[str, str]) -> None:
        super().__init__(sentences)
        self._file = file

    def __missing__(self, name: str) -> str:
        raise BrokenFile(
            file=self._file,
            line=1,
            field=name,
            what="is a sentence that is used but not there",
            remedy=nearest(name, self),
        )


def read_files(folder: Path, name: str, site: SiteFolder) -> Files:
    """The files of a workflow's folder at a site; raises BrokenFiles with every problem of every file."""
    found: list[BrokenFile] = []
    card = _kept(found, lambda: _card(folder / "card.yaml", site.site.workflows.get(name)))
    needs = _kept(found, lambda: _needs(folder / "needs.yaml", name, site))
    policies = _kept(found, lambda: _policies(folder, name, site))
    strings = _kept(found, lambda: _strings(folder / "strings.yaml"))
    if card is None or needs is None or policies is None or strings is None:
        raise BrokenFiles(found)
    return Files(card=card, needs=needs, policies=policies, strings=strings)


def _kept(found: list[BrokenFile], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except BrokenFiles as broken:
        found.extend(broken.problems)
        return None


def _card(file: Path, settings: WorkflowSettings | None) -> WorkflowCard:
    read = read_yaml(file, CardFile)
    owners = settings.owners if settings else read.owners
    return WorkflowCard(
        title=read.title,
        intended_use=read.intended_use,
        users=read.users,
        population=read.population,
        contraindications=read.contraindications,
        non_goals=read.non_goals,
        when_to_ignore=read.when_to_ignore,
        owners=Owners(owners.clinical, owners.operational, owners.engineering),
        may_override=tuple(role.value for role in read.may_override),
        informed=read.informed,
        accountable=read.accountable,
    )


def _policies(folder: Path, name: str, site: SiteFolder) -> Policies:
    file = folder / "policy.yaml"
    general = read_policies(file)
    document = read_tree(folder / "policy_forms.yaml")
    forms = validated(document, FormFile).root
    every = [each for each in (*general, *site.overlays.get(name, ())) if each.in_a_file]
    found = list(misfits(every, forms, site.site))
    absent = sorted(forms.keys() - {each.policy.id for each in general})
    found += [document.broken(Problem((id_,), "has no value", f"Add one to {file.name}")) for id_ in absent]
    if found:
        raise BrokenFiles(found)
    return site.policies(name, general)


def _needs(file: Path, name: str, site: SiteFolder) -> tuple[Need, ...]:
    # Demands are held against the contracts only where the site runs the workflow.
    document = read_tree(file)
    read = validated(document, NeedsFile)
    if site.site.mode(name) is not Mode.OFF:
        missed = unmet(Needs(read.root), site.contracts, workflows=frozenset(site.site.workflows))
        if missed:
            raise BrokenFiles(document.broken(problem) for problem in missed)
    return tuple(_need(each) for each in read.root)


def _need(read: DeclaredNeed) -> Need:
    return Need(
        kind=read.kind,
        why=read.why,
        lookback=timedelta(hours=read.lookback_hours),
        within=timedelta(minutes=read.within_minutes),
        feed=read.feed,
        required=not read.optional,
        fields=read.fields,
    )


def _strings(file: Path) -> Sentences:
    return Sentences(file, read_yaml(file, StringsFile).root)
