"""The teams of this program: what there is, whether one may do what it is asked, and its own terms for a run."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from answerable.agents.state import GRAPH_VERSION, RESEARCH, Budget, Settings
from answerable.agents.teams.team import Team
from answerable.agents.toolbox import Toolbox
from answerable.agents.tools.base.services import Caller
from answerable.core.errors import InvalidRequest, ModelNeeded, NotFound, SetupError
from answerable.core.identity import Principal
from answerable.flows.platform import Platform


@dataclass(frozen=True, slots=True)
class Shown:
    """A team as people see it. `roles` are (name, task)."""

    name: str
    title: str
    purpose: str
    input: str
    pattern: str
    roles: tuple[tuple[str, str], ...]
    needs_model: bool
    budget: Budget
    approves: bool


def list_teams(p: Platform) -> list[Shown]:
    """All of them by name; the research team is not among them."""
    return [
        Shown(
            name,
            team.title,
            team.purpose,
            team.input,
            team.pattern,
            tuple((role.name, role.task) for role in team.roles),
            team.needs_model,
            team.budget.as_budget(),
            "result" in team.approve,
        )
        for name, team in sorted(p.research.teams.items())
    ]


def get_team(name: str, p: Platform) -> Team:
    """One that has a file. Raises NotFound."""
    team = p.research.teams.get(name)
    if team is None:
        known = ", ".join(sorted(p.research.teams))
        raise NotFound(f"there is no team '{name[:60]}'; teams: {known}", param="team")
    return team


def on_terms(name: str, p: Platform, budget: Budget | None = None, *, approve: bool = False) -> Settings:
    """Settings for a run of a team: its own budget unless another is given, and its own approval. Raises NotFound."""
    team = get_team(name, p)
    asks = approve or "result" in team.approve
    return Settings(team=name, budget=budget or team.budget.as_budget(), approve=("report",) if asks else ())


def checked(settings: Settings, who: Principal, p: Platform) -> Settings:
    """The settings of a run that is to begin, with what the team's file asks for. Raises NotFound, InvalidRequest,
    Forbidden for a tool that the caller may not use, and ModelNeeded.
    """
    if settings.team == RESEARCH:
        return settings
    team = get_team(settings.team, p)
    if settings.orchestrator != "graph":
        raise InvalidRequest(f"the team '{settings.team}' runs in the graph engine", param="orchestrator")
    if "outline" in settings.approve:
        raise InvalidRequest(f"the team '{settings.team}' has no outline to approve", param="approve")
    only_quotes = (settings.model or p.models.default) == p.models.engine
    if only_quotes and team.needs_model:
        told = f"the team '{settings.team}' writes code, which needs a language model: connect one, and name it"
        raise ModelNeeded(told, param="model")
    if team.tools and not only_quotes:
        p.toolbox.offer(team.tools, Caller(who, next(iter(settings.collections), None)))
    return replace(settings, approve=("report",)) if "result" in team.approve else settings


def version_of(settings: Settings, p: Platform) -> int:
    """Of the graph that a run goes through: that of its team's very file. 0 where the team is gone."""
    if settings.team == RESEARCH:
        return GRAPH_VERSION
    team = p.research.teams.get(settings.team)
    return team.version if team else 0


def check_tools(teams: Mapping[str, Team], toolbox: Toolbox) -> None:
    """Raises SetupError for a team with a sensitive tool: nobody is asked before a team's call of a tool."""
    for name, team in teams.items():
        for role in team.roles:
            if found := [one for one in role.tools if toolbox.get(one).traits.sensitive]:
                raise SetupError(
                    f"teams/{name}.toml, [roles], '{role.name}': the tool '{found[0]}' is sensitive and needs a person "
                    "who approves each use; a team may use the others"
                )
