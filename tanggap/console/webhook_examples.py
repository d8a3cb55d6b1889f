"""Programs that send a signed delivery, to be copied from the page of a webhook channel; a test runs them."""

from __future__ import annotations

CURL = r"""# TANGGAP_SECRET=whsec_…  (rahasia yang ditampilkan sekali)
BODY='{"platform":"web","external_id":"contoh-1","kind":"report",
 "text":"Lampu jalan mati di Jl. Melati","created_at":"2026-11-22T09:00:00+07:00"}'
ID="msg_$(date +%s)"; STAMP=$(date +%s)
KEY=$(printf %s "${TANGGAP_SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
SIGNATURE=$(printf %s "$ID.$STAMP.$BODY" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$KEY -binary | base64)
curl -sS -X POST "$URL" -H "content-type: application/json" -H "webhook-id: $ID" \
  -H "webhook-timestamp: $STAMP" -H "webhook-signature: v1,$SIGNATURE" --data-binary "$BODY"
"""

PYTHON = """import base64, hmac, json, os, time, urllib.request

secret = os.environ["TANGGAP_SECRET"]  # whsec_…
line = {"platform": "web", "external_id": "contoh-1", "kind": "report",
        "text": "Lampu jalan mati di Jl. Melati", "created_at": "2026-11-22T09:00:00+07:00"}
body, ident, stamp = json.dumps(line).encode(), f"msg_{time.time_ns()}", str(int(time.time()))
key = base64.b64decode(secret.removeprefix("whsec_"))
digest = hmac.digest(key, f"{ident}.{stamp}.".encode() + body, "sha256")
request = urllib.request.Request(URL, body, {
    "content-type": "application/json", "webhook-id": ident, "webhook-timestamp": stamp,
    "webhook-signature": "v1," + base64.b64encode(digest).decode()})
print(urllib.request.urlopen(request).status)
"""


def curl(url: str) -> str:
    """This will return the shell example for an address."""
    return f"URL='{url}'\n{CURL}"


def python(url: str) -> str:
    """This will return the Python example for an address."""
    return PYTHON.replace("URL,", f"{url!r},")
