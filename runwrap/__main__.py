"""``python -m runwrap``, and the command ``runwrap``."""

import signal
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Run the command line in ``sys.argv`` and exit; see `runwrap.cli.main.main`."""
    # Until something is started, Ctrl-C just ends the process, also while modules are loaded.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from runwrap.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
