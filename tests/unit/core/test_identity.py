from dataclasses import replace

from answerable.core.documents import PUBLIC
from answerable.core.identity import OWNER, Principal


def test_an_access_list_lets_in_by_name_group_or_as_everybody() -> None:
    who = Principal("usr_1", groups=frozenset({"staff"}))
    assert who.may_read([PUBLIC])
    assert who.may_read(["other", "staff"])
    assert who.may_read(["usr_1"])
    assert not who.may_read(["other"])
    assert not who.may_read([])
    assert replace(who, sees_all=True).may_read(["other"])


def test_a_workspace_is_reached_by_its_own_people_and_by_the_owner_of_this_machine() -> None:
    who = Principal("usr_1", sees_all=True, role="admin", workspace="a")
    assert who.reaches("a")
    assert not who.reaches("b")
    assert OWNER.reaches("b")
    assert not replace(OWNER, key_id="ak_1").reaches("b")
    assert not replace(OWNER, session_id="ses_1").reaches("b")
