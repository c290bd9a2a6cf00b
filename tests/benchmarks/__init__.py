"""Benchmarks: ratios against a limit measured in the same run.

`make bench` runs them all; `python -m tests.benchmarks ledger` runs one. They use
durable commits (the tests do not) and print what they ran on. A figure is only
comparable with another of the same run.
"""
