"""What wraps keys in this deployment: one wrapper for new keys, all for old ones."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from audit.errors import DeploymentKeyMissing
from audit.sealing.wrappers.file import FileWrapper, read_file
from audit.sealing.wrappers.shape import KeyWrapper, Wrapped
from audit.sealing.wrappers.transit import PREFIX, TransitWrapper

__all__ = ["FileWrapper", "KeyWrapper", "TransitWrapper", "Wrapped", "key_wrapper"]


@dataclass(frozen=True, slots=True)
class MovingWrapper:
    """Wraps with one, and unwraps what either wrapped: for the move between them."""

    newest: KeyWrapper
    transit: TransitWrapper

    def wrap(self, key: bytes, *, key_id: UUID) -> Wrapped:
        return self.newest.wrap(key, key_id=key_id)

    def unwrap(self, wrapped: Wrapped, *, key_id: UUID) -> bytes:
        wrapper = self.transit if wrapped.name.startswith(PREFIX) else _file()
        return wrapper.unwrap(wrapped, key_id=key_id)

    def newest_name(self) -> str:
        return self.newest.newest_name()

    def check(self) -> None:
        self.newest.check()


def key_wrapper() -> KeyWrapper:
    """As the settings say. Raises DeploymentKeyMissing if a file cannot be read."""
    if not settings.CLINRAG_TRANSIT_URL:
        if settings.CLINRAG_KEY_WRAPPER == "transit":
            raise DeploymentKeyMissing("CLINRAG_TRANSIT_URL is empty")
        return _file()
    transit = _transit()
    is_newest = settings.CLINRAG_KEY_WRAPPER == "transit"
    return MovingWrapper(transit if is_newest else _file(), transit)


def _transit() -> TransitWrapper:
    return TransitWrapper(
        url=settings.CLINRAG_TRANSIT_URL,
        mount=settings.CLINRAG_TRANSIT_MOUNT,
        key=settings.CLINRAG_TRANSIT_KEY,
        token_file=settings.CLINRAG_TRANSIT_TOKEN_FILE,
        timeout_seconds=settings.CLINRAG_TRANSIT_TIMEOUT_SECONDS,
    )


def _file() -> FileWrapper:
    return read_file(settings.CLINRAG_DEPLOYMENT_KEY_FILE)
