"""The grammars: how the text of a directive is read, and written again.

They stand in files by family, which are imported when the first of their directives is met: an
ordinary launch meets few of them.
"""

from __future__ import annotations

from runwrap.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from runwrap.properties.table import Directive
    from runwrap.units import Property

__all__ = ["GRAMMARS", "Grammar"]


class Grammar(Record):
    """One grammar.

    Attributes:
        reader: the function that reads, as ``"MODULE.NAME"`` in this package.
        expected: what it reads, in a few words; "" where the row's argument says that.
        writer: the function that writes, likewise.
    """

    __slots__ = ("expected", "reader", "writer")

    def __init__(self, reader: str, expected: str, writer: str = "writing.plain") -> None:
        """Keep the three."""
        self.reader = reader
        self.expected = expected
        self.writer = writer

    def read(self, directive: Directive, text: str) -> list[Property]:
        """Make properties of the *text* of a directive.

        Raises:
            InvalidValueError: the text is not of this grammar.
        """
        made: list[Property] = _function(self.reader)(directive, text)
        return made

    def write(self, directive: Directive, given: Property) -> list[str]:
        """Return the assignments ``NAME=VALUE`` that the property *given* comes from."""
        written: list[str] = _function(self.writer)(directive, given)
        return written


_FUNCTIONS: Final[dict[str, Any]] = {}


def _function(name: str) -> Any:
    """Return the function called *name*; import its module where that has not been done."""
    if name not in _FUNCTIONS:
        module_name, _, function_name = name.partition(".")
        module = __import__(f"runwrap.properties.{module_name}", fromlist=[function_name])
        _FUNCTIONS[name] = getattr(module, function_name)
    return _FUNCTIONS[name]


GRAMMARS: Final[dict[str, Grammar]] = {
    "action-exit-status": Grammar(
        "execution.action_exit_status", "an exit status from 0 to 255", "writing.minus_one_is_empty"
    ),
    "allow-or-deny-list": Grammar("lists.allow_or_deny_list", "", "lists.write_allow_or_deny_list"),
    "bind-paths": Grammar(
        "paths.bind_paths",
        "bind mounts, each SOURCE, SOURCE:DESTINATION or SOURCE:DESTINATION:norbind",
        "paths.write_bind_paths",
    ),
    "blockio-weight": Grammar(
        "resources.number_or_unset", "a weight from 10 to 1000", "resources.write_number_or_unset"
    ),
    "boolean": Grammar("scalars.boolean", "a boolean"),
    "boolean-or-ex-string": Grammar(
        "scalars.boolean_or_ex_string", "", "scalars.write_boolean_or_ex_string"
    ),
    "bpf-delegate": Grammar(
        "privileges.bpf_delegate", "names of what BPF can delegate, separated by commas, or any"
    ),
    "bpf-program": Grammar(
        "resources.bpf_program", "TYPE:PATH of a pinned BPF program", "resources.write_bpf_program"
    ),
    "capabilities": Grammar(
        "privileges.capabilities",
        "capabilities such as CAP_NET_ADMIN, ~ before the first to deny them",
        "privileges.write_capabilities",
    ),
    "cg-cpu-weight-parse": Grammar(
        "scalars.weight", "a weight from 1 to 10000, or idle", "scalars.write_weight"
    ),
    "cg-weight-parse": Grammar(
        "scalars.weight", "a weight from 1 to 10000", "scalars.write_weight"
    ),
    "command-line": Grammar(
        "commands.command_line",
        "a command, with @, |, -, : and one of +, ! and !! before it as prefixes",
        "commands.write_command_line",
    ),
    "coredump-filter-mask": Grammar(
        "processors.coredump_filter",
        "kinds of memory mappings, or a hexadecimal mask",
        "processors.write_coredump_filter",
    ),
    "cpu-affinity": Grammar(
        "processors.cpu_affinity", "processors such as 0-3,5, or numa", "processors.write_cpu_set"
    ),
    "condition": Grammar(
        "conditions.condition",
        'a parameter, with "|" before it to trigger, "!" to negate',
        "conditions.write_condition",
    ),
    "cpu-quota": Grammar(
        "scalars.cpu_quota", "a percentage of one CPU's time", "scalars.write_cpu_quota"
    ),
    "cpu-set": Grammar(
        "processors.cpu_set", "numbers and ranges such as 0-3,5", "processors.write_cpu_set"
    ),
    "cpu-shares": Grammar(
        "resources.number_or_unset", "a number from 2 to 262144", "resources.write_number_or_unset"
    ),
    "delegate": Grammar(
        "resources.delegate", "a boolean, or the names of controllers", "resources.write_delegate"
    ),
    "device-allow": Grammar(
        "resources.device_allow",
        "a device node or group, and r, w and m for what is allowed",
        "resources.write_device_allow",
    ),
    "device-and-size": Grammar(
        "resources.device_and_size",
        "a path, and a number per second with K, M, G, T, P or E for powers of 1000",
        "resources.write_device_and_number",
    ),
    "directory": Grammar(
        "paths.directory",
        "relative paths, each DIRECTORY, DIRECTORY:SYMLINK or DIRECTORY:SYMLINK:ro",
        "paths.write_directory",
    ),
    "environment-files": Grammar(
        "streams.environment_files",
        "an absolute path, - before it to ignore a failure",
        "streams.write_environment_files",
    ),
    "exit-status": Grammar(
        "execution.exit_status", "exit statuses and signals", "execution.write_exit_status"
    ),
    "extension-images": Grammar(
        "images.extension_images",
        "disk images, each IMAGE, IMAGE:OPTIONS or IMAGE:PARTITION:OPTIONS",
        "images.write_extension_images",
    ),
    "image-policy": Grammar(
        "images.image_policy", "rules PARTITION=FLAG+FLAG with : between them, or *, - or ~"
    ),
    "import-credential": Grammar(
        "credentials.import_credential",
        "a credential's name, or its beginning and *; with :NAME after it to rename",
        "credentials.write_pairs",
    ),
    "integer": Grammar("scalars.integer", "a number"),
    "io-device-latency": Grammar(
        "resources.io_device_latency", "a path and a time span", "resources.write_io_device_latency"
    ),
    "io-device-weight": Grammar(
        "resources.io_device_weight", "a path and a weight", "resources.write_device_and_number"
    ),
    "ioprio-class": Grammar(
        "execution.ioprio_class", "none, realtime, best-effort, idle or 0 to 3"
    ),
    "ioprio-priority": Grammar("execution.ioprio_priority", "a priority from 0 to 7"),
    "ip-filter-path": Grammar(
        "resources.ip_filter_path",
        "the absolute path of a pinned BPF program",
        "resources.write_ip_filter_path",
    ),
    "ip-prefix-list": Grammar(
        "network.ip_prefix_list",
        "IP addresses and prefixes, any, localhost, link-local or multicast",
        "network.write_ip_prefix_list",
    ),
    "ip-protocol": Grammar(
        "sockets.ip_protocol", "udplite, sctp or mptcp", "sockets.write_ip_protocol"
    ),
    "ip-tos": Grammar("sockets.ip_tos", "low-delay, throughput, reliability, low-cost or 0 to 255"),
    "listen-address": Grammar(
        "sockets.listen_address",
        "what to listen on: an address, a path or a name",
        "sockets.write_listen_address",
    ),
    "load-credential": Grammar(
        "credentials.load_credential", "NAME, NAME:PATH or NAME:NAME", "credentials.write_pairs"
    ),
    "log-extra-fields": Grammar(
        "streams.log_extra_fields", "a journal field, FIELD=VALUE", "streams.write_log_extra_fields"
    ),
    "log-facility-unshifted": Grammar(
        "execution.log_facility", "a syslog facility, by name or number"
    ),
    "log-filter-patterns": Grammar(
        "streams.log_filter_patterns",
        "a regular expression, ~ before it to drop what it finds",
        "streams.write_log_filter_patterns",
    ),
    "log-level": Grammar("execution.log_level", "a syslog level, by name or number"),
    "mount-images": Grammar(
        "images.mount_images",
        "disk images, each IMAGE:DESTINATION, with :OPTIONS or :PARTITION:OPTIONS after it",
        "images.write_mount_images",
    ),
    "mount-propagation-flag": Grammar(
        "privileges.mount_propagation",
        "shared, slave or private",
        "privileges.write_mount_propagation",
    ),
    "mpol": Grammar(
        "processors.memory_policy",
        "a memory policy such as preferred or bind",
        "processors.write_memory_policy",
    ),
    "namespace-list": Grammar(
        "privileges.namespaces",
        "a boolean, or kinds of namespaces, ~ before the first to mean all others",
        "privileges.write_namespaces",
    ),
    "nft-set": Grammar(
        "resources.nft_set", "sets of nftables, SOURCE:FAMILY:TABLE:SET", "resources.write_nft_set"
    ),
    "nice": Grammar("execution.nice", "a nice level from -20 to 19"),
    "nsec": Grammar(
        "scalars.nsec", "a time span, in nanoseconds without a unit", "scalars.write_nsec"
    ),
    "numa-mask": Grammar(
        "processors.numa_mask", "memory nodes such as 0-3,5, or all", "processors.write_cpu_set"
    ),
    "octal-mode": Grammar("scalars.octal_mode", "an octal access mode", "scalars.write_octal_mode"),
    "oomd-duration": Grammar(
        "resources.oomd_duration", "a time span of at least 1s", "resources.write_oomd_duration"
    ),
    "open-file": Grammar(
        "paths.open_file",
        "a file to open, PATH, PATH:NAME or PATH:NAME:OPTIONS",
        "paths.write_open_file",
    ),
    "path-list": Grammar("paths.path_list", "", "paths.write_path_list"),
    "permyriad": Grammar(
        "scalars.permyriad", "a percentage from 0% to 100%", "scalars.write_scale"
    ),
    "plain-command-line": Grammar(
        "commands.plain_command_line",
        "a command, with - and @ before it as prefixes",
        "commands.write_command_line",
    ),
    "plain-directory": Grammar("paths.plain_directory", "relative paths", "lists.write_words"),
    "protect-hostname": Grammar(
        "privileges.protect_hostname",
        "a boolean or private, with :HOSTNAME after it to set one",
        "privileges.write_protect_hostname",
    ),
    "quota-directory": Grammar(
        "paths.quota_directory",
        "a size in bytes with K, M, G, T, P or E, a percentage, or off",
        "paths.write_quota_directory",
    ),
    "refresh-on-reload": Grammar(
        "images.refresh_on_reload",
        "a boolean, or extensions and credentials, ~ before them to take them away",
        "images.write_refresh_on_reload",
    ),
    "refused": Grammar(
        "refused.refused", "nothing that a service manager takes for a transient unit"
    ),
    "resource-limit": Grammar(
        "execution.resource_limit", "LIMIT or SOFT:HARD, infinity for none", "execution.write_limit"
    ),
    "root-hash": Grammar(
        "images.root_hash", "a hash in hexadecimal, or an absolute path", "images.write_root_hash"
    ),
    "root-hash-signature": Grammar(
        "images.root_hash_signature",
        "base64:SIGNATURE, or an absolute path",
        "images.write_root_hash_signature",
    ),
    "root-image-options": Grammar(
        "images.root_image_options",
        "mount options, each OPTIONS or PARTITION:OPTIONS",
        "images.write_root_image_options",
    ),
    "sched-policy": Grammar("execution.sched_policy", "other, batch, idle, fifo or rr"),
    "seccomp-errno-or-action": Grammar(
        "privileges.filter_error",
        "an error by name, a number from 1 to 4094, or kill",
        "privileges.write_filter_error",
    ),
    "secure-bits": Grammar(
        "privileges.secure_bits",
        "secure bits such as noroot and keep-caps",
        "privileges.write_secure_bits",
    ),
    "set-credential": Grammar(
        "credentials.set_credential", "NAME:VALUE", "credentials.write_set_credential"
    ),
    "signal": Grammar("execution.signal", "a signal, by name or number"),
    "size": Grammar("scalars.size", "a size in bytes, with K, M, G, T, P or E"),
    "size-or-percent-or-infinity": Grammar(
        "scalars.size_or_percent_or_infinity",
        "a size in bytes with K, M, G, T, P or E, a percentage, or infinity",
        "scalars.write_size_or_percent_or_infinity",
    ),
    "smack-label": Grammar("sockets.smack_label", "a Smack label"),
    "socket-filter": Grammar(
        "resources.socket_filter",
        "any, or FAMILY:PROTOCOL:PORTS, such as ipv4:tcp:80-90",
        "resources.write_socket_filter",
    ),
    "standard-input-data": Grammar(
        "streams.standard_input_data", "data in Base64", "streams.write_standard_input_data"
    ),
    "standard-input-text": Grammar(
        "streams.standard_input_text",
        "a line of text, with escape sequences such as \\n",
        "streams.write_standard_input_text",
    ),
    "standard-inputs": Grammar(
        "streams.standard_stream",
        "null, tty, file:PATH, fd:NAME or another of its kind",
        "streams.write_standard_stream",
    ),
    "markers": Grammar("lists.markers", "", "lists.write_markers"),
    "string": Grammar("lists.string", ""),
    "string-list": Grammar("lists.string_list", "", "lists.write_words"),
    "string-with-ignore": Grammar(
        "lists.string_with_ignore",
        "a text, - before it to ignore a failure",
        "lists.write_string_with_ignore",
    ),
    "strv-colon": Grammar(
        "paths.search_path", "absolute paths with : between them", "paths.write_search_path"
    ),
    "strv-cunescape": Grammar("lists.strv_cunescape", "", "lists.write_escaped_words"),
    "temporary-file-system": Grammar(
        "paths.temporary_file_system",
        "absolute paths, each PATH or PATH:OPTIONS",
        "paths.write_temporary_file_system",
    ),
    "timeout-sec": Grammar("scalars.timeout_sec", "a time span", "scalars.write_timespan"),
    "timer-calendar": Grammar("timers.timer_calendar", "a calendar event", "timers.write_calendar"),
    "timer-monotonic": Grammar("timers.timer_monotonic", "a time span", "timers.write_monotonic"),
    "timespan": Grammar("scalars.timespan", "a time span", "scalars.write_timespan"),
    "timespan-or-infinity": Grammar(
        "scalars.timespan_or_infinity", "a time span, or infinity", "scalars.write_timespan"
    ),
    "unsigned": Grammar("scalars.unsigned", "a number"),
    "xattr": Grammar(
        "sockets.xattr", "an extended attribute, user.NAME=VALUE", "sockets.write_xattr"
    ),
}
"""The grammars by the name that the table calls them."""
