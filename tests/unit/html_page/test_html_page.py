"""Pages that need nothing else: escaped, readable in both colour schemes, the same for the same values."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest

from html_page import element, lines_of, picture, render
from tests.pages import Page

PACKAGE = Path(__file__).parents[3] / "html_page"
STYLE = (PACKAGE / "templates" / "html_page" / "style.css").read_text(encoding="utf-8")
HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package whose template is the sample of the README."""
    readme = (PACKAGE / "README.md").read_text(encoding="utf-8")
    sample = re.search(r"```html\n(.*?)```", readme, re.DOTALL)
    assert sample
    folder = tmp_path / "sample_of_readme" / "templates"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "page.html").write_text(sample[1], encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return "sample_of_readme"


def test_the_sample_of_the_readme_is_a_page_that_needs_nothing_else(package: str) -> None:
    page = Page(render(package, "page.html", heading="Who waits", rows=[("prod", "3.1")]))
    assert page.problems == []
    assert "Who waits" in page.text
    assert page.tags["td"] == 2


def test_values_are_escaped_in_texts_attributes_and_drawings(package: str) -> None:
    drawing = picture(element("text", HOSTILE, id_=HOSTILE), width=10, height=10, title=HOSTILE)
    text = render(package, "page.html", heading=HOSTILE, rows=[(HOSTILE, drawing)])
    page = Page(text)
    assert page.problems == []
    assert (page.tags["script"], page.tags["svg"]) == (0, 1)
    assert page.text.count(HOSTILE) == 5  # title, heading, cell, title and text of the drawing
    assert page.ids == [HOSTILE]


def test_a_value_that_is_missing_is_an_error(package: str) -> None:
    with pytest.raises(jinja2.UndefinedError, match="'rows' is undefined"):
        render(package, "page.html", heading="x")


def colours(block: str) -> dict[str, tuple[int, ...]]:
    return {
        name: tuple(int(value[at : at + 2], 16) for at in (0, 2, 4))
        for name, value in re.findall(r"--([\w-]+): #([0-9a-f]{6})", block)
    }


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""

    def luminance(colour: tuple[int, ...]) -> float:
        parts = [each / 255 for each in colour]
        linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "paper"])
def test_text_can_be_read_on_every_ground(scheme: int) -> None:
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    assert len(blocks) == 3
    known = colours(blocks[scheme])
    texts = ("ink", "soft", "good", "bad", "warn", "accent")
    pairs = [(text, ground) for text in texts for ground in ("page", "panel")]
    pairs += [("ink", f"{name}-fill") for name in ("good", "bad", "warn", "accent")]
    pairs += [("soft", f"{name}-fill") for name in ("good", "bad", "warn", "accent")]
    found = {pair: round(contrast(known[pair[0]], known[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


def test_paper_has_the_colours_of_the_light_scheme() -> None:
    light, _, paper = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    assert colours(paper) == colours(light)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short", ["short"]),
        ("", [""]),
        ("trains prod-deployment-group from branch main", ["trains prod-deployment-", "group from branch main"]),
        ("x" * 30, ["x" * 24, "x" * 6]),
        ("arn:aws:iam::123456789012:role/a", ["arn:aws:iam::", "123456789012:role/a"]),
    ],
)
def test_lines_of_a_drawing_are_broken_behind_marks(text: str, lines: list[str]) -> None:
    assert lines_of(text, 24) == lines


def test_numbers_of_drawings_are_short() -> None:
    assert element("rect", x=1.0, y=2.345, width=3, class_="box", fill=None) == (
        '<rect x="1" y="2.3" width="3" class="box"></rect>'
    )


def test_long_names_may_be_broken_and_stay_what_they_are(package: str) -> None:
    arn = "arn:aws:iam::123456789012:role/a_b&amp;c"
    text = render(package, "page.html", heading="x", rows=[(arn, "3.1")])
    assert "arn:<wbr>aws:<wbr>iam::<wbr>123456789012:<wbr>role/<wbr>a_<wbr>b&amp;amp;c" in text
    assert arn in Page(text).text
