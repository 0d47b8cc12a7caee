"""The DNS: which TXT records a name has; the only module that knows dnspython.

An absent name is an answer. A server that is silent, refuses or fails has said nothing, and
nothing may be concluded from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from bridge.errors import Transient

DNS_PORT = 53
PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class NameServers:
    """Asks name servers; they are expected to be near and to resolve on our behalf.

    Attributes:
        addresses: IP addresses of the servers; none = the system's (``/etc/resolv.conf``).
        port: where they listen.
        seconds: how long all of them together may take.
    """

    addresses: tuple[str, ...] = ()
    port: int = DNS_PORT
    seconds: float = PATIENCE_SECONDS

    async def texts(self, name: str) -> tuple[bytes, ...]:
        """Return every TXT record of a name, its strings joined; none = it has none.

        Raises:
            Transient: no server answered; other names may well be answered.
        """
        try:
            wanted = dns.name.from_text(name)
        except (dns.exception.DNSException, UnicodeError):
            # What cannot be a name has no records.
            return ()
        try:
            answer = await self._resolver().resolve(
                wanted, "TXT", lifetime=self.seconds, search=False, raise_on_no_answer=False
            )
        except (dns.resolver.NXDOMAIN, dns.resolver.YXDOMAIN):
            return ()
        except (dns.exception.DNSException, OSError) as err:
            raise Transient(f"no name server answered: {type(err).__name__}", alone=True) from err
        records = answer.rrset or ()
        return tuple(
            b"".join(record.strings) for record in records if record.rdtype == dns.rdatatype.TXT
        )

    def _resolver(self) -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=not self.addresses)
        if self.addresses:
            resolver.nameservers = list(self.addresses)
        resolver.port = self.port
        return resolver
