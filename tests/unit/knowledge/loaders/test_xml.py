"""XML: readable lines, and no entities from outside."""

from pathlib import Path

from answerable.knowledge.loaders import xml as xml_loader


def load(folder: Path, text: str) -> str:
    path = folder / "a.xml"
    path.write_text(text)
    [document] = xml_loader.build(xml_loader.Config()).load(path, "a.xml")
    return document.text


def test_elements_and_attributes_become_lines(tmp_path: Path) -> None:
    assert load(tmp_path, '<s><p id="7"><name>tea</name><cost>3</cost></p></s>') == "p.id: 7\np.name: tea\np.cost: 3"


def test_entity_does_not_read_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret words")
    text = load(tmp_path, f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret}">]><a><b>before &e; after</b></a>')
    assert "secret" not in text
    assert "before" in text


def test_entities_that_multiply_are_not_expanded(tmp_path: Path) -> None:
    rows = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    text = load(tmp_path, f'<!DOCTYPE a [<!ENTITY e0 "lol">{rows}]><a><b>start &e8; end</b></a>')
    assert len(text) < 1_000


def test_an_entity_alone_in_its_element_is_nothing(tmp_path: Path) -> None:
    declared = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    assert load(tmp_path, f"{declared}<a>&e;<b>words</b><c>&e;</c></a>") == "b: words"
