"""Class frequencies as a fragment of HTML, for the summary of pytest-html."""

from __future__ import annotations

from html import escape

from pytest_fitsproc.archive.fileid import printable
from pytest_fitsproc.processing.classes import (
    ALL_FILES_HINT,
    MOST_CLASSES,
    ClassRow,
    ClassTable,
    heading,
    shown_label,
    shown_share,
)
from pytest_fitsproc.processing.visible_text import shortened

_WIDEST_LABEL = 80
_BAR_WIDTH, _BAR_HEIGHT = 240, 11

# pytest-html's page has 12 px Helvetica, grey text, and no rule for tables in the summary.
_STYLE = """
.fitsproc-classes { color: #222; margin: 12px 0; }
.fitsproc-classes h3 { font-size: 13px; color: black; margin: 16px 0 4px; overflow-wrap: anywhere; }
.fitsproc-classes table { border-collapse: collapse; }
.fitsproc-classes th { color: #666; font-weight: normal; text-align: left; }
.fitsproc-classes th, .fitsproc-classes td { padding: 3px 14px 3px 0; vertical-align: top; }
.fitsproc-classes tbody tr { border-top: 1px solid #e6e6e6; }
.fitsproc-classes .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.fitsproc-classes .label { max-width: 560px; overflow-wrap: anywhere; }
.fitsproc-classes summary { cursor: pointer; white-space: nowrap; }
.fitsproc-classes ul { list-style: none; margin: 4px 0 6px; padding-left: 14px; font-family: monospace; }
.fitsproc-classes p { color: #666; margin: 4px 0; }
.fitsproc-classes svg { display: block; margin-top: 1px; }
"""


def html_fragment(table: ClassTable, max_files: int = 100) -> str:
    """Return a table for each classifier, with bars and, folded, the first files of each class.

    Empty where nothing was classified. Every text of the archive is escaped; there are no scripts, no links
    and nothing is fetched.
    """
    if not table.classifiers:
        return ""
    tables = "".join(_classifier_html(table, classifier, max_files) for classifier in table.classifiers)
    return f'<div class="fitsproc-classes"><style>{_STYLE}</style>{tables}</div>'


def _classifier_html(table: ClassTable, classifier: str, max_files: int) -> str:
    rows = table.rows(classifier)
    body = "".join(
        _row_html(row, rows[0].count, table.files(classifier, row.label, max_files))
        for row in rows[:MOST_CLASSES]
    )
    return (
        f"<h3>{_text(heading(classifier, rows))}</h3><table><thead><tr>"
        '<th class="number">files</th><th class="number">share</th><th></th><th>class</th>'
        f"</tr></thead><tbody>{body}</tbody></table>{_shown_of(MOST_CLASSES, len(rows), 'classes')}"
    )


def _row_html(row: ClassRow, largest: int, files: list[str]) -> str:
    label = shortened(shown_label(row.label), _WIDEST_LABEL)
    return (
        f'<tr><td class="number">{row.count}</td><td class="number">{escape(shown_share(row.share))}</td>'
        f"<td>{_bar(row.count / largest)}</td>"
        f'<td class="label"><details><summary>{_text(label)}</summary>'
        f"<ul>{''.join(f'<li>{_text(file_id)}</li>' for file_id in files)}</ul>"
        f"{_shown_of(len(files), row.count, 'files')}</details></td></tr>"
    )


def _shown_of(shown: int, total: int, what: str) -> str:
    """Return the line that says how much is left out, and how to get it."""
    if shown >= total:
        return ""
    return f"<p>{shown} of {total} {what} shown; all of them: <code>{ALL_FILES_HINT}</code></p>"


def _bar(fraction: float) -> str:
    """Return a bar; the smallest class still has a trace."""
    length = max(round(fraction * _BAR_WIDTH, 1), 1)
    return (
        f'<svg width="{_BAR_WIDTH}" height="{_BAR_HEIGHT}" aria-hidden="true">'
        f'<rect width="{_BAR_WIDTH}" height="{_BAR_HEIGHT}" fill="#eef1f4"/>'
        f'<rect width="{length}" height="{_BAR_HEIGHT}" fill="#4c78a8"/></svg>'
    )


def _text(text: str) -> str:
    return escape(printable(text), quote=True)
