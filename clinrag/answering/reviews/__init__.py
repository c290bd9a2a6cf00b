"""What people say of an answer afterwards: feedback, review, annotation, override.

Promises: each is a new record with its ledger entry; the answer is never rewritten.
What somebody wrote is sealed beside the entry and read on record like the answer.
"""
