"""The real DaCHS of this machine; it needs a PostgreSQL even to list files."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

PYTHON = "/usr/bin/python3"


class NotHereError(Exception):
    """Something that DaCHS needs is missing; the text says what."""


@dataclass(frozen=True)
class Dachs:
    """DaCHS, configured for one inputs directory.

    Attributes
    ----------
    root : DaCHS' rootDir
    inputs : the inputs directory
    """

    root: Path
    inputs: Path

    @property
    def environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "GAVOSETTINGS": str(self.root / "gavo.rc"),
            "GAVOCUSTOM": str(self.root / "none"),
            "GAVO_INPUTSDIR": str(self.inputs),
            "HOME": str(self.root),
        }

    def configure(self, socket: Path | None = None) -> None:
        """Write DaCHS' configuration."""
        (self.root / "etc").mkdir(parents=True, exist_ok=True)
        (self.root / "gavo.rc").write_text(f"[general]\nrootDir: {self.root}\n")
        if socket is not None:
            (self.root / "etc" / "dsn").write_text(f"host = {socket}\ndatabase = gavo\n")
            for profile in ("trustedquery", "untrustedquery", "feed", "admin"):
                (self.root / "etc" / profile).write_text("include dsn\nuser = fitsproc\npassword = none\n")

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs DaCHS' interpreter."""
        return [PYTHON, "-W", "ignore", *arguments]


def require_dachs() -> None:
    """Check that DaCHS can be imported.

    Raises
    ------
    NotHereError
        It can't.
    """
    if (
        not Path(PYTHON).exists()
        or subprocess.run([PYTHON, "-c", "import gavo"], capture_output=True).returncode
    ):
        raise NotHereError(f"{PYTHON} has no DaCHS (gavo)")
