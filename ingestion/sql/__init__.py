"""SQL in files of its own, by name.

Promises: `read_sql(name)` is the text of `<name>.sql` beside this module. Will not:
fill in values; parameters are bound by the driver.
"""

from importlib.resources import files


def read_sql(name: str) -> str:
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
