"""A private server of PostgreSQL with DaCHS' table of products, on a socket in a temporary directory."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: What DaCHS' //products makes, as psql shows it.
LAYOUT = """
create schema dc;
create table dc.products (accref text primary key, owner text, embargo date, mime text,
    accessPath text not null, sourceTable text not null, preview text, datalink text, preview_mime text);
create index products_sourcetable on dc.products (sourcetable);
create schema potsdam;
create table potsdam.main (accref text, owner text, embargo date, mime text, accsize bigint);
"""


def server_programs() -> Path | None:
    """The directory with initdb and pg_ctl, None where there is no server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@dataclass(frozen=True)
class PostgresServer:
    """A server that runs; the superuser is ``fitsproc``, and everybody may connect."""

    programs: Path
    directory: Path

    def url(self, user: str = "fitsproc", password: str = "") -> str:
        login = f"{user}:{password}" if password else user
        return f"postgresql://{login}@/postgres?host={self.directory}"

    def execute(self, *statements: str, many: list[tuple[Any, ...]] | None = None) -> None:
        """Run statements, the last for each of many rows."""
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            if many is not None:
                connection.cursor().executemany(statements[-1], many)
                return
            for statement in statements:
                connection.execute(statement)

    def reset(self) -> None:
        """Make DaCHS' empty tables."""
        self.execute("drop schema if exists dc cascade", "drop schema if exists potsdam cascade", LAYOUT)

    def start(self) -> None:
        options = f"-k {self.directory} -c listen_addresses='' -c fsync=off"
        self._control("start", "-w", "-t", "60", "-l", f"{self.directory}/log", "-o", options)

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")

    def disconnect_all(self) -> None:
        """End the sessions of all clients."""
        self.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where pid <> pg_backend_pid() and backend_type = 'client backend'"
        )

    def sessions(self) -> int:
        """How many clients are connected, this one not counted."""
        import psycopg

        with psycopg.connect(self.url()) as connection:
            row = connection.execute(
                "select count(*) from pg_stat_activity"
                " where pid <> pg_backend_pid() and backend_type = 'client backend'"
            ).fetchone()
        assert row is not None
        return int(row[0])

    def create(self) -> None:
        arguments = f"-D {self.directory}/data -U fitsproc -A trust -E UTF8 --locale=C.UTF-8 --no-sync"
        _run_as_server(self.directory, [str(self.programs / "initdb"), *arguments.split()])

    def _control(self, *arguments: str) -> None:
        command = [str(self.programs / "pg_ctl"), "-D", f"{self.directory}/data", *arguments]
        _run_as_server(self.directory, command)


@contextmanager
def running_server(programs: Path) -> Iterator[PostgresServer]:
    """A server in a new directory, which is removed with it."""
    # The path of a socket has room for a hundred characters; pytest's directories are longer.
    directory = Path(tempfile.mkdtemp(prefix="fitsproc-pg-"))
    if os.getuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(directory, account.pw_uid, account.pw_gid)
    directory.chmod(0o755)
    server = PostgresServer(programs, directory)
    try:
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory)


def _run_as_server(directory: Path, command: list[str]) -> None:
    """Run a program of the server, which refuses to be run by root."""
    if os.getuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    # The server keeps the streams that it is started with.
    with (directory / "output").open("ab") as output:
        done = subprocess.run(command, stdout=output, stderr=output, cwd=directory, timeout=120)
    assert done.returncode == 0, (directory / "output").read_text()
