"""Names Django's administration as ours; its colours come with our base template."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

admin.site.site_header = _("ClinRAG administration")
admin.site.site_title = "ClinRAG"
admin.site.index_title = _("Administration")
# Few models: the start page lists them, and tables get the width.
admin.site.enable_nav_sidebar = False
