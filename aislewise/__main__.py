"""`python -m aislewise` is `aislewise`."""

from aislewise.cli import main

main()
