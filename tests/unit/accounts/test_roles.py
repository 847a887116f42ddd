import pytest

from answerable.accounts.roles import (
    ACCESS,
    SCOPES,
    allows,
    check,
    check_may_grant,
    effective_scopes,
    scopes_of_role,
    spans_workspaces,
)
from answerable.core.errors import Forbidden
from answerable.core.identity import OWNER, Principal


def test_an_administrator_may_do_everything_and_a_member_nothing_of_an_administrators() -> None:
    admin, member = Principal("a", role="admin"), Principal("m")
    assert all(allows(admin, action) for action in ACCESS)
    assert not any(allows(member, action) for action in ACCESS if action.startswith("admin."))
    assert allows(member, "chat.create")


def test_a_reviewer_stands_between() -> None:
    assert scopes_of_role("member") < scopes_of_role("reviewer") < scopes_of_role("admin") == set(SCOPES)


def test_a_key_does_only_what_its_scopes_say_and_never_what_needs_somebody_who_signed_in() -> None:
    key = Principal("a", role="admin", key_id="ak_1", scopes=frozenset({"chat"}))
    assert allows(key, "chat.create")
    for action in ("embeddings.create", "admin.users", "me.password", "me.keys"):
        assert not allows(key, action)
        with pytest.raises(Forbidden):
            check(key, action)


def test_a_scope_gives_a_member_nothing_that_the_role_does_not_have() -> None:
    key = Principal("m", role="member", scopes=frozenset(SCOPES))
    assert not allows(key, "admin.users")
    assert effective_scopes(key) == scopes_of_role("member")


def test_what_touches_the_whole_installation_is_for_the_first_workspace() -> None:
    assert allows(Principal("a", role="admin"), "admin.topics")
    stranger = Principal("a", role="admin", workspace="other")
    assert allows(stranger, "admin.users")
    with pytest.raises(Forbidden, match="workspace"):
        check(stranger, "admin.topics")


def test_nobody_gives_away_what_they_lack() -> None:
    key = Principal("a", role="admin", scopes=frozenset({"admin", "chat"}))
    check_may_grant(key, {"chat"})
    with pytest.raises(Forbidden, match="embeddings"):
        check_may_grant(key, {"chat", "embeddings"})


def test_an_action_that_nobody_declared_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        allows(OWNER, "chat.creat")


def test_only_the_owner_of_this_machine_spans_workspaces() -> None:
    assert spans_workspaces(OWNER)
    assert not spans_workspaces(Principal("a", role="admin", sees_all=True))
