"""The pages around the terminal, each in the language that is asked for."""

from dataclasses import dataclass
from html import escape
from string import Template

from dispatch.domain.operators import ROLE_NAMES
from dispatch.language import LANGUAGES, N_, say
from dispatch.web.sessions import BrowserSession, Ended

_OTHER = {"zh_CN": ("en", "English"), "en": ("zh_CN", "中文")}
_TITLE = N_("Ambulances and blood of Changsha, Zhuzhou and Xiangtan")
WHY_ENDED = {
    Ended.ASKED: N_("You are signed out"),
    Ended.IDLE: N_("Nobody touched the console for long: signed out"),
    Ended.TIME: N_("A sign-in lasts no longer: sign in again"),
    Ended.ACCOUNT: N_("The account has changed: sign in again"),
    Ended.CONSOLE: N_("You are signed out"),
    Ended.SERVICE: N_("The service was ended"),
}

_PAGE = Template("""\
<!DOCTYPE html>
<html lang="$tag">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
$head
</head>
<body$body>
$content
</body>
</html>
""")

_SIGN_IN = Template("""\
<main>
<form method="post" action="/login" autocomplete="on">
<h1>$title</h1>
<p class="what">$what</p>
$complaint
<label for="operator">$operator</label>
<input id="operator" name="operator" value="$typed" maxlength="64" autocomplete="username" \
autocapitalize="none" spellcheck="false" required$focus_name>
<label for="password">$password</label>
<input id="password" name="password" type="password" maxlength="200" autocomplete="current-password" \
required$focus_password>
<label for="code">$code <small>$code_hint</small></label>
<input id="code" name="code" inputmode="numeric" maxlength="12" autocomplete="one-time-code">
<input type="hidden" name="form" value="$form">
<input type="hidden" name="lang" value="$lang">
<button type="submit">$submit</button>
<p class="small">$warning</p>
<p class="small"><a href="/login?lang=$other" hreflang="$other_tag" lang="$other_tag">$other_name</a></p>
</form>
</main>""")

_CONSOLE = Template("""\
<header>
<b>$title</b>
<span>$who</span>
<form method="post" action="/logout"><input type="hidden" name="form" value="$form">
<button type="submit">$leave</button></form>
</header>
<div id="terminal" class="textual-terminal" data-session-websocket-url="$socket" data-font-size="16"></div>
<div class="cover" id="starting" role="status"><p>$starting</p></div>
<div class="cover" id="closed" role="alertdialog"><div><p>$closed</p>
<p><a class="button" href="/">$again</a></p></div></div>
<noscript><div class="cover shown"><p>$no_script</p></div></noscript>""")

_SAID = Template("""\
<main><div class="box"><h1>$title</h1><p role="alert">$said</p>
<p><a class="button" href="/">$back</a></p></div></main>""")

_STYLE = '<link rel="stylesheet" href="/static/door.css">'
_TERMINAL = """\
<link rel="preload" href="/static/mono.ttf" as="font" type="font/ttf" crossorigin>
<link rel="stylesheet" href="/static/xterm.css">
<link rel="stylesheet" href="/static/door.css">
<script src="/static/textual.js"></script>
<script src="/static/door.js" defer></script>"""


@dataclass(frozen=True, slots=True)
class SignInForm:
    """What the sign-in page shows: `complaint` is a sentence of the language, empty at first."""

    language: str
    form: str
    complaint: str = ""
    typed: str = ""


def chosen_language(asked: str, accepted: str, usual: str) -> str:
    """What was asked for, else the first language that the browser accepts, else the usual one."""
    if asked in LANGUAGES:
        return asked
    for wanted in accepted.lower().split(","):
        tag = wanted.partition(";")[0].strip()
        if tag.startswith("zh"):
            return "zh_CN"
        if tag.startswith("en"):
            return "en"
    return usual


def sign_in_page(shown: SignInForm) -> str:
    """The page that asks who comes."""
    language = shown.language
    other, other_name = _OTHER[language]
    complaint = f'<p class="wrong" role="alert">{escape(shown.complaint)}</p>' if shown.complaint else ""
    content = _SIGN_IN.substitute(
        title=_said(language, _TITLE),
        what=_said(language, N_("Sign in with the account of your console")),
        complaint=complaint,
        operator=_said(language, N_("Account")),
        password=_said(language, N_("Password")),
        code=_said(language, N_("Code")),
        code_hint=_said(language, N_("six digits, with a second factor")),
        submit=_said(language, N_("Sign in")),
        warning=_said(language, N_("For authorised staff. Every sign-in and everything done is logged.")),
        typed=escape(shown.typed),
        form=escape(shown.form),
        lang=language,
        other=other,
        other_tag=_tag(other),
        other_name=other_name,
        focus_name="" if shown.typed else " autofocus",
        focus_password=" autofocus" if shown.typed else "",
    )
    return _page(language, say(language, N_("Sign in")), _STYLE, content, ' class="quiet"')


def console_page(session: BrowserSession, socket: str) -> str:
    """The page of the terminal; `socket` is where it calls."""
    language, operator = session.language, session.operator
    who = f"{operator.name.text(language)} ({say(language, ROLE_NAMES[operator.role])})"
    content = _CONSOLE.substitute(
        title=_said(language, _TITLE),
        who=escape(who),
        form=escape(session.form_key),
        leave=_said(language, N_("Sign out")),
        socket=escape(socket),
        starting=_said(language, N_("The console is being opened")),
        closed=_said(language, N_("The console has ended, or the connection was lost")),
        again=_said(language, N_("Open again")),
        no_script=_said(language, N_("The console needs JavaScript in this browser")),
    )
    return _page(language, say(language, _TITLE), _TERMINAL, content, ' class="console"')


def said_page(language: str, said: str) -> str:
    """A page with one sentence and the way back."""
    back = _said(language, N_("To the first page"))
    content = _SAID.substitute(title=_said(language, _TITLE), said=escape(said), back=back)
    return _page(language, say(language, _TITLE), _STYLE, content, ' class="quiet"')


def _page(language: str, title: str, head: str, content: str, body: str) -> str:
    return _PAGE.substitute(
        tag=_tag(language), title=escape(f"{title} · czt"), head=head, content=content, body=body
    )


def _said(language: str, message: str) -> str:
    return escape(say(language, message))


def _tag(language: str) -> str:
    return language.replace("_", "-")
