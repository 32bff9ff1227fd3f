"""What may be attached: kinds of files, told by their first bytes, and how big they may be."""

from __future__ import annotations

from crm import errors
from crm.attachments.models import AttachmentKind
from crm.i18n import _

#: 15 MB: a photo of any phone, or an hour of speech.
LARGEST = 15 * 1024 * 1024
MOST_A_CAPTURE = 10
#: So many of the first bytes tell what a file is.
HEAD = 16
#: Each with the ending that its file gets. Nothing here runs script: no SVG, no HTML, no PDF.
TYPES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "audio/mp4": "m4a",
    "audio/webm": "weba",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
}
_PREFIXES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\x1aE\xdf\xa3", "audio/webm"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
)
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_MP4_AUDIO = {b"M4A ", b"M4B ", b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42"}


class WrongType(errors.DomainError):
    """Something else than a photo or a voice note; sending it again will not help."""

    status = 415
    code = "wrong_type"


class TooLarge(errors.DomainError):
    """Bigger than is kept; sending it again will not help."""

    status = 413


class Spoiled(errors.ValidationError):
    """What came is not what was announced: what came of it is forgotten; begin anew."""

    code = "start_over"


class DiskFull(errors.DomainError):
    """The disk is kept free for what is written: a photo has to wait on the phone."""

    status = 507
    code = "disk_full"
    retry_after = 600


def sniff(head: bytes) -> str | None:
    """Return the type that the first bytes of a file show, or None for what is not kept."""
    for prefix, type_ in _PREFIXES:
        if head.startswith(prefix):
            return type_
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "image/heic" if brand in _HEIC else "audio/mp4" if brand in _MP4_AUDIO else None
    frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06
    return "audio/mpeg" if frame else None


def kind_of(type_: str) -> str:
    """Return photo or voice."""
    return AttachmentKind.PHOTO if type_.startswith("image/") else AttachmentKind.VOICE


def refuse_type(type_: str | None) -> None:
    """Raise WrongType unless this type is kept."""
    if type_ not in TYPES:
        raise WrongType(_("Photos (JPEG, PNG, WebP, HEIC) and voice notes are kept, nothing else."))


def refuse_size(size: int) -> None:
    """Raise TooLarge beyond 15 MB."""
    if size > LARGEST:
        raise TooLarge(
            _("A photo or voice note may have %(most)s MB at most.", most=LARGEST // 1024**2)
        )
