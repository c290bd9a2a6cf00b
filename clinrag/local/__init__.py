"""Everything on one machine: embedded servers, their supervisor, the demo.

For a laptop, a trial and the tests. A hospital gives `DATABASE_URL` and
`REDIS_URL` instead and needs nothing of this package.
"""
