"""Who plays in the story, and what they mail: invented people, addresses of the demo only."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

LIST_ADDRESS = "pc@lists.demo"
LIST_ID = "pc.lists.demo"
BRIDGE_ADDRESS = "ballots@bridge.demo"
SERVER_NAME = "hs.demo"


@dataclass(frozen=True, slots=True)
class Player:
    """One person: a slug that is roster entry and Matrix localpart, a name and a zone.

    ``has_chat`` is False for somebody whose Matrix id the roster does not know.
    """

    slug: str
    name: str
    zone: str
    server_name: str = SERVER_NAME
    has_chat: bool = True

    @property
    def address(self) -> str:
        """The address this person mails from."""
        return f"{self.slug}@people.demo"

    @property
    def user_id(self) -> str:
        """The Matrix id this person reacts with."""
        return f"@{self.slug}:{self.server_name}"


CHAIR = Player("amara", "Amara Diallo", "Africa/Dakar")
BRUNO = Player("bruno", "Bruno Teixeira", "America/Sao_Paulo")
CHIDI = Player("chidi", "Chidi Okafor", "Africa/Lagos")
DALIA = Player("dalia", "Dalia Haddad", "Asia/Beirut")
ESTER = Player("ester", "Ester Lindqvist", "Europe/Stockholm")
FARID = Player("farid", "Farid Rahimi", "Asia/Kolkata")
GRETA = Player("greta", "Greta Novak", "Europe/Prague")
STRANGER = Player("hugo", "Hugo Passant", "Europe/Paris")
ROLL = (CHAIR, BRUNO, CHIDI, DALIA, ESTER, FARID, GRETA)
EVERYBODY = (*ROLL, STRANGER)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of the story, before the list has it."""

    author: Player
    message_id: str
    subject: str
    body: str
    answers: tuple[str, ...] = ()
    list_address: str = LIST_ADDRESS

    @property
    def raw(self) -> bytes:
        """The bytes this person's mail program hands over."""
        headers = [
            f"From: {self.author.name} <{self.author.address}>",
            f"To: {self.list_address}",
            f"Subject: {self.subject}",
            f"Message-ID: <{self.message_id}>",
            "MIME-Version: 1.0",
            'Content-Type: text/plain; charset="utf-8"',
            "Content-Transfer-Encoding: 8bit",
        ]
        if self.answers:
            headers.append(f"In-Reply-To: <{self.answers[-1]}>")
            headers.append("References: " + " ".join(f"<{one}>" for one in self.answers))
        text = "\n".join([*headers, "", self.body])
        return text.replace("\n", "\r\n").encode()


REQUEST = Mail(
    author=CHAIR,
    message_id="Request.2026-11-19@people.demo",
    subject="Joint statement on open consultations",
    body=dedent(
        """\
        Consultations on Internet policy must be announced thirty days ahead.
        Comments from every region must be answered in writing.

        Le mer. 18 nov. 2026 à 21:40, Amara Diallo <amara@people.demo> a
        écrit :

        > Dear committee,
        >
        > an alliance asks whether we join its statement, see below. I will post the
        > locked text as a mail of its own, and ask for a decision in our room.
        >
        > Amara
        >
        > ---------- Forwarded message ---------
        > From: Ingrid Solberg <ingrid@alliance.demo>
        > Date: Wed, Nov 18, 2026 at 6:12 PM
        > Subject: Will you join us?
        > To: Amara Diallo <amara@people.demo>
        >
        > Dear Amara,
        >
        > three coalitions have agreed on two sentences and publish them on Monday. We
        > would be glad to have your committee with us.
        >
        > Ingrid
        > _______________________________________________
        > PC mailing list -- pc@lists.demo
        > To unsubscribe send an email to pc-leave@lists.demo
        """
    ),
)

INTERLEAVED = Mail(
    author=BRUNO,
    message_id="Interleaved.2026-11-19@people.demo",
    subject="Re: Joint statement on open consultations",
    answers=(REQUEST.message_id,),
    body=dedent(
        """\
        On Thu, 19 Nov 2026 at 09:02, Amara Diallo <amara@people.demo> wrote:

        > Consultations on Internet policy must be announced thirty days ahead.

        Thirty days is what we asked for last year, so I am glad to see it.

        > Comments from every region must be answered in writing.

        That is new to me. Good.

        > I will post the locked text as a mail of its own, and ask for a decision
        > in our room.

        --\x20
        Bruno Teixeira
        Observatory of Examples
        """
    ),
)

PROSE = Mail(
    author=DALIA,
    message_id="Prose.2026-11-19@people.demo",
    subject="Re: Joint statement on open consultations",
    answers=(REQUEST.message_id,),
    body=dedent(
        """\
        I read it twice. It is fine with me, though I would have liked a word on
        small organisations that cannot afford to travel.

        Dalia
        """
    ),
)
MAILS = (REQUEST, INTERLEAVED, PROSE)
