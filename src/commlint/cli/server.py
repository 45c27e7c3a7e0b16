"""`commlint server`."""

from __future__ import annotations

from importlib.util import find_spec

import click

from commlint.errors import CommlintError


@click.command(short_help="Serve an editor: findings while one types (the Language Server Protocol).")
@click.option("--stdio", is_flag=True, help="Speak over standard input and output, which is what it always does.")
def server(*, stdio: bool) -> int:  # noqa: ARG001 - many editors pass it to every server
    """Serve an editor over standard input and output in the Language Server Protocol.

    It shows findings in all files that they concern while one types, explains them, mends and ignores them, says at
    endpoints what they ask of other services, and leads from a call to the code that answers it. Needs the extra `lsp`:
    `pip install 'commlint[lsp]'`. How to set up editors is told in docs/editors.md.
    """
    if find_spec("pygls") is None:
        raise CommlintError("the language server needs pygls: `pip install 'commlint[lsp]'`")

    from commlint.lsp.server import serve  # noqa: PLC0415 - only this command needs pygls

    return serve()
