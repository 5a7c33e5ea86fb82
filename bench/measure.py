"""Runs a command and says on file descriptor 3 what it and its children took. Node does not tell this of its children."""
import json
import os
import sys
import time

began = time.monotonic()
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_CLOSE, 3)])
_, status, used = os.wait4(process, 0)
seconds = time.monotonic() - began
# Kibibytes on Linux, bytes on macOS.
scale = 1 if sys.platform == "darwin" else 1024
with os.fdopen(3, "w") as out:
    json.dump(
        {
            "exitCode": os.waitstatus_to_exitcode(status),
            "seconds": seconds,
            "cpuSeconds": used.ru_utime + used.ru_stime,
            "peakBytes": used.ru_maxrss * scale,
        },
        out,
    )
