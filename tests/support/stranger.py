"""A page of a foreign origin, in a real browser, that tries all it can on a server of this machine
and tells what came of it.
"""

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

PATIENCE_SECONDS = 120
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PAGE = """<!doctype html><meta charset="utf-8"><iframe name="target"></iframe><script>
const api = URL_OF_API, key = KEY, told = {};
const flow = JSON.stringify({name: "written-by-a-stranger"});
const json = {"Content-Type": "application/json"};
const authorized = {Authorization: "Basic " + btoa(key)};
async function attempt(name, url, options) {
  try {
    const answer = await fetch(url, options);
    told[name] = answer.type + " " + answer.status;
  } catch (error) { told[name] = "refused"; }
}
function listen(name) {
  return new Promise(done => {
    const socket = new WebSocket(api.replace("http", "ws") + "/events/" + name, "prefect");
    socket.onopen = () => socket.send(JSON.stringify({type: "auth", token: key}));
    socket.onmessage = () => { told[name] = "read"; done(); };
    socket.onclose = event => { told[name] ??= "closed " + event.code; done(); };
  });
}
function send_form() {
  const form = document.createElement("form");
  Object.assign(form, {method: "post", action: api + "/flows/", enctype: "text/plain",
    target: "target"});
  const field = document.createElement("input");
  Object.assign(field, {name: '{"name": "written-by-a-stranger", "tags": ["', value: '"]}'});
  form.append(field); document.body.append(form);
  return new Promise(done => {
    document.querySelector("iframe").onload = done; form.submit();
  });
}
(async () => {
  await attempt("own", "/", {});
  await attempt("read", api + "/admin/version", {headers: authorized});
  await attempt("health", api + "/health", {});
  await attempt("json", api + "/flows/",
    {method: "POST", body: flow, headers: {...json, ...authorized}});
  await attempt("blob", api + "/flows/",
    {method: "POST", body: new Blob([flow]), mode: "no-cors"});
  await attempt("credentials", api.replace("//", "//" + key + "@") + "/flows/",
    {method: "POST", body: new Blob([flow]), mode: "no-cors"});
  await listen("out"); await listen("in"); await send_form();
  await fetch("/", {method: "POST", body: JSON.stringify(told)});
})();
</script>"""


def tried(browser: str, api: str, key: str, profile: Path) -> dict[str, str]:
    """What a page on another port of this machine, which even knows the key, was told: an attempt
    and `refused`, or the kind of answer and its status.
    """
    page = _PAGE.replace("URL_OF_API", json.dumps(api)).replace("KEY", json.dumps(key))
    told: Queue[dict[str, str]] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(page.encode())

        def do_POST(self) -> None:
            told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is told."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # Another name and another port.
        address = f"http://localhost:{server.server_address[1]}/"
        process = subprocess.Popen(
            [browser, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-port=0", address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return told.get(timeout=PATIENCE_SECONDS)
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)
            server.shutdown()
