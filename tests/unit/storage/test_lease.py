import asyncio
import sys
from pathlib import Path

import pytest

from answerable.core.errors import Conflict
from answerable.storage.lease import Lease

_HOLD = """
import asyncio, sys
from pathlib import Path
from answerable.storage.lease import Lease

async def main():
    async with Lease(Path(sys.argv[1])).hold():
        print("held", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_it_is_free_again_after_use(tmp_path: Path) -> None:
    lease = Lease(tmp_path / "l")
    async with lease.hold(0):
        pass
    async with lease.try_hold() as held:
        assert held


async def test_a_task_of_this_process_does_not_get_it_twice(tmp_path: Path) -> None:
    lease = Lease(tmp_path / "l")
    async with lease.hold(0), lease.try_hold() as held:
        assert not held


async def test_another_process_gets_an_error_that_names_the_holder(tmp_path: Path) -> None:
    path = tmp_path / "l"
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", _HOLD, str(path), stdout=asyncio.subprocess.PIPE)
    assert other.stdout is not None
    await other.stdout.readline()
    with pytest.raises(Conflict, match=str(other.pid)):
        async with Lease(path).hold(0):
            pass
    other.kill()
    await other.communicate()  # to the end of its pipe: one that is left open warns in another test
    async with Lease(path).try_hold() as held:
        assert held, "the kernel frees the lease of a process that was killed"
