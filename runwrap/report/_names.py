"""Names of exit statuses and signals, as systemd's own tools show them."""

from __future__ import annotations

import signal

from runwrap.exit_statuses import EXIT_STATUS_NAMES

__all__ = ["exit_status_name", "signal_name", "status_name"]


def exit_status_name(status: int) -> str | None:
    """Return the name of an exit status, such as ``"NOPERMISSION"`` for 4.

    Args:
        status: the exit status of a process, 0 to 255.

    Returns:
        The name without the ``EXIT_`` that the manual puts before it, or None for a status
        without a name (systemd-analyze(1), exit-status).
    """
    return EXIT_STATUS_NAMES.get(status)


def signal_name(number: int) -> str | None:
    """Return the name of a signal, such as ``"KILL"`` for 9.

    Args:
        number: the number of a signal on this machine.

    Returns:
        The name without ``SIG``; real-time signals count from the first as in ``"RTMIN+3"``
        (signal(7), Real-time signals); None for a number that is no signal or that the C
        library keeps to itself.
    """
    if signal.SIGRTMIN <= number <= signal.SIGRTMAX:
        return f"RTMIN+{number - signal.SIGRTMIN}"
    try:
        return signal.Signals(number).name.removeprefix("SIG")
    except ValueError:
        return None


def status_name(code: str | None, status: int | None) -> str | None:
    """Return the name of how a main process ended.

    Args:
        code: ``exited``, ``killed``, ``dumped``, or None where no process was started.
        status: an exit status for ``exited``, a signal's number otherwise, or None.

    Returns:
        The name of the exit status or of the signal, or None where it has none.
    """
    if status is None or code is None:
        return None
    return exit_status_name(status) if code == "exited" else signal_name(status)
