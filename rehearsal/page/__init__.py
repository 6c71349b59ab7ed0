"""The report of a rehearsal as a page of HTML and as Markdown, made of the data that its JSON has."""

from rehearsal.page.document import as_html
from rehearsal.page.markdown import as_markdown

__all__ = ["as_html", "as_markdown"]
