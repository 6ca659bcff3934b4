r"""What Anki's MathJax knows otherwise than math-core, which reads formulas here for print.

Anki's MathJax is the reference. It loads no safe mode, so a command that sets links, styles or attributes, or
that defines something for the formulas of other cards, is refused."""

from __future__ import annotations

import re

_FORBIDDEN = {
    "links": "href",
    "styles and attributes": "class style cssId mmlToken data",
    "tooltips": "texttip mathtip",
    "extensions": "require mathtoolsset",
    "definitions": "newcommand renewcommand providecommand def gdef edef xdef let global newenvironment "
    "renewenvironment DeclareMathOperator DeclarePairedDelimiter DeclarePairedDelimiters "
    "DeclarePairedDelimiterX DeclarePairedDelimiterXPP newtagform renewtagform usetagform Newextarrow "
    "definecolor newtheorem",
}
_WHY = {name: what for what, names in _FORBIDDEN.items() for name in names.split()}
FORBIDDEN = frozenset(_WHY)  # commands, without their backslash
_REFUSED = re.compile(rf"\\(?:(?P<name>{'|'.join(_WHY)})(?![A-Za-z])|(?P<bbox>bbox)\s*\[|.)", re.DOTALL)

# Commands that MathJax sets and math-core does not know
_ANKI_ONLY_NAMES = """
    Arrowvert Ketbra LaTeX MTThinColon TeX Tiny Updelta Upgamma Uplambda Upomega Upphi Uppi Uppsi Upsigma
    Uptheta Upupsilon Upxi array arrowvert bbFont bbox bracevert cancelto cases ce celsius centerOver
    centercolon centerdot centernot clap colorbox crampedclap crampedllap crampedrlap crampedsubstack
    displaylines divsymbol enclose eqalign eqalignno fCenter fcolorbox framebox hbox intop ketbra
    leqalignno llap longLeftrightharpoons longRightleftharpoons longleftrightarrows longrightleftharpoons
    mathbfcal mathbffrak mathbfit mathbfscr mathbfsf mathbfsfit mathbfsfup mathbfup mathclap mathllap
    mathmakebox mathmbox mathnormal mathrlap mathsfit mathsfup mathup matrix mbox micro mit ndownarrow
    nonscript notChar nshortmid nshortparallel nuparrow ohm oldstyle ordinarycolon overunderset
    perthousand pmatrix pu ref refeq rlap scr shortmid shortparallel smallfrown smallint smallsetminus
    smallsmile smash splitdfrac splitfrac stackbin strut symbb symbfcal symbffrak symbfit symbfscr symbfsf
    symbfsfit symbfsfup symbfup symcal symfrak symit symnormal symrm symscr symsf symsfit symsfup symtt
    symup textacutedbl textasciiacute textasciibreve textasciicaron textasciidieresis textasciimacron
    textasteriskcentered textbaht textbigcircle textblank textborn textbrokenbar textbullet textcelsius
    textcent textcentoldstyle textcircledP textclap textcolonmonetary textcompwordmark textcopyleft
    textcopyright textcurrency textdied textdiscount textdiv textdivorced textdollaroldstyle textdong
    textdownarrow texteightoldstyle textestimated texteuro textexclamdown textfiveoldstyle textflorin
    textfouroldstyle textfractionsolidus textgravedbl textguarani textinterrobang textinterrobangdown
    textlangle textlbrackdbl textleftarrow textlira textllap textlnot textlquill textmarried textmho
    textminus textmu textmusicalnote textnaira textnineoldstyle textnormal textnumero textohm textonehalf
    textoneoldstyle textonequarter textonesuperior textopenbullet textordfeminine textordmasculine
    textparagraph textperiodcentered textpertenthousand textperthousand textpeso textpm textquestiondown
    textrangle textrbrackdbl textrecipe textreferencemark textrightarrow textrlap textrquill textsection
    textservicemark textsevenoldstyle textsixoldstyle textsurd textthreeoldstyle textthreequarters
    textthreesuperior texttildelow texttimes texttrademark texttwooldstyle texttwosuperior textup
    textuparrow textvisiblespace textwon textzerooldstyle thickapprox thicksim tripledash upalpha upbeta
    upchi updelta upepsilon upeta upgamma upiota upkappa uplambda upmu upnu upomega upomicron upphi uppi
    uppsi uprho upsigma uptau uptheta upupsilon upvarepsilon upvarphi upvarpi upvarrho upvarsigma
    upvartheta upxi upzeta varinjlim varliminf varlimsup varprojlim varpropto vcenter xLeftrightharpoons
    xRightleftharpoons tag
    cr AxiomC UnaryInfC BinaryInfC TrinaryInfC QuaternaryInfC QuinaryInfC LeftLabel RightLabel noLine
    singleLine doubleLine dashedLine rootAtTop rootAtBottom
"""
_ANKI_ONLY = frozenset(_ANKI_ONLY_NAMES.split())
_ANKI_ONLY_ENVIRONMENTS = """
    CD numcases dcases* cases* multlined lgathered rgathered crampedsubarray matrix* pmatrix* bmatrix*
    Bmatrix* vmatrix* Vmatrix* smallmatrix* psmallmatrix bsmallmatrix Bsmallmatrix vsmallmatrix
    Vsmallmatrix psmallmatrix* bsmallmatrix* Bsmallmatrix* vsmallmatrix* Vsmallmatrix* prooftree alignedat
    xxalignat
"""
_ONLY_ENVIRONMENTS = frozenset(_ANKI_ONLY_ENVIRONMENTS.split())
# What their arguments hold is no formula that math-core could read
_OWN_LANGUAGE_NAMES = """
    ce pu array matrix pmatrix cases eqalign eqalignno leqalignno displaylines enclose colorbox fcolorbox
    framebox mathmakebox
"""
_OWN_LANGUAGE = frozenset(_OWN_LANGUAGE_NAMES.split())
_DELIMITERS = frozenset(["Arrowvert", "arrowvert", "bracevert", "textlangle", "textrangle"])

# Commands that math-core knows and MathJax does not, each with what MathJax has for it
_TRANSLATION_LINES = r"""
    Alpha \mathrm{A} | Beta \mathrm{B} | Chi \mathrm{X} | Epsilon \mathrm{E} | Eta \mathrm{H}
    Iota \mathrm{I} | Kappa \mathrm{K} | Mu \mathrm{M} | Nu \mathrm{N} | Omicron \mathrm{O} | Rho \mathrm{P}
    Tau \mathrm{T} | Zeta \mathrm{Z} | Complex \mathbb{C} | cnums \mathbb{C} | Reals \mathbb{R}
    reals \mathbb{R} | natnums \mathbb{N} | real \Re | image \Im | Dagger \ddagger | dag \dagger
    ddag \ddagger | Darr \Downarrow | dArr \Downarrow | darr \downarrow | Uarr \Uparrow | uArr \Uparrow
    uarr \uparrow | Larr \Leftarrow | lArr \Leftarrow | larr \leftarrow | Rarr \Rightarrow
    rArr \Rightarrow | rarr \rightarrow | Harr \Leftrightarrow | hArr \Leftrightarrow | harr \leftrightarrow
    Lrarr \Leftrightarrow | lrArr \Leftrightarrow | lrarr \leftrightarrow | alef \aleph | alefsym \aleph
    clubs \clubsuit | diamonds \diamondsuit | hearts \heartsuit | spades \spadesuit | bull \bullet
    copyright \text{©} | pounds \text{£} | mathsterling \text{£} | sect \text{§} | lq \text{‘} | rq \text{’}
    empty \emptyset | exist \exists | infin \infty | isin \in | notni \mathrel{\not\ni} | plusmn \pm
    sub \subset | sube \subseteq | supe \supseteq | thetasym \vartheta | weierp \wp | imageof \mathrel{⊷}
    origof \mathrel{⊶} | minuso \mathbin{⦵} | oiint {\mathop{∯}\nolimits} | oiiint {\mathop{∰}\nolimits}
    arcctg \operatorname{arcctg} | arctg \operatorname{arctg} | ch \operatorname{ch}
    cosec \operatorname{cosec} | cotg \operatorname{cotg} | ctg \operatorname{ctg} | cth \operatorname{cth}
    erf \operatorname{erf} | sh \operatorname{sh} | tg \operatorname{tg} | th \operatorname{th}
    argmax \operatorname*{arg\,max} | argmin \operatorname*{arg\,min} | plim \operatorname*{plim}
    operatornamewithlimits \operatorname* | vcentcolon \mathrel{:} | ratio \mathrel{:}
    colonequals \coloneqq | coloncolon \dblcolon | coloncolonequals \Coloneqq | colonminus \coloneq
    coloncolonminus \Coloneq | coloncolonapprox \Colonapprox | coloncolonsim \Colonsim
    equalscolon \eqqcolon | equalscoloncolon \Eqqcolon | minuscolon \eqcolon | minuscoloncolon \Eqcolon
    approxcolon \mathrel{\approx:} | approxcoloncolon \mathrel{\approx::} | simcolon \mathrel{\sim:}
    simcoloncolon \mathrel{\sim::} | lang \langle | rang \rangle | llbracket \mathopen{[\![}
    rrbracket \mathclose{]\!]} | lBrace \mathopen{\{\mkern-3mu\vert} | rBrace \mathclose{\vert\mkern-3mu\}}
    bm \boldsymbol | bold \mathbf | emph \textit | medspace \: | thickspace \; | relax {}
    underbar \underline | widecheck \check | utilde \underset{\sim} | overgroup \overparen
    undergroup \underparen | Overrightarrow \overset{\Rightarrow} | overleftharpoon \overset{\leftharpoonup}
    overrightharpoon \overset{\rightharpoonup}
"""
_TRANSLATIONS = dict(
    entry.split(" ", 1)
    for line in _TRANSLATION_LINES.strip().split("\n")
    for entry in line.strip().split(" | ")
)
_COMMAND = re.compile(r"\\(?:(?P<name>[A-Za-z]+)|.)", re.DOTALL)
_STRETCHED = re.compile(
    r"\\(?:left|middle|right|[bB]igg?[lmr]?)\s*(?P<sign>\\(?:llbracket|rrbracket|lBrace|rBrace)(?![A-Za-z]))"
    r"|\\\\|(?P<environment>\\begin\{darray\})"
)
# MathJax shows the argument of these as it stands, but for formulas between dollars
TEXT = re.compile(
    r"\\(?P<command>text(?:rm|it|bf|sf|tt|normal|up)?|mbox|hbox)(?P<open>\s*\{)"
    r"(?P<words>(?:[^{}\\]|\\.|\{(?:[^{}\\]|\\.|\{(?:[^{}\\]|\\.)*\})*\})*)\}",
    re.DOTALL,
)
# Signs that stop MathJax with an exception outside text: of money, phonetics, and a few more ranges
_STOPS_MATHJAX = re.compile(
    "[\u0250-\u02af\u1a20-\u1aaf\u20a0-\u20cf\u2400-\u245f\ua490-\ua4cf\U0001d2e0-\U0001d37f"
    "\U0001d800-\U0001daaf\U0001fa00-\U0001fbff]"
)
_TEXT_OR_STOP = re.compile(f"{TEXT.pattern}|{_STOPS_MATHJAX.pattern}", re.DOTALL)
_MATHS_IN_TEXT = re.compile(r"\$[^$]*\$")
_ESCAPE_IN_TEXT = re.compile(
    r"(?P<maths>\$[^$]*\$)|\\(?P<sign>[%_&# ,;:!]|[${}\\])"
    r"|\\(?P<letter>AA|AE|OE|aa|ae|oe|ss)(?![A-Za-z])\s*|(?P<command>\\(?:[A-Za-z]+|.))|~"
)
_AS_SHOWN = {",": "\u2009", ";": "\u2004", ":": "\u2005", "!": ""}
_LETTERS = {"AA": "Å", "AE": "Æ", "OE": "Œ", "aa": "å", "ae": "æ", "oe": "œ", "ss": "ß"}


def refused(latex: str) -> tuple[str, int, str] | None:
    """Return a command of a formula that is refused for what it would do in Anki, its place, and why; None if
    there is none."""
    for found in _REFUSED.finditer(latex):
        if found["bbox"]:
            why = "Anki would take styles from them, as it trusts what is on cards; leave the brackets out"
            return r"the options of `\bbox`", found.start(), why
        if found["name"]:
            what = _WHY[found["name"]]
            if what == "definitions":
                why = "in Anki it would stay defined for the formulas of other cards"
                why += r"; write `\operatorname{…}`" if "Operator" in found["name"] else "; write it out"
                return f"`{found.group()}`: a formula cannot define commands", found.start(), why
            why = f"Anki trusts what is on cards, so it would bring in {what}; leave it out"
            return f"`{found.group()}` is not allowed in a formula", found.start(), why
    return None


def shown_as_source(latex: str) -> tuple[str, int] | None:
    """Return what Anki's MathJax would show in red or as LaTeX although math-core reads it, and at which
    character; None if there is nothing."""
    for found in _STRETCHED.finditer(latex):
        if found["sign"]:
            return f"`{found['sign']}` cannot be stretched by Anki", found.start("sign")
        if found["environment"]:
            return r"the environment `darray` is unknown to Anki; write `array`", found.start()
    for text in TEXT.finditer(latex):
        for found in _ESCAPE_IN_TEXT.finditer(text["words"]):
            if command := found["command"]:
                end = f"end the `\\{text['command']}` before it"
                message = f"`{command}` in text is shown by Anki as it stands; {end}"
                return message, text.start("words") + found.start()
    return None


def for_anki(latex: str) -> str:
    """Return a formula as Anki's MathJax reads it: with its names for commands, and text as it shows it."""
    if not latex.isascii() and _STOPS_MATHJAX.search(latex):
        latex = _TEXT_OR_STOP.sub(_stop_for_anki, latex)
    if "\\" not in latex:
        return latex
    if r"\text" in latex or "box" in latex:
        latex = TEXT.sub(_text_for_anki, latex)
    return _COMMAND.sub(_command_for_anki, latex)


def _stop_for_anki(found: re.Match[str]) -> str:
    if found["words"] is None:
        return rf"{{\text{{{found.group()}}}}}"
    return _MATHS_IN_TEXT.sub(lambda inner: _TEXT_OR_STOP.sub(_stop_for_anki, inner.group()), found.group())


def _command_for_anki(found: re.Match[str]) -> str:
    return _TRANSLATIONS.get(found["name"] or "", found.group())


def _text_for_anki(text: re.Match[str]) -> str:
    def shown(found: re.Match[str]) -> str:
        if sign := found["sign"]:
            return found.group() if sign in "${}\\" else _AS_SHOWN.get(sign, sign)
        if letter := found["letter"]:
            return _LETTERS[letter]
        return "\u00a0" if found.group() == "~" else found.group()

    return f"\\{text['command']}{text['open']}{_ESCAPE_IN_TEXT.sub(shown, text['words'])}}}"


def without_anki_only(latex: str) -> str | None:
    """Return a formula with letters and blanks in place of what MathJax knows and math-core does not, and all
    other characters at their places; None if there is nothing of the kind."""
    is_changed = False
    characters = list(latex)

    def blank(start: int, end: int, sign: str = "x") -> None:
        nonlocal is_changed
        is_changed = True
        characters[start:end] = sign.ljust(end - start)

    for found in _COMMAND.finditer(latex):
        name = found["name"]
        if name in ("begin", "end"):
            environment = re.compile(r"\{([A-Za-z]+\*?)\}").match(latex, found.end())
            if environment and environment[1] in _ONLY_ENVIRONMENTS:
                table = f"\\{name}{{matrix}}"
                fits = len(table) <= environment.end() - found.start()
                blank(found.start(), environment.end(), table if fits else "{" if name == "begin" else "}")
        elif name in _DELIMITERS:
            blank(*found.span(), "|")
        elif name in _ANKI_ONLY:
            blank(*found.span())
            if name in _OWN_LANGUAGE:
                end = _end_of_group(latex, found.end())
                blank(found.start(), end)
    return "".join(characters) if is_changed else None


def _end_of_group(latex: str, at: int) -> int:
    """Return where the group ends that begins at a character, behind blanks; `at` if there is none."""
    group = re.compile(r"\s*\{").match(latex, at)
    if group is None:
        return at
    depth = 0
    for brace in re.compile(r"\\.|[{}]", re.DOTALL).finditer(latex, group.end() - 1):
        depth += {"{": 1, "}": -1}.get(brace.group(), 0)
        if depth == 0:
            return brace.end()
    return at


def other_commands(latex: str) -> list[tuple[str, int]]:
    """Return the commands of a formula that are not among those which MathJax alone knows, with their
    places."""
    return [
        (found.group(), found.start())
        for found in _COMMAND.finditer(latex)
        if found["name"] and found["name"] not in _ANKI_ONLY and found["name"] not in ("begin", "end")
    ]
