from answerable.agents.exports._pdf_scripts import joined, runs_right_to_left, visual_order


def test_arabic_letters_take_the_forms_of_their_place() -> None:
    assert joined("سلام") == "\ufeb3\ufefc\ufee1"
    assert joined("بيت") == "\ufe91\ufef4\ufe96"
    assert joined("دار") == "\ufea9\ufe8d\ufead"
    assert joined("می\u200cشود") == joined("می") + joined("شود")
    assert joined("latin") == "latin"


def test_a_line_from_right_to_left_is_turned_but_for_its_numbers() -> None:
    seen = "".join(char for _, char in visual_order("שנה 2025 (טובה)", right_to_left=True))
    assert seen == "(הבוט) 2025 הנש"
    mixed = "".join(char for _, char in visual_order("an שלום end", right_to_left=False))
    assert mixed == "an םולש end"


def test_hebrew_and_arabic_are_known_by_their_letters() -> None:
    assert [runs_right_to_left(text) for text in ("abc ש", "\ufeb3", "abc 漢 123")] == [True, True, False]
