"""The real DaCHS of this machine, with a PostgreSQL of its own, which it needs even to list files."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
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
                (self.root / "etc" / profile).write_text("include dsn\nuser = gavo\npassword = none\n")

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


@contextmanager
def postgresql(folder: Path) -> Iterator[Path]:
    """Run a PostgreSQL server below a folder; yields the directory of its socket.

    Raises
    ------
    NotHereError
        It is not installed or does not start.
    """
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
        Path(found) for found in [shutil.which("initdb")] if found
    ]
    if not programs:
        raise NotHereError("PostgreSQL, which DaCHS needs, is not installed")
    server = _Server(programs[-1].parent, folder)
    server.start()
    try:
        yield folder
    finally:
        server.call("pg_ctl", "-D", str(folder / "db"), "-m", "immediate", "stop")


@dataclass(frozen=True)
class _Server:
    programs: Path
    folder: Path

    def start(self) -> None:
        self.folder.mkdir(parents=True)
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            os.chown(self.folder, pwd.getpwnam("postgres").pw_uid, -1)
        options = f"-k {self.folder} -h '' -F"
        self.call("initdb", "-D", str(self.folder / "db"), "-A", "trust", "-N", "-E", "UTF8", "--no-locale")
        self.call(
            "pg_ctl",
            "-D",
            str(self.folder / "db"),
            "-w",
            "-o",
            options,
            "-l",
            str(self.folder / "log"),
            "start",
        )
        sql = ["-c", "create database gavo", "-c", "create role gavo login superuser"]
        self.call("psql", "-h", str(self.folder), "-d", "postgres", *sql)

    def call(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if done.returncode:
            raise NotHereError(f"{program} of PostgreSQL, which DaCHS needs, ended with {done.returncode}")
