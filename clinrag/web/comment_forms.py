"""What a reviewer may send about a change, checked for form only."""

from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

from clinrag.web.forms import PageForm
from ingestion.actions.comparing import COMMENT_LENGTH

SIDES: Final = (("", ""), ("old", _("before")), ("new", _("now")))
ANCHOR_LENGTH: Final = 40


class CommentForm(PageForm):
    """Words about a range; the script fills in the characters that were selected."""

    section = forms.CharField(max_length=ANCHOR_LENGTH)
    side = forms.ChoiceField(choices=SIDES, required=False)
    start = forms.IntegerField(min_value=0, required=False)
    end = forms.IntegerField(min_value=1, required=False)
    quote = forms.CharField(max_length=2_000, strip=True, required=False)
    text = forms.CharField(max_length=COMMENT_LENGTH)


class ReplyForm(PageForm):
    """Words in a thread; none when it is only settled."""

    text = forms.CharField(max_length=COMMENT_LENGTH, required=False)
