"""What must hold for a page of HTML that needs nothing else, and a look at it in a real browser where there is one."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

#: Debian's package is `chromium`
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_EMPTY = {"meta", "link", "br", "hr", "img", "input", "wbr"}
_FETCHING = {"src", "srcset", "action", "formaction", "data", "poster", "background", "ping", "xlink:href"}


@dataclass
class Page(HTMLParser):
    """A page as it is read: its text, ids, links, headings and what is wrong with it."""

    source: str
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    tags: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)
        self._open: list[str] = []
        self.feed(self.source)
        self.close()
        self._judge()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        names = [name for name, _ in attrs]
        self.problems += [f"<{tag}> has {name} twice" for name, count in Counter(names).items() if count > 1]
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name == "href":
                self.links.append(value or "")
            elif name in _FETCHING or name.startswith("on"):
                self.problems.append(f"<{tag}> has {name}={value!r}")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}> at {self.getpos()} closes nothing")

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data

    def _judge(self) -> None:
        self.problems += [f"<{tag}> is not closed" for tag in self._open]
        self.problems += [f"id {each!r} is used twice" for each, count in Counter(self.ids).items() if count > 1]
        self.problems += [f"link to {each!r}" for each in self.links if each[:1] != "#" or each[1:] not in self.ids]
        self.problems += [f"<{tag}>" for tag in ("script", "link", "iframe", "img", "object") if self.tags[tag]]
        style = re.search(r"<style>(.*?)</style>", self.source, re.DOTALL)
        self.problems += re.findall(r"url\([^)]*\)|@import[^;]*", style[1] if style else "")
        if self.headings[:1] != [1] or self.headings.count(1) != 1:
            self.problems.append(f"expected one h1, and first: {self.headings[:5]}")
        steps = zip(self.headings, self.headings[1:], strict=False)
        self.problems += [f"h{after} follows h{before}" for before, after in steps if after > before + 1]


_MEASURE = """
const found = {width: innerWidth, scrolls: document.documentElement.scrollWidth, problems: []};
const name = each => each.textContent.trim().slice(0, 60);
for (const drawing of document.querySelectorAll("svg")) {
  const outer = drawing.viewBox.baseVal;
  for (const text of drawing.querySelectorAll("text")) {
    if (text.hasAttribute("transform")) continue;
    const box = text.getBBox();
    if (box.x < -1 || box.x + box.width > outer.width + 1 || box.y + box.height > outer.height + 2)
      found.problems.push("outside of its drawing: " + name(text));
    const frame = [...text.parentNode.children].find(each => each.matches("rect.box, rect[class$='-box']"));
    if (frame && text.parentNode.tagName === "g" && box.x + box.width > frame.getBBox().x + frame.getBBox().width)
      found.problems.push("outside of its box: " + name(text));
  }
}
for (const each of document.querySelectorAll("h1, h2, h3, p, dd, li, summary, nav, .picture, details, dl"))
  if (!each.closest(".scroll") && each.getBoundingClientRect().right > innerWidth + 1)
    found.problems.push("outside of the window: " + name(each));
document.body.setAttribute("data-measured", JSON.stringify(found));
"""


def measure(page: str, folder: Path, width: int) -> dict[str, Any]:
    """What a browser finds in a window of `width` pixels: `width`, `scrolls` (the page's own) and `problems`."""
    opened = re.sub(r"<meta http-equiv=.Content-Security-Policy.*?>", "", page)
    file = folder / f"measured-{width}.html"
    file.write_text(opened.replace("</body>", f"<script>{_MEASURE}</script></body>"), encoding="utf-8")
    shown = _browser(folder, f"--window-size={width},1200", "--dump-dom", file.as_uri())
    found = re.search(r'data-measured="([^"]*)"', shown)
    assert found, shown[-2000:]
    measured: dict[str, Any] = json.loads(html.unescape(found[1]))
    return measured


def take_picture(file: Path, out: Path, *, width: int, height: int, dark: bool = False) -> None:
    """A picture (PNG) of a page in a window."""
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    _browser(out.parent, f"--window-size={width},{height}", scheme, f"--screenshot={out}", file.as_uri())


def print_page(file: Path, out: Path) -> None:
    """The page as it is printed (PDF)."""
    _browser(out.parent, "--no-pdf-header-footer", f"--print-to-pdf={out}", file.as_uri())


def _browser(home: Path, *options: str) -> str:
    assert BROWSER
    own = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage")
    command = [BROWSER, *own, f"--user-data-dir={home / 'browser'}", *options]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr[-2000:]
    return ended.stdout
