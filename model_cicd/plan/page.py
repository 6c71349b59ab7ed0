"""A plan as one HTML page that needs nothing else: light and dark, printable, readable at 700 pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from model_cicd.plan.records import GrantChange, ModulePlan, Plan, ResourceChange, StackChange
from model_cicd.plan.text import MARKS, by_group, cost_text, limit_text, property_text, resource_text, stack_text

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --ground: #fff; --line: #d8dee4; --soft: #59636e; --card: #f6f8fa;
  --added: #1a7f37; --changed: #7d4e00; --replaced: #8250df; --removed: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --ground: #0d1117; --line: #30363d; --soft: #9198a1;
  --card: #161b22; --added: #3fb950; --changed: #d29922; --replaced: #ab7df8; --removed: #ff7b72; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 68rem; padding: 1.5rem; color: var(--ink);
  background: var(--ground); overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
h3 { font-size: 1rem; margin: 1.6rem 0 .4rem; }
p.sum { font-size: 1.1rem; padding: .7rem 1rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .4rem; }
ul, ol { padding-left: 1.3rem; margin: .3rem 0; } li { margin: .2rem 0; }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; font-weight: 600; }
code { font: .86em ui-monospace, monospace; } .soft { color: var(--soft); }
.mark { display: inline-block; width: 1.1em; font: 600 1em ui-monospace, monospace; }
.added { color: var(--added); } .changed { color: var(--changed); } .replaced { color: var(--replaced); }
.removed { color: var(--removed); } .note { color: var(--replaced); }
@media print { :root { --ink: #000; --ground: #fff; --line: #999; --soft: #444; --card: #fff; --added: #000;
  --changed: #000; --replaced: #000; --removed: #000; } body { max-width: none; padding: 0; font-size: 11px; }
  details { break-inside: auto; } }
"""
#: what is folded on a screen is printed, too
_SCRIPT = "addEventListener('beforeprint',()=>document.querySelectorAll('details').forEach(each=>each.open=true))"


def as_html(plan: Plan) -> str:
    """The page."""
    heading = f"Plan of {escape(plan.manifest)}"
    body = "".join(_module(each) for each in plan.modules)
    notes = "".join(f"<p class='soft'>{escape(note)}</p>" for note in plan.notes)
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f"<meta name='viewport' content='width=device-width,initial-scale=1'><title>{heading}</title>"
        f"<style>{_STYLE}</style></head><body><h1>{heading}</h1><p class='soft'>against {escape(plan.against)}</p>"
        f"<p class='sum'>{escape(plan.summary)}</p>{notes}{body}<script>{_SCRIPT}</script></body></html>\n"
    )


def _module(plan: ModulePlan) -> str:
    parts = [f"<section><h2>Module {escape(plan.module)}</h2>", _list((*plan.said, *plan.notes))]
    parts += _titled("What people must do", _list(plan.duties, "ol"))
    stacks = "".join(
        f"<h3>{escape(group)}, account {escape(account)} {escape(region)}</h3>" + "".join(map(_stack, found))
        for (group, account, region), found in by_group(plan.stacks)
    )
    parts += _titled("Stacks and resources", stacks, level=2) if stacks else []
    for gained, name in ((True, "Permissions gained"), (False, "Permissions lost")):
        parts += _titled(name, "".join(_grants([each for each in plan.grants if each.gained is gained])))
    parts += _titled("Limits that come near", _list(map(limit_text, plan.limits)))
    parts += _titled("What starts or stops costing", _list(map(cost_text, plan.costs)))
    return "".join([*parts, "</section>"])


def _stack(stack: StackChange) -> str:
    opened = " open" if any(each.note for each in stack.resources) or len(stack.resources) <= 5 else ""
    return (
        f"<details{opened}><summary>{_mark(stack.what)}{escape(stack_text(stack))}</summary><ul>"
        + "".join(map(_resource, stack.resources))
        + "</ul></details>"
    )


def _resource(change: ResourceChange) -> str:
    inner = "".join(f"<li><code>{escape(property_text(each))}</code></li>" for each in change.properties)
    style = " class='note'" if change.note else ""
    return f"<li{style}>{_mark(change.what)}{escape(resource_text(change))}{f'<ul>{inner}</ul>' if inner else ''}</li>"


def _mark(what: str) -> str:
    return f"<span class='mark {what}' title='{what}'>{escape(MARKS[what])}</span> "


def _grants(changes: Sequence[GrantChange]) -> Iterator[str]:
    for who in dict.fromkeys((each.who, each.who_arn) for each in changes):
        grants = [each for each in changes if (each.who, each.who_arn) == who]
        arn = f" <code class='soft'>{escape(who[1])}</code>" if who[1] else ""
        yield f"<details><summary>{escape(who[0])}{arn}</summary><ul>"
        for each in grants:
            actions = f"<code>{escape(', '.join(each.actions))}</code> on " if each.actions else ""
            yield f"<li>{actions}{escape(each.what)} <code class='soft'>{escape(each.what_arn)}</code></li>"
        yield "</ul></details>"


def _titled(name: str, body: str, level: int = 3) -> list[str]:
    return [f"<h{level}>{escape(name)}</h{level}>", body] if body else []


def _list(lines: Iterable[str], tag: str = "ul") -> str:
    items = "".join(f"<li>{escape(each)}</li>" for each in lines)
    return f"<{tag}>{items}</{tag}>" if items else ""
