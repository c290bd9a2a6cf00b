"""Finding the passages in force that bear on a question.

Promises: only text in force at the asked moment, in the given collections, is
searched; the search is exact and its order total. Does not decide whether the
passages found suffice for an answer.
"""
