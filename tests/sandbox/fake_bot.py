"""A child to supervise: answers 200 on /readyz at the address in TWOWAY_CONFIG, and dies as it is told.

`fake_bot.py db upgrade` ends at once; `run` serves. FAKE_PREPARE and FAKE_EXIT are exit codes.
"""

import http.server
import json
import os
import sys
import tomllib
from pathlib import Path


class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/die":
            os._exit(7)
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(body.get("challenge", "")).encode())

    def log_message(self, *ignored: object) -> None:
        pass


def main() -> None:
    config = tomllib.loads(Path(os.environ["TWOWAY_CONFIG"]).read_text(encoding="utf-8"))
    if sys.argv[1:] == ["db", "upgrade"]:
        print("the database is up to date", flush=True)
        sys.exit(int(os.environ.get("FAKE_PREPARE", "0")))
    if "FAKE_EXIT" in os.environ:
        print("something is wrong", flush=True)
        sys.exit(int(os.environ["FAKE_EXIT"]))
    host, port = config["service"]["listen"].split(":")
    print(f"serving, with {sorted(name for name in os.environ if name.startswith('SLACK_'))}", flush=True)
    http.server.HTTPServer((host, int(port)), Ready).serve_forever()


if __name__ == "__main__":
    main()
