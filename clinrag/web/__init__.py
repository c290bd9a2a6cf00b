"""Pages for people: the audit administration and the versioning screens.

Promises: rendered on the server, no script or style from elsewhere, readable
without JavaScript, every page behind a named permission. Will not: decide
anything about documents or answers; that is asked of the packages below.
"""
