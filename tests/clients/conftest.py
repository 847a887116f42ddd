from collections.abc import Iterator

import pytest

from tests.support.gateway import Gateway, serving_a_gateway


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serving_a_gateway(tmp_path_factory.mktemp("gateway")) as served:
        yield served
