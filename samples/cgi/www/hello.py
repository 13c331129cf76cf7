import os
import platform
import sys
from urllib.parse import parse_qs

name = parse_qs(os.environ.get("QUERY_STRING", "")).get("name", ["stranger"])[0]
body = sys.stdin.buffer.read(int(os.environ.get("CONTENT_LENGTH", "0")))

print("Content-Type: text/plain\n")
print(f"{os.environ['GREETING']} from Python {platform.python_version()}, {name}")
print(f"method {os.environ['REQUEST_METHOD']}, body of {len(body)} bytes")
