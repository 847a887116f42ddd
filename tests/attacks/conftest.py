from collections.abc import Iterator

import pytest

from tests.support.guarded import Guarded, serving_with_accounts


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with serving_with_accounts(tmp_path_factory.mktemp("guarded")) as served:
        yield served
