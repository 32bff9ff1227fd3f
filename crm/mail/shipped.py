"""The templates that ship, in both languages; an admin may write them anew."""

from __future__ import annotations

from dataclasses import dataclass

from crm.i18n import N_

#: What may stand in braces in every template; and in some.
FIELDS = {
    "name": N_("The customer’s name"),
    "company": N_("The customer’s company"),
    "rep": N_("Whoever looks after him"),
    "rep_phone": N_("That person’s phone"),
    "rep_email": N_("That person’s e-mail"),
    "our_company": N_("Our company"),
    "years": N_("How long, such as 10 years"),
}
EVERYWHERE = tuple(name for name in FIELDS if name != "years")


@dataclass(frozen=True)
class Shipped:
    """A template: its name, what may stand in it, and its words by language."""

    name: str
    fields: tuple[str, ...]
    words: dict[str, tuple[str, str]]


_WELCOME_EN = """\
Hello {name},

thank you for getting in touch with {our_company}. We have your message and will answer shortly.

{rep} is looking after you.
If it is urgent, call {rep_phone}.

Is there anything that we should know before we speak? Just reply to this e-mail.

Kind regards
{rep}
{our_company}"""
_WELCOME_FA = """\
سلام {name} عزیز،

از اینکه با {our_company} تماس گرفتید سپاسگزاریم. پیام شما به دست ما رسید و به‌زودی پاسخ می‌دهیم.

همراه شما در این مسیر {rep} است.
اگر کارتان فوری است، با {rep_phone} تماس بگیرید.

اگر نکته‌ای هست که بهتر است پیش از گفت‌وگو بدانیم، به همین ایمیل پاسخ دهید.

با احترام
{rep}
{our_company}"""
_NUDGE_EN = """\
Hello {name},

it has been a little while since we last spoke. Is there anything you still need from us to decide?

If now is not the right time, just tell me when I should come back to you.
You can also reach me on {rep_phone}.

Kind regards
{rep}
{our_company}"""
_NUDGE_FA = """\
سلام {name} عزیز،

مدتی است که با هم صحبت نکرده‌ایم. خواستم بپرسم برای تصمیم‌گیری به چیزی از طرف ما نیاز دارید؟

اگر الان زمان مناسبی نیست، کافی است بفرمایید چه وقت دوباره سراغ شما بیایم.
شمارهٔ من {rep_phone} است.

با احترام
{rep}
{our_company}"""
_CARD_EN = """\
Dear {name},

today it is {years} that we have been working together. Thank you for your trust in all that time.

We look forward to what comes next. And if we could do something better, tell us: we listen.

With our best wishes
{rep}
{our_company}"""
_CARD_FA = """\
سلام {name} عزیز،

امروز {years} از همراهی ما می‌گذرد. از اعتماد شما در تمام این مدت صمیمانه سپاسگزاریم.

چشم‌به‌راه ادامهٔ این مسیر در کنار شما هستیم. اگر کاری هست که می‌توانیم بهتر انجام دهیم، با ما در میان بگذارید؛ با جان و دل می‌شنویم.

با بهترین آرزوها
{rep}
{our_company}"""  # noqa: E501

SHIPPED = {
    "welcome": Shipped(
        N_("Welcome"),
        EVERYWHERE,
        {
            "en": ("Thank you for your message, {name}", _WELCOME_EN),
            "fa": ("پیام شما رسید، {name} عزیز", _WELCOME_FA),
        },
    ),
    "nudge": Shipped(
        N_("Quiet deal"),
        EVERYWHERE,
        {
            "en": ("Is there anything you still need, {name}?", _NUDGE_EN),
            "fa": ("کمکی از ما برمی‌آید، {name} عزیز؟", _NUDGE_FA),
        },
    ),
    "card": Shipped(
        N_("Anniversary card"),
        tuple(FIELDS),
        {
            "en": ("{years} together: thank you, {name}", _CARD_EN),
            "fa": ("سپاس برای {years} همراهی، {name} عزیز", _CARD_FA),
        },
    ),
}
