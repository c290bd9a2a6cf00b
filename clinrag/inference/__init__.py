"""Getting a draft answer: from a model server, or by choosing sentences.

Promises: a draft is a claim with citations or an abstention, never loose text.
Does not check a draft against its sources; `clinrag.answering` does.
"""
