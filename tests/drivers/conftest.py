import pytest

pytest.register_assert_rewrite("provisioner.testing")
