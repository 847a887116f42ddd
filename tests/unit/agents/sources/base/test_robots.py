"""RFC 9309, with the examples of its own and those of Google's test suite that concern it."""

import time

import pytest

from answerable.agents.sources.base.robots import CLOSED, OPEN, Rules, parse

HOST = "https://site.test"


def allows(text: str, path: str) -> bool:
    return parse(text).allow(HOST + path)


RFC = """User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: Answerable
Disallow: /example/page.html

User-Agent: quxbot
"""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/example/page.html", False), ("/example/other.html", True), ("/a.gif", True), ("/publications/x", True)],
)
def test_the_group_that_names_us_goes_before_the_one_for_everybody(path: str, allowed: bool) -> None:
    assert allows(RFC, path) is allowed


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("", "/x", True),
        ("Disallow:", "/x", True),
        ("Disallow: /", "/x", False),
        ("Disallow: /", "", False),
        ("Disallow: /fish", "/fish.html", False),
        ("Disallow: /fish", "/Fish.asp", True),
        ("Disallow: fish", "/fish", False),
        ("Disallow: /fish*", "/fishheads", False),
        ("Disallow: /fish/", "/fish", True),
        ("Disallow: /*.php", "/folder/any.php?x=1", False),
        ("Disallow: /*.php$", "/file.php5", True),
        ("Disallow: /*.php$", "/file.php", False),
        ("Disallow: /*.php$", "/a.php.php", False),
        ("Disallow: /fish*.php", "/fishheads/catfish.php?p=1", False),
        ("Disallow: /fish*.php", "/Fish.PHP", True),
        ("Disallow: /$", "/", False),
        ("Disallow: /$", "/x", True),
        ("Disallow: /a*b*c$", "/abbc", False),
        ("Disallow: /a*b*c$", "/acb", True),
        ("Disallow: /*aa$", "/a", True),
        ("Disallow: /x?q=", "/x?q=1", False),
        ("Disallow: /\nAllow: /p", "/page", True),
        ("Allow: /folder\nDisallow: /folder", "/folder/page", True),
        ("Allow: /page\nDisallow: /*.htm", "/page.htm", False),
        ("Disallow: /a/\nAllow: /a/b", "/a/b", True),
        ("Disallow: /foo/bar?baz=http://x", "/foo/bar?baz=http://x", False),
        ("Disallow: /föö", "/f%C3%B6%C3%B6", False),
        ("Disallow: /f%c3%b6", "/fö", False),
        ("Disallow: /%7Ejoe", "/~joe/x", False),
        ("Disallow: /a%2fb", "/a/b", True),
        ("Disallow: /", "/robots.txt", True),
        ("Disallow: /a # why", "/a", False),
        ("dIsAlLoW :  /a  ", "/a", False),
        ("Crawl-delay: 5\nSitemap: http://x/\nNonsense\n: x\nDisallow: /a", "/a", False),
    ],
)
def test_the_longest_matching_pattern_decides(rules: str, path: str, allowed: bool) -> None:
    assert allows(f"User-agent: *\n{rules}", path) is allowed


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("User-agent: answerable\nDisallow: /", False),
        ("user-agent: ANSWERABLE/1.0\nDisallow: /", False),
        ("User-agent: other\nUser-agent: answerable\nDisallow: /", False),
        ("User-agent: answerable\nSitemap: x\nUser-agent: other\nDisallow: /", False),
        ("User-agent: answerablebot\nDisallow: /", True),
        ("User-agent: other\nDisallow: /", True),
        ("Disallow: /", True),
        ("User-agent: answerable\nAllow: /b\n\nUser-agent: x\nAllow: /\n\nUser-agent: answerable\nDisallow: /", False),
        ("User-agent: answerable\nDisallow: /b\n\nUser-agent: *\nDisallow: /", True),
        ("\ufeffUser-agent: *\rDisallow: /", False),
        ("<!doctype html><title>Not found</title>", True),
    ],
)  # fmt: skip
def test_groups_are_found_by_our_name(text: str, allowed: bool) -> None:
    assert allows(text, "/a") is allowed


def test_a_file_that_could_not_be_had_forbids_everything_and_none_nothing() -> None:
    assert not CLOSED.allow(f"{HOST}/a")
    assert OPEN.allow(f"{HOST}/a")
    assert parse("User-agent: *\nDisallow: /") != CLOSED
    assert Rules().is_known


def test_no_pattern_takes_long() -> None:
    rules = parse("User-agent: *\n" + f"Disallow: {'/*a' * 100}$\n" * 100)
    began = time.process_time()
    rules.allow(f"{HOST}/" + "a/" * 5_000 + "b")
    assert time.process_time() - began < 2
