"""What an outline sees of passages."""

import numpy as np

from answerable.core.research_tasks import Outline
from answerable.providers.extraction.research.view import Theme, View
from tests.support.embedding import HashEmbedder
from tests.support.sources import TOPIC, library, passage


def _view(*questions: str) -> View:
    return View(Outline(TOPIC, questions, library()), HashEmbedder())


def test_every_passage_fits_every_question_somehow() -> None:
    view = _view("What is a Fresnel lens?")
    assert view.fit.shape == (len(library()), 2)
    assert np.isfinite(view.fit).all()
    assert len(view.relevance) == len(library())


def test_relevant_is_what_has_a_point_and_to_do_with_the_topic() -> None:
    view = _view()
    kept = view.relevant()
    assert kept == sorted(kept)
    assert len(library()) - 1 not in kept  # of another subject
    nothing = View(Outline(TOPIC, (), (passage("Menu", "Lamps"), passage("Home", "Lamps", at=9))), HashEmbedder())
    assert nothing.relevant() == [0, 1]


def test_definitions_come_first_and_limits_last() -> None:
    view = _view()
    weights = [view.weight(Theme((0, 1), heading)) for heading in ("What is a lamp", "Lamps", "Known problems")]
    assert weights == sorted(weights, reverse=True)
