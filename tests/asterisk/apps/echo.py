"""What a desk phone hears, it says: RTP that comes is counted and sent back."""

import socket
import threading
from typing import Self


class Echo:
    """Listens on ``port`` of 127.0.0.1 until the end of the block."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.1)
        self.port: int = self._socket.getsockname()[1]
        self.packets = 0
        self._open = True
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while self._open:
            try:
                packet, sender = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            self.packets += 1
            self._socket.sendto(packet, sender)
