"""The words mail programs put around what they quote and forward, in the languages we know.

Tables only. They support recognition by structure and never replace it: an unknown language
is recognised by its dates, addresses and colons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

_FROM = (
    "from|von|de|da|van|från|fra|od|от|від|від кого|от кого|kimden|gönderen|lähettäjä|feladó|"
    "expeditor|expeditorul|de la|mittente|remitente|remetente|nadawca|odesílatel|odosielateľ|"
    "отправитель|šalje|pošiljatelj|pošiljatelja|saatja|sender|afsender|avsändare|avsender|afzender|"
    "absender|expéditeur|从|差出人|送信者|送信元|发件人|發件人|寄件者|寄件人|보낸사람|보낸 사람|"
    "보낸이|발신|από|αποστολέας|מאת|من|nga|frá|nuo|no|kas|siuntėjas|sūtītājs|από τον|จาก|"
    "dari|từ|người gửi|প্রেরক|प्रेषक|از|فرستنده|подател|пошиљалац|шаље|nork|igorlea|remitent|"
    "remitente"
)
_DATE = (
    "date|sent|datum|gesendet|envoyé|envoyé le|fecha|enviado|enviado el|enviada|enviada em|"
    "enviado em|data|inviato|data invio|verzonden|skickat|sendt|dato|wysłano|data wysłania|дата|"
    "отправлено|відправлено|надіслано|tarih|gönderme|gönderilen|gönderildi|gönderme tarihi|"
    "päiväys|päivämäärä|lähetetty|dátum|elküldve|küldve|dată|trimis|odesláno|odoslané|poslano|"
    "kuupäev|saadetud|日時|送信日時|日付|日期|时间|發送時間|发送时间|寄件日期|傳送時間|날짜|"
    "보낸 날짜|보낸날짜|ημερομηνία|στάλθηκε|תאריך|נשלח|التاريخ|تاريخ الإرسال|sendur|išsiųsta|"
    "nosūtīts|datums|วันที่|ส่ง|tanggal|terkirim|ngày|đã gửi|तारीख|दिनांक|تاریخ|изпратено|датум|"
    "послато|dërguar|bidalia|noiz|enviat|dagsetning|sent on|data de envio"
)
_SUBJECT = (
    "subject|betreff|objet|sujet|asunto|assunto|oggetto|onderwerp|ämne|emne|temat|тема|konu|aihe|"
    "tárgy|θέμα|předmět|predmet|subiect|subiectul|naslov|teema|件名|主题|主題|主旨|标题|제목|"
    "נושא|الموضوع|موضوع|efni|tema|temats|หัวเรื่อง|เรื่อง|subjek|perihal|chủ đề|tiêu đề|विषय|"
    "относно|предмет|наслов|subjekti|gaia|assumpte"
)
_TO = (
    "to|an|à|para|a|aan|till|til|do|кому|kime|alıcı|vastaanottaja|címzett|către|destinatar|"
    "destinatarul|destinatario|destinatário|destinataire|pour|adresat|empfänger|příjemce|komu|"
    "pre|prima|primatelj|prejemnik|saaja|kellele|宛先|送信先|收件人|收件者|받는사람|받는 사람|"
    "받는이|수신|προς|אל|إلى|kam|ถึง|kepada|đến|người nhận|प्रति|به|до|за|prejme|"
    "mottagare|modtager|mottaker|geadresseerde|za|nori|per a"
)
_CC = (
    "cc|kopie|copie|copia|cópia|kopia|копия|копія|kopi|kopio|kópia|másolat|másolatot kap|bilgi|"
    "dw|kopie (cc)|copie à|kk|抄送|副本|참조|κοιν|koopia|v kopii|em cc|с копией|in cc"
)
_FIELDS: Final = (
    ("from", _FROM), ("date", _DATE), ("subject", _SUBJECT), ("to", _TO), ("cc", _CC),
)  # fmt: skip
HEADER_NAMES: Final[Mapping[str, str]] = {
    word: name for name, words in _FIELDS for word in words.casefold().split("|")
}
"""Case-folded labels of header lines -> from, date, subject, to, cc."""

_FORWARDED = (
    "forwarded|fwd.|fwd:|message transf|message transm|message envoyé par|message réexp|"
    "réexpédi|r?exp?di|weitergeleitet|reenviad|reencaminhad|encaminhad|inoltrat|doorgestuurd|"
    "vidarebefordra|vidaresänd|videresend|przekazan|przekazywan|przesłan|przesyłan|пересыла|"
    "пересланн|переслан|перенаправ|переадрес|προωθ|i̇let|ileti|iletil|yönlendiril|přeposl|"
    "přeposíl|preposl|preposiel|továbbít|välitet|edelleenlähet|redirecționat|redirectionat|"
    "redirigid|proslijeđ|prosleđ|prosljeđ|posredovan|edastat|chuyển tiếp|diteruskan|"
    "resent message|מועבר|הועבר|توجيه|المعاد|تمت إعادة|转发|轉寄|轉發|転送|전달|препрат|"
    "препраќ|проследен|persiųst|pārsūt|ส่งต่อ|अग्रेषित|بازفرست|هدایت|birbidalita|reenviat|"
    "áframsen|i përcjellë"
)
FORWARDED: Final = tuple(_FORWARDED.casefold().split("|"))
"""Stems of "forwarded" as they stand in marker lines."""

_ORIGINAL = (
    "original message|original mail|original appointment|originalnachricht|message d'origine|"
    "message d\u2019origine|message original|courriel original|message initial|mensaje original|"
    "mensagem original|messaggio originale|ursprüngliche nachricht|ursprungliche nachricht|"
    "oorspronkelijk bericht|originalmeddelande|ursprungligt meddelande|oprindelig meddelelse|"
    "original meddelelse|opprinnelig melding|alkuperäinen viesti|wiadomość oryginalna|"
    "oryginalna wiadomość|původní zpráva|pôvodná správa|eredeti üzenet|mesaj original|"
    "mesajul original|izvorna poruka|originalna poruka|izvirno sporočilo|algne kiri|"
    "исходное сообщение|оригинальное сообщение|оригінальне повідомлення|вихідне повідомлення|"
    "оригинално съобщение|αρχικό μήνυμα|özgün ileti|orijinal mesaj|הודעה מקורית|"
    "الرسالة الأصلية|原始邮件|原邮件|原始郵件|元のメッセージ|original message follows|원본 메시지|"
    "원본 메일|thư gốc|pesan asli|ข้อความต้นฉบับ|missatge original|jatorrizko mezua|quoted message|"
    "reply message|reply to message|replied message|origineel bericht|oprindelig besked|"
    "begin original"
)
ORIGINAL: Final = tuple(_ORIGINAL.casefold().split("|"))
"""What stands above an unmarked quote; a forward only when the subject says so."""

_WROTE = (
    "wrote writes schrieb schreibt schrub écrit écrivait escribió escribio escribe escrito scritto "
    "scrisse scrive escreveu escreve schreef schreeft geschreven skrev skriver skreiv skrifaði "
    "napisał napisała napisał(a) pisze napsal napsala napsal(a) napsal/a píše napísal napísala "
    "napísal(a) írta írja kirjoitti kirjoittaa kirjutas написал написала написал(а) пишет писал "
    "писала писал(а) написав написав(ла) пише написа писа έγραψε έγραψαν yazdı yazmış כתב כתבה كتب "
    "كتبت نوشت เขียนว่า viết menulis scris scria napisao napisala написао pravi rakstīja rašė shkroi "
    "skribis escriure escrit idatzi dixo लिखा"
)
WROTE_INSIDE: Final = (
    "写道",
    "寫道",
    "写到",
    "書きました",
    "のメール",
    "작성",
    "쓴 글",
    "썼습니다",
    "님이",
)
"""The same in scripts that put no space between words."""


def _with_lost_letters(words: str) -> Iterator[str]:
    """Yield each word, and as archives spell it that lose the letters beyond ASCII."""
    for word in words.split():
        yield word
        for lost in ("?", "??", "\ufffd", "\ufffd\ufffd"):
            yield re.sub(r"[^\x00-\x7f]", lost, word)


WROTE: Final = frozenset(
    word for word in _with_lost_letters(_WROTE.casefold()) if any(sign.isalpha() for sign in word)
)
"""Words for "wrote", case folded, also with lost letters."""
