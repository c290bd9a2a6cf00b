"""Documents, their editions and the one door to searchable text.

Promises: an edition's content never changes after it is received; its author and
its approver are two people; no two editions of a document are in force at once.
Will not: answer questions, know who is asking, or speak HTTP.
"""
