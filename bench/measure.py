# Runs a command and prints its seconds, those of processors that it used, and its largest resident set in bytes.
import resource
import subprocess
import sys
import time

started = time.monotonic()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
seconds = time.monotonic() - started
if code.returncode != 0:
    sys.exit(code.stderr.decode() or f"ended with {code.returncode}")
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)
