"""Pages of HTML that need nothing else: one style, light and dark, on paper and in a narrow window."""

from html_page.rendering import render
from html_page.svg import Markup, element, lines_of, picture

__all__ = ["Markup", "element", "lines_of", "picture", "render"]
