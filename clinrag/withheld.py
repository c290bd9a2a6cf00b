"""How the web server tells the pages that it kept a body from them, and why.

The key of the ASGI scope under which the refusal's code stands. The interface and
the pages both know it and do not know each other.
"""

from typing import Final

WITHHELD_BODY: Final = "clinrag.withheld_body"
