"""An option of a processor class that is given or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optparse import OptionParser


def add_switch(parser: OptionParser, name: str, attribute: str, text: str, *, default: bool = False) -> None:
    """Declare a switch without an argument.

    Parameters
    ----------
    parser : of the processor
    name : as it is written, with its hyphens
    attribute : of the options; it is `default`, or the opposite where the switch is given
    text : for ``--help``
    """
    action = "store_false" if default else "store_true"
    parser.add_option(name, action=action, dest=attribute, default=default, help=text)
