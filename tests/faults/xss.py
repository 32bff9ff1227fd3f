"""Texts that would run as a script, were they ever taken for anything but text."""

from __future__ import annotations

_RAN = "window.__ran=1"
#: Each sets `window.__ran`, or asks for an address of `_RAN`'s, where it is not only shown.
MARKUP = (
    f"<script>{_RAN}</script>",
    f"</title><script>{_RAN}</script>",
    f"</textarea><script>{_RAN}</script>",
    f"</option></select><script>{_RAN}</script>",
    f"</style><script>{_RAN}</script>",
    f"--><script>{_RAN}</script>",
    f"]]><script>{_RAN}</script>",
    f"<ScRiPt >{_RAN}</ScRiPt >",
    f"<scr<script>ipt>{_RAN}</script>",
    "<script src=data:text/javascript,window.__ran=1></script>",
    f"<img src=x onerror={_RAN}>",
    f'"><img src=x onerror={_RAN}>',
    f"'><img src=x onerror={_RAN}>",
    f"<img/src=x/onerror={_RAN}>",
    f'<img src="x` `<script>{_RAN}</script>"` `>',
    f"<svg onload={_RAN}>",
    f"<svg><script>{_RAN}</script></svg>",
    f"<svg><animate onbegin={_RAN} attributeName=x dur=1s>",
    f"<svg><a xlink:href=javascript:{_RAN}><text x=20 y=20>x</text></a>",
    f"<math><mi//xlink:href=javascript:{_RAN}>x</mi></math>",
    f"<body onload={_RAN}>",
    f"<details open ontoggle={_RAN}>",
    f"<input autofocus onfocus={_RAN}>",
    f"<video><source onerror={_RAN}></video>",
    f"<audio src=x onerror={_RAN}>",
    "<iframe srcdoc='<script>parent.__ran=1</script>'></iframe>",
    "<iframe src=javascript:parent.__ran=1></iframe>",
    f"<object data=javascript:{_RAN}></object>",
    f"<embed src=javascript:{_RAN}>",
    f"<form action=javascript:{_RAN}><button>x</button></form>",
    f"<a href=javascript:{_RAN}>x</a>",
    "<meta http-equiv=refresh content='0;url=javascript:window.__ran=1'>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import'//evil.example/x.css';</style>",
    f"<noscript><p title='</noscript><img src=x onerror={_RAN}>'>",
    f"<template><script>{_RAN}</script></template>",
    f"{{{{ constructor.constructor('{_RAN}')() }}}}",
    f"${{{_RAN}}}",
    f"＜script＞{_RAN}＜/script＞",
)
#: What breaks out of an attribute, quoted in either way or not at all.
ATTRIBUTES = (
    f'" onfocus={_RAN} autofocus x="',
    f"' onfocus={_RAN} autofocus x='",
    f"x onmouseover={_RAN} ",
    f'"hx-on:load="{_RAN}',
    '" hx-get="/sign-out" hx-trigger="load" x="',
)
#: What must never be the address of a link.
ADDRESSES = (
    f"javascript:{_RAN}",
    f"JaVaScRiPt:{_RAN}",
    f"\tjavascript:{_RAN}",
    f"javascript://example.com/%0a{_RAN}",
    f"data:text/html,<script>{_RAN}</script>",
    f"vbscript:{_RAN}",
)
EVERY = (*MARKUP, *ATTRIBUTES, *ADDRESSES)
