"""Facts of two texts compared."""

import pytest

from answerable.core import facts


@pytest.mark.parametrize(
    ("claim", "evidence", "reason"),
    [
        ("It has 1,000 hours.", "It has 1000 hours.", ""),
        ("It has three modes.", "It has 3 modes.", ""),
        ("It takes thirty minutes.", "It takes 30 minutes.", ""),
        ("It has 3 GB.", "It has 3 MB.", "number"),
        ("It takes thirty minutes.", "It takes three minutes.", "number"),
        ("Wait at most 5 minutes.", "Wait at least 5 minutes.", "number"),
        ("Wait at least 5 minutes.", "Wait 5 minutes.", "number"),
        ("Returns arrive within 30 days.", "Returns must arrive no later than 30 days.", ""),
        ("Change it after 500 hours.", "Change it after 500 hours or more often.", ""),
        ("It leaves at 10:25 and arrives at 7:40.", "It leaves at 7:40 and arrives at 10:25.", "number"),
        ("Do not take the pill.", "The pill must not be taken.", ""),
        ("Made-to-measure coats cannot be returned.", "Coats that were made to measure cannot be returned.", ""),
        ("It runs on version 3.1.", "It runs on version 3.10.", "number"),
        ("Line A has 3 stops and line B has 5 stops.", "Line A has 5 stops and line B has 3 stops.", "number"),
        ("Users can open the menu.", "You can open the menu.", ""),
        ("Velmora can open the menu.", "You can open the menu.", "name"),
        ("It runs Visual now.", "It runs Visual Basic now.", "name"),
        ("It is not safe.", "It is safe.", "negation"),
        ("It works without a key.", "It needs no key and works without a key.", ""),
        ("Printing is not supported.", "Printing is supported. Scanning is not supported.", "negation"),
        ("You must press the key.", "You can press the key.", "modality"),
        ("The update fails.", "The update may fail.", "modality"),
        ("Press the key.", "You should press the key.", ""),
        ("All modes work.", "Modes work.", "quantifier"),
        ("Turn the lamp off to save power.", "Turn the lamp on to save power, or off at night.", "opposite"),
        ("The file is unreadable.", "The file is readable.", "opposite"),
        ("The router sends the request to the gateway.", "The gateway sends the request to the router.", "role"),
        ("The request is sent by the gateway.", "The gateway sent the request.", ""),
        ("Hold the button to reset the TV.", "To reset the TV, hold the button.", ""),
        ("Press the button.", "Do not press the button.", "negation"),
        ("The panel carries the warranty.", "The warranty covers the panel. The panel carries the warranty.", ""),
    ],
)
def test_the_first_difference_is_named(claim: str, evidence: str, reason: str) -> None:
    assert facts.mismatch(facts.read(claim), facts.read(evidence)) == reason


@pytest.mark.parametrize(
    ("claim", "adds"),
    [
        ("Hold the power button for ten seconds, free of charge.", True),
        ("Hold the power button for ten seconds, which erases recordings everywhere.", True),
        ("In short, hold the power button for ten seconds.", False),
        ("Simply keep holding the power button for ten seconds.", False),
    ],
)
def test_a_clause_out_of_nowhere_is_seen(claim: str, adds: bool) -> None:
    evidence = facts.read("Hold the power button for ten seconds.")
    assert facts.adds_clause(facts.read(claim), evidence) is adds
