"""Catches the mail of a development site: each message becomes a file that any mail program opens.

`python -m config.stack.mail DESCRIPTOR FOLDER`, where the descriptor is that of a listening socket.
"""

import asyncio
import re
import socket
import sys
from datetime import datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Folder:
    """An aiosmtpd handler that delivers into a folder, one `.eml` for each message."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        recipient = re.sub(r"[^\w.@+-]", "_", ",".join(envelope.rcpt_tos))[:80]
        path = self.folder / f"{datetime.now().astimezone():%Y-%m-%d_%H-%M-%S.%f}_{recipient}.eml"
        path.write_bytes(envelope.original_content or b"")
        return "250 OK"


async def catch(listener: socket.socket, folder: Path) -> None:
    handler = Folder(folder)
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(handler, enable_SMTPUTF8=True), sock=listener)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(catch(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])))
