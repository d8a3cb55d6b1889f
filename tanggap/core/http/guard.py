"""Which addresses may be reached, decided at the moment of connecting by the address that a name leads to."""

from __future__ import annotations

import ipaddress
import logging
import socket
import ssl
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import httpcore
import httpx

from tanggap.core.http.caps import time_left
from tanggap.core.http.errors import Blocked, NotSent

log = logging.getLogger(__name__)

# Azure's host service answers virtual machines on a public address.
_HOST_SERVICES = frozenset({ipaddress.ip_address("168.63.129.16")})
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


def is_public(address: str) -> bool:
    """This will tell whether an IP address is one of the open internet, looking inside IPv6 that carries IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if any(ip in net for net in _NAT64) or int(ip) >> 32 == 0:
            carried = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if carried:
            return is_public(str(carried))
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and ip not in _HOST_SERVICES


def resolve(host: str, port: int) -> list[str]:
    """This will return the addresses of a name, however it is spelt; NotSent without any."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent(f"The name {host} has no address.") from error
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class Door(httpx.BaseTransport):
    """Looks at the address of every request and of every redirect, whatever carries it."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme not in {"http", "https"}:
            raise Blocked(f"Only http and https leave here, not {request.url.scheme!r}.")
        if request.url.userinfo:
            raise Blocked("An address with a user name or password inside is not followed.")
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


class Backend(httpcore.NetworkBackend):
    """Connects to addresses that were checked; TLS still proves the name, because httpcore passes that on itself."""

    def __init__(
        self, trusted: frozenset[str], names: Callable[[str, int], list[str]] | None = None,
        inner: httpcore.NetworkBackend | None = None,
    ) -> None:  # fmt: skip
        self._trusted, self._names, self._inner = trusted, names or resolve, inner or httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        addresses = self._names(host, port)
        if f"{host}:{port}" not in self._trusted:
            inward = [one for one in addresses if not is_public(one)]
            if inward:
                log.warning("blocked a request to %s:%s, which resolves to %s", host, port, inward[0])
                raise Blocked(f"{host} leads to an address inside a private network; nothing was sent.")
        failure: Exception | None = None
        for address in addresses[:4]:
            try:
                stream = self._inner.connect_tcp(
                    address, port, time_left(timeout), local_address, socket_options
                )
                return _TimedStream(stream)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"no address for {host}")

    def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> Any:
        raise Blocked("Sockets of this machine are not reached through here.")

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _TimedStream(httpcore.NetworkStream):
    """Cuts every wait to what is left of the request's total time: a drip of bytes cannot hold a worker."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, time_left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, time_left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, time_left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Whom to trust; made once, because reading all certificates takes some thirty milliseconds."""
    return httpx.create_ssl_context(trust_env=False)


def network(backend: httpcore.NetworkBackend) -> httpx.BaseTransport:
    # httpx has no public way to give its transport a network backend; the SSRF tests fail if this stops working.
    transport = httpx.HTTPTransport(trust_env=False, verify=_certificates())
    transport._pool.close()
    transport._pool = httpcore.ConnectionPool(
        ssl_context=_certificates(),
        network_backend=backend,
        max_connections=10,
        keepalive_expiry=5,
    )
    return transport
