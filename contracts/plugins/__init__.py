"""What ties the suite to pytest: options, hooks, and what leaves the process.

Only these modules, `contracts.pytest_service` and conftest files import pytest.
Start with `options`.
"""
