"""One of several results at a time, behind tabs that need no kernel: for notebooks, live, exported or printed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from typing import Any

from matplotlib.figure import Figure

from study.plotting.theme import to_png

DOTS = 110
"""Per inch of figures behind a tab."""

STYLE = (
    "{id}>input{{position:absolute;opacity:0}}"
    "{id}>label{{display:inline-block;padding:.2rem .7rem;margin:0 .2rem .4rem 0;"
    "border:1px solid #999;border-radius:3px;cursor:pointer}}{id}>input:checked+label{{background:#0072b2;color:#fff}}"
    "{id}>input:focus-visible+label{{outline:3px solid #56b4e9}}{id}>div{{display:none}}{id}>div>h4{{display:none}}"
    "@media print{{{id}>div{{display:block!important}}{id}>div>h4{{display:block}}{id}>label{{display:none}}}}"
)


class Tabs:
    """Several results of which a page shows one; where styles are stripped, and on paper, all of them, one by one.

    Parameters
    ----------
    results : mapping of label to result
    what : str
        What the tabs choose.
    """

    def __init__(self, results: Mapping[Any, Any], what: str) -> None:
        self.results, self.what = {str(label): result for label, result in results.items()}, what

    def __repr__(self) -> str:
        return f"{self.what or 'results'}: {', '.join(self.results)}"

    def _repr_html_(self) -> str:
        shown = {label: _shown(result) for label, result in self.results.items()}
        own = "t" + hashlib.sha256("".join([self.what, *shown, *shown.values()]).encode()).hexdigest()[:10]
        keys, panels, rules = [], [], []
        for n, (label, content) in enumerate(shown.items()):
            checked = " checked" if n == 0 else ""
            keys.append(f'<input type="radio" name="{own}" id="{own}-{n}"{checked}><label for="{own}-{n}">')
            keys.append(f"{escape(label)}</label>")
            panels.append(f'<div class="p{n}"><h4>{escape(label)}</h4>{content}</div>')
            rules.append(f"#{own}>#{own}-{n}:checked~.p{n}{{display:block}}")
        style = STYLE.format(id=f"#{own}") + "".join(rules)
        head = f"<b>{escape(self.what)}</b><br>" if self.what else ""
        group = f'role="radiogroup" aria-label="{escape(self.what, quote=True)}"'
        return f'<style>{style}</style><div id="{own}" {group}>{head}{"".join(keys)}{"".join(panels)}</div>'


def browse(results: Mapping[Any, Any], what: str = "") -> Tabs:
    """Return results that are there already behind tabs; each shows itself as it would alone.

    Parameters
    ----------
    results : mapping of label to result
        Anything that a notebook can show: tables, figures, results of the study.
    what : str
        What the tabs choose.

    Raises
    ------
    ValueError
        There is nothing to choose from.
    """
    if not results:
        msg = "results is empty; tabs need at least one."
        raise ValueError(msg)
    return Tabs(results, what)


def _shown(result: Any) -> str:
    if isinstance(result, Figure):
        picture = base64.b64encode(to_png(result, DOTS)).decode("ascii")
        return f'<img style="max-width:100%" alt="" src="data:image/png;base64,{picture}">'
    own = getattr(result, "_repr_html_", None)
    return str(own()) if callable(own) else f"<pre>{escape(str(result))}</pre>"
