"""An ASGI application on uvicorn, on the loopback interface."""

import socket
import threading
from contextlib import contextmanager
from typing import Any, Iterator

import uvicorn

from baton_testing.loopback import HOST, TIMEOUT


@contextmanager
def asgi_server(app: Any) -> Iterator[str]:
    """Serve within a `with` block; yield the server's URL, without a slash at the end."""
    config = uvicorn.Config(app, log_level="critical", lifespan="off", backlog=256)
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        # Requests wait in the backlog until the server has started.
        listener.listen(256)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield "http://{}:{}".format(*listener.getsockname())
        finally:
            server.should_exit = True
            thread.join(TIMEOUT)
