from answerable.agents.exports._pdf_pages import HEIGHT, TOP, Strip, laid_on_pages, places


def test_strips_that_are_bound_are_not_divided() -> None:
    strips = [Strip(100) for _ in range(6)] + [Strip(60, keep=True), Strip(60)]
    pages = laid_on_pages(strips)
    assert [len(page) for page in pages] == [6, 2]
    assert pages[1][0].y == TOP


def test_what_is_longer_than_a_page_goes_on() -> None:
    pages = laid_on_pages([Strip(HEIGHT / 10, keep=True) for _ in range(25)])
    assert [len(page) for page in pages] == [10, 10, 5]


def test_the_head_of_a_strip_is_laid_again_on_a_new_page() -> None:
    head = [Strip(20)]
    pages = laid_on_pages([*head, *(Strip(HEIGHT / 4, head=head) for _ in range(6))])
    assert [[one.strip is head[0] for one in page] for page in pages] == [[True, False, False, False]] * 2


def test_the_blank_above_is_left_out_at_the_top_of_a_page() -> None:
    pages = laid_on_pages([Strip(HEIGHT - 10), Strip(50, before=30), Strip(50, before=30)])
    assert [one.y for one in pages[1]] == [TOP, TOP + 80]


def test_a_fresh_strip_opens_a_page_and_anchors_are_found() -> None:
    pages = laid_on_pages([Strip(10, anchor="a"), Strip(10, fresh=True, anchor="b"), Strip(10, anchor="c")])
    assert places(pages) == {"a": (1, TOP), "b": (2, TOP), "c": (2, TOP + 10)}
