"""Why everything on one machine could not be brought up."""


class LocalError(Exception):
    """The local set-up could not be brought up."""

    code = "local_error"


class ServerDidNotStart(LocalError):
    """An embedded server did not become ready; its log says why."""

    code = "server_did_not_start"


class OtherMajorVersion(LocalError):
    """The data directory was made by another major version of PostgreSQL."""

    code = "other_major_version"


class AddressMissing(LocalError):
    """A database of the operator's own was named, but not for every role."""

    code = "address_missing"


class AlreadyRunning(LocalError):
    """Another supervisor is using this data directory."""

    code = "already_running"


class UnsafeDirectory(LocalError):
    """A directory that must be private belongs to somebody else."""

    code = "unsafe_directory"


class DemoFellShort(LocalError):
    """The demo ran, but not everything it shows came out as it must."""

    code = "demo_fell_short"
