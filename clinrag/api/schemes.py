"""The two ways in, as OpenAPI describes them."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from clinrag.api.authentication import (
    SCHEME,
    ApiKeyAuthentication,
    PersonAuthentication,
)


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the key to OpenAPI."""

    target_class = ApiKeyAuthentication
    name = "key"

    def get_security_definition(
        self,
        auto_schema: AutoSchema,  # noqa: ARG002
    ) -> dict[str, object]:
        return {
            "type": "http",
            "scheme": SCHEME,
            "description": "An API key: its scopes are the permissions.",
        }


class PersonScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the session to OpenAPI."""

    target_class = PersonAuthentication
    name = "session"

    def get_security_definition(
        self,
        auto_schema: AutoSchema,  # noqa: ARG002
    ) -> dict[str, object]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A person's session; unsafe methods need X-CSRFToken.",
        }
