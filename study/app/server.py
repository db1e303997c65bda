"""Serving the dashboard: on this machine only, behind a token, from files of this machine alone."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from pathlib import Path
from typing import Any

from traitlets.config import Config

from foundation.machine.causes import cause
from foundation.messages import Message
from scenarios import InputError, Problem
from study.plotting.theme import FONT

HERE = Path(__file__).parent
NOTEBOOK = HERE / "dashboard.ipynb"
HOST = "127.0.0.1"
EXTENSIONS = ["@voila-dashboards/widgets-manager8", "@jupyter-widgets/jupyterlab-manager", "anywidget"]
"""Programs that the page loads: whatever else is installed for JupyterLab stays out."""


ABANDONED = 300
"""Seconds after which the kernel of a page that is gone without a word is ended."""

WARM = 1
"""Pages made ahead, so that whoever opens the dashboard finds his already there."""


def serve(port: int, *, browser: bool, quiet: bool, say: Any) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    port : int
        0: any that is free.
    browser : bool
        Open the page.
    quiet : bool
        Log warnings only.
    say : callable
        Told the address with its token.

    Raises
    ------
    InputError
        The port is taken.
    """
    from tornado.ioloop import IOLoop  # noqa: PLC0415 - an optional extra
    from voila.app import Voila  # noqa: PLC0415
    from voila.request_info_handler import RequestInfoSocketHandler  # noqa: PLC0415
    from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler  # noqa: PLC0415

    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])
    token = secrets.token_hex(24)
    port = free_port(port)

    # a page that is closed cannot send the header against forgery; it names its kernel, which nobody can guess
    VoilaShutdownKernelHandler.check_xsrf_cookie = lambda _: None

    class Page(Voila):  # type: ignore[misc]
        def setup_template_dirs(self) -> None:
            super().setup_template_dirs()
            self.template_paths.insert(0, str(HERE / "template"))
            self.static_paths.append(str(FONT.parent))

        def init_handlers(self) -> list[Any]:
            """Leave out what tells a kernel of its request: it asks for no token, and our page tells it itself."""
            return [handler for handler in super().init_handlers() if handler[1] is not RequestInfoSocketHandler]

        def launch_browser(self) -> None:
            """Open the page made ahead: another one made beside it would be twice as slow."""
            if self.kernel_manager.notebook_data:
                super().launch_browser()
            else:
                IOLoop.current().call_later(0.1, self.launch_browser)

    page = Page.instance(config=settings(port, token, browser, quiet))
    page.initialize([str(NOTEBOOK)])
    say(f"http://{HOST}:{port}/?token={token}")
    page.start()


def settings(port: int, token: str, browser: bool, quiet: bool) -> Config:
    """Return how Voilà is to run.

    It listens to this machine alone, wants the token (or the cookie that the token is exchanged for) for the page and
    for its kernel, lets no page ask a kernel to execute text, and hands out no file but its own programs: what a
    person takes away comes through the page's kernel.
    """
    return Config(
        {
            "Voila": {
                "ip": HOST,
                "port": port,
                "port_retries": 0,
                "token": token,
                "open_browser": browser,
                "log_level": logging.WARNING if quiet else logging.INFO,
                "tornado_settings": {
                    "allow_remote_access": False,
                    "headers": {"Content-Security-Policy": POLICY},
                    "websocket_max_message_size": LARGEST_MESSAGE,
                },
                "root_dir": str(HERE),
            },
            "VoilaConfiguration": {
                "file_allowlist": [],
                "file_denylist": [".*"],
                "extension_allowlist": EXTENSIONS,
                "allow_template_override": "NO",
                "allow_theme_override": "NO",
                "show_tracebacks": False,
                "preheat_kernel": True,
                "default_pool_size": WARM,
            },
            "KernelManager": {"transport": "ipc"},
            "MappingKernelManager": {"cull_idle_timeout": ABANDONED, "cull_interval": 60, "cull_connected": False},
            "VoilaExecutor": {"timeout": 600},
            "ZMQChannelsWebsocketConnection": {"limit_rate": False},
        }
    )


LARGEST_MESSAGE = 64_000_000
"""Bytes that a page may send its kernel at once: a file that is dropped (`study.app.uploads`), and its name."""

POLICY = "frame-ancestors 'none'"


def free_port(wished: int) -> int:
    """Return a port of this machine that nobody listens to: the one wished for, or for 0 any.

    Raises
    ------
    InputError
        The port is taken, or no port at all.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wished))
        except (OSError, OverflowError) as error:
            why = Message("a port is a number from 0 to 65535") if isinstance(error, OverflowError) else cause(error)
            rule = Message("nothing can be served there: {value}", value=why)
            raise InputError(
                Problem("--port", wished, rule, Message("Name another; 0 takes any that is free."))
            ) from None
        return int(probe.getsockname()[1])
