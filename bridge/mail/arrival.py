"""Did a mail come from the list? A stranger can write to our address with the chair's From.

The recipient address named the list already; here the List-Id must agree and the list's
``delivered_by`` rule must hold. What fails is held and counted, never mirrored.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bridge.ids import ListId

_BY_HOST = re.compile(r"\bby\s{1,10}([\w.-]{1,253})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Delivery:
    envelope_sender: str
    client: str
    received: Sequence[str]
    signers: Sequence[str]


def why_not_from_list(  # noqa: PLR0913 -- the facts of one delivery, each by its name
    rule: str,
    values: Sequence[str],
    *,
    list_id: ListId,
    list_ids: Sequence[str],
    envelope_sender: str,
    client: str,
    received: Sequence[str] = (),
    signers: Sequence[str] = (),
) -> str | None:
    """Return why a mail is not the list's own copy, as a clause; None when it is.

    Args:
        rule: ``envelope_domain``, ``client_network``, ``received_from`` or ``list_dkim``.
        values: what one of must hold: domains; networks in CIDR form; host names of the list.
        list_id: of the list the recipient address names.
        list_ids: of the mail's List-Id fields; exactly the list's must be there.
        envelope_sender: MAIL FROM; '' = the null sender.
        client: the peer's IP address; '' = unknown (a local socket).
        received: raw Received fields.
        signers: domains of the list's host whose signature was verified; see ``listproof``.
    """
    if [each.lower() for each in list_ids] != [list_id.lower()]:
        said = ", ".join(list_ids)[:200] or "missing"
        return f"its List-Id is {said}, not {list_id}"
    holds = _RULES.get(rule)
    if holds is None or not holds(_Delivery(envelope_sender, client, received, signers), values):
        return f"its {rule} is not {' or '.join(values)}"
    return None


def _envelope_domain(delivery: _Delivery, domains: Sequence[str]) -> bool:
    """Mailman's copies come from ``pc-bounces@`` the list's domain (measured)."""
    _, at, domain = delivery.envelope_sender.strip("<> ").rpartition("@")
    return bool(at) and domain.lower() in {each.lower() for each in domains}


def _client_network(delivery: _Delivery, networks: Sequence[str]) -> bool:
    try:
        client = ipaddress.ip_address(delivery.client)
        return any(client in ipaddress.ip_network(each, strict=False) for each in networks)
    except ValueError:
        return False


def _received_from(delivery: _Delivery, hosts: Sequence[str]) -> bool:
    """Say whether a Received field names the list's host as its writer.

    A stranger can forge such a field: the rule fits only behind a server that takes mail for the
    secret address from the list alone.
    """
    wanted = {each.lower().rstrip(".") for each in hosts}
    found = (_BY_HOST.search(field) for field in delivery.received)
    return any(match and match.group(1).lower().rstrip(".") in wanted for match in found)


def _list_dkim(delivery: _Delivery, domains: Sequence[str]) -> bool:
    return not {each.lower() for each in domains}.isdisjoint(delivery.signers)


_RULES: Mapping[str, Callable[[_Delivery, Sequence[str]], bool]] = {
    "envelope_domain": _envelope_domain,
    "client_network": _client_network,
    "received_from": _received_from,
    "list_dkim": _list_dkim,
}
