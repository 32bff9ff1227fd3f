"""Addresses that lead inside, or try to: what somebody may hand in as his push service."""

from __future__ import annotations

#: Names, and what the resolver says of them.
NAMES = {
    "localhost": ["127.0.0.1"],
    "localtest.example.com": ["127.0.0.1"],
    "mixed.example.com": ["93.184.216.34", "127.0.0.1"],
    "six.example.com": ["::1"],
    "mapped.example.com": ["::ffff:127.0.0.1"],
    "compatible.example.com": ["::127.0.0.1"],
    "nat64.example.com": ["64:ff9b::7f00:1"],
    "sixtofour.example.com": ["2002:7f00:1::"],
    "teredo.example.com": ["2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "private.example.com": ["10.0.0.7"],
    "router.example.com": ["192.168.1.1"],
    "cloud.example.com": ["169.254.169.254"],
    "zone.example.com": ["fe80::1%1"],
    "all.example.com": ["0.0.0.0"],  # noqa: S104
}
#: `{port}` is a listener of this machine, on a port that the rules allow.
LITERALS = (
    *("127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "0", "10.0.0.1", "10.1"),
    "0.0.0.0",  # noqa: S104
    *("100.64.0.1", "100.100.100.200", "169.254.169.254", "172.16.0.1", "172.31.255.255"),
    *("192.0.0.1", "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1"),
    *("203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("2130706433", "017700000001", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "0177.1"),
    *("127.0.0.0x1", "127.0.0.01", "①②⑦.0.0.1", "１２７.０.０.１", "127。0。0。1"),
    *("127.0.0.1.", "localhost.", "127.0.0.1%00", "127.0.0.1%2f", "%31%32%37.0.0.1"),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::ffff:0:1]"),
    *("[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:db8::1]"),
    *("[2001::1]", "[100::1]", "[fc00::1]", "[fd00:ec2::254]", "[fe80::1]", "[fe80::1%25lo]"),
    *("[fec0::1]", "[ff02::1]", "[3fff::1]", "[5f00::1]", "[::1%25lo]", "[0:0:0:0:0:0:0:1]"),
    *NAMES,
)
WHOLE = (
    "https://fcm.googleapis.com@127.0.0.1:{port}/",
    "https://fcm.googleapis.com:443@127.0.0.1:{port}/",
    "https://user:secret@fcm.googleapis.com/",
    "https://@fcm.googleapis.com/",
    "https://127.0.0.1:{port}#@fcm.googleapis.com/",
    "https://127.0.0.1:{port}\\@fcm.googleapis.com/",
    "https://127.0.0.1:{port}?.fcm.googleapis.com/",
    "https://fcm.googleapis.com:0/",
    "https://fcm.googleapis.com:/",
    "https://fcm.googleapis.com:22/",
    "https://fcm.googleapis.com:65536/",
    "https://fcm.googleapis.com:-1/",
    "https://fcm.googleapis.com:4３3/",
    "https://fcm.googleapis.com /",
    "https://fcm.google\tapis.com/",
    "https://fcm.googleapis.com\r\nHost: inside/",
    "https://fcm..googleapis.com/",
    "https://-fcm.googleapis.com/",
    "https://[::1/",
    "https://[fcm.googleapis.com]/",
    "https:///fcm.googleapis.com/",
    "https:fcm.googleapis.com",
    "//fcm.googleapis.com/",
    "fcm.googleapis.com",
    "",
    "ftp://fcm.googleapis.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_GET",
    "unix:/run/docker.sock",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "https://" + "a" * 64 + ".example.com/",
    "https://example.com/" + "a" * 4000,
)
#: Allowed in themselves, but no push service.
ELSEWHERE = (
    "https://evilnotify.windows.com/",
    "https://notify.windows.com.evil.com/",
    "https://evil.com/fcm.googleapis.com",
    "https://fcm.googleapis.com.evil.com/",
    "https://googleapis.com/",
    "https://xfcm.googleapis.com/",
    "https://fcm.googleapis.com./",
    "https://fcm。googleapis.com.evil.com/",
    "https://web.push.apple.com:8443/",
    "http://web.push.apple.com/",
    "https://web-push.apple.com/",
    "https://93.184.216.34/",
)


def everywhere(port: int) -> list[str]:
    """Return every one of them, by both schemes and with the listener's port where one may be."""
    urls = [f"{way}://{host}" for host in LITERALS for way in ("http", "https")]
    return [
        *(f"{url}/push" for url in urls),
        *(f"{url}:{port}/push" for url in urls),
        *(url.replace("{port}", str(port)) for url in WHOLE),
    ]
