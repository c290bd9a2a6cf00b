"""Running an answer again: stage by stage from its record, and as it would come today.

Promises: every stage is run by the functions that answered, from what the record holds
of the stage before, and compared; nothing is stored as an answer. Will not: ask a model
server unless told to, or say that a stage is the same that was not run.
"""
