"""Addresses: the REST interface, the administration, the pages."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("clinrag.api.urls")),
    path("admin/", admin.site.urls),
    path("", include("clinrag.web.urls")),
]

handler400 = "clinrag.web.errors.bad_request"
handler403 = "clinrag.web.errors.forbidden"
handler404 = "clinrag.web.errors.not_found"
handler500 = "clinrag.web.errors.server_error"
