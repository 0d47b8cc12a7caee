"""Hand one mail over by LMTP on loopback, as a mail server would (RFC 2033)."""

from __future__ import annotations

import smtplib

from bridge.demo.ports import LOOPBACK
from bridge.errors import Permanent, Transient


def hand_over(port: int, raw: bytes, *, sender: str, recipient: str, seconds: float = 30) -> None:
    """Hand a mail to the LMTP listener on this port, for one recipient.

    Raises:
        Transient: 4xx, or nobody answers.
        Permanent: 5xx.
    """
    try:
        # The name given in LHLO is fixed: the default asks the DNS for ours.
        with smtplib.LMTP(LOOPBACK, port, "localhost", timeout=seconds) as connection:
            connection.sendmail(sender, [recipient], raw)
    except smtplib.SMTPRecipientsRefused as err:
        code, text = err.recipients[recipient]
        raise _refusal(code, text) from err
    except smtplib.SMTPResponseException as err:
        raise _refusal(err.smtp_code, err.smtp_error) from err
    except OSError as err:  # also every other SMTPException: the connection was lost
        raise Transient(f"Nobody answers on LMTP port {port}: {err!r}") from err


def _refusal(code: int, text: bytes | str) -> Transient | Permanent:
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    blame = Permanent if code >= 500 else Transient
    return blame(f"{code} {shown}")
