"""A mail server on a loopback port: it keeps what it takes, and refuses whom a test says."""

from __future__ import annotations

import socketserver
import threading
from email import message_from_bytes
from email.message import Message
from typing import cast


class Mailbox:
    """Takes letters for all but `refused`; `dropping`: hangs up instead of taking the next letter."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.refused: set[str] = set()
        self.dropping = False
        box = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                box.talk(self)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Talk)
        self.place = f"127.0.0.1:{cast('tuple[str, int]', self.server.server_address)[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def talk(self, line: socketserver.StreamRequestHandler) -> None:
        """Speak SMTP (RFC 5321), no more of it than a client needs."""
        line.wfile.write(b"220 essai\r\n")
        while words := line.rfile.readline().decode().strip():
            verb = words.upper()
            if verb.startswith("DATA"):
                if self.dropping:
                    return
                line.wfile.write(b"354 dites\r\n")
                body = b""
                while (row := line.rfile.readline()) != b".\r\n":
                    body += row
                self.letters.append(message_from_bytes(body))
                line.wfile.write(b"250 pris\r\n")
            elif verb.startswith("RCPT") and any(name in words for name in self.refused):
                line.wfile.write(b"550 inconnu\r\n")
            elif verb.startswith("QUIT"):
                line.wfile.write(b"221 adieu\r\n")
                return
            else:
                line.wfile.write(b"250 bien\r\n")

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()
