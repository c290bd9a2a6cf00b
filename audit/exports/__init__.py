"""Evidence that leaves: packages that verify alone, lists, an answer as FHIR or PROV.

Promises that a package holds the exact bytes of its entries with a proof for each, that
two people agreed to it, and that every sealed text in it was recorded as read before it
was opened. Does not promise that a package is all there is: what was asked for, and up
to which signed entry, stands in it.
"""
