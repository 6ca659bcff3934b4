"""LaTeX to Typst: what formulas become, that they compile, that nothing in them becomes code, and where
mistakes are."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

import pdf
import pytest
import typst
from hypothesis import example, given, settings
from hypothesis import strategies as st

import flashcards
from flashcards.collection.texts import markdown_texts
from flashcards.languages.maths import MathsError, Mistake, for_anki, mistake, to_typst
from flashcards.languages.maths import latex as maths_latex
from flashcards.languages.maths import typst as maths_typst
from flashcards.languages.maths.latex import MAX_DEPTH, MAX_LENGTH
from flashcards.resources import bundled

FORMULAS = {
    "softmax": r"\mathrm{softmax}(z)_i = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}",
    "cross entropy": r"\mathcal{L}_{\mathrm{CE}} = -\sum_{c=1}^{C} y_c \log \hat{p}_c",
    "precision and recall": r"\mathrm{Precision} = \frac{TP}{TP + FP}, \quad \mathrm{Recall} = \frac{TP}{TP + FN}",
    "F1": r"F_1 = 2 \cdot \frac{P \cdot R}{P + R} = \frac{2\,TP}{2\,TP + FP + FN}",
    "F beta": r"F_\beta = (1+\beta^2)\,\frac{P R}{\beta^2 P + R}",
    "NDCG": r"\mathrm{NDCG@k} = \frac{1}{Z}\sum_{i=1}^{k} \frac{2^{rel_i}-1}{\log_2(i+1)}",
    "reciprocal rank": r"\mathrm{MRR} = \frac{1}{|Q|}\sum_{q \in Q} \frac{1}{\mathrm{rank}_q}",
    "average precision": r"\mathrm{AP@k} = \frac{1}{\min(m,k)}\sum_{i=1}^{k} P(i)\,\mathbb{1}[rel_i = 1]",
    "AUC": r"\mathrm{AUC} = \Pr\left(s(x^+) > s(x^-)\right) = \int_0^1 \mathrm{TPR}(t)\,d\,\mathrm{FPR}(t)",
    "KL divergence": r"D_{\mathrm{KL}}(P \,\|\, Q) = \sum_{x \in \mathcal{X}} P(x) \log \frac{P(x)}{Q(x)}",
    "attention": r"\mathrm{Attention}(Q,K,V) = \mathrm{softmax}\left(\frac{QK^\top}{\sqrt{d_k}}\right)V",
    "Adam": r"\theta_{t+1} = \theta_t - \frac{\eta}{\sqrt{\hat{v}_t} + \epsilon}\,\hat{m}_t,"
    r" \qquad \hat{m}_t = \frac{m_t}{1-\beta_1^t}",
    "logistic": r"\sigma(x) = \frac{1}{1+e^{-x}}, \quad P(y=1 \mid x) = \sigma(w^\top x + b)",
    "binary cross entropy": r"J(\theta) = -\frac{1}{N}\sum_{i=1}^N"
    r" \left[ y_i \log \hat{y}_i + (1-y_i)\log(1-\hat{y}_i) \right]",
    "BPR": r"\mathcal{L}_{\mathrm{BPR}} = -\sum_{(u,i,j)} \ln \sigma(\hat{x}_{ui} - \hat{x}_{uj})"
    r" + \lambda \lVert \Theta \rVert^2",
    "InfoNCE": r"\mathcal{L}_{\mathrm{InfoNCE}} = -\mathbb{E}\left[\log \frac{\exp(\mathrm{sim}(q,k_+)/\tau)}"
    r"{\sum_{i=0}^{K}\exp(\mathrm{sim}(q,k_i)/\tau)}\right]",
    "stability index": r"\mathrm{PSI} = \sum_{b=1}^{B} (a_b - e_b)\ln\frac{a_b}{e_b}",
    "Little's law": r"L = \lambda W",
    "Amdahl's law": r"S(n) = \frac{1}{(1-p) + \dfrac{p}{n}}",
    "matrix": r"A = \begin{pmatrix} a_{11} & a_{12} & \cdots & a_{1n} \\ \vdots & \vdots & \ddots & \vdots \\"
    r" a_{m1} & a_{m2} & \cdots & a_{mn} \end{pmatrix}",
    "rotation": r"R = \begin{bmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{bmatrix}",
    "ReLU": r"\mathrm{ReLU}(x) = \begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}",
    "policy gradient": r"\begin{aligned} \nabla_\theta J(\theta)"
    r" &= \mathbb{E}_{\pi_\theta}\left[ \nabla_\theta \log \pi_\theta(a \mid s)\, R \right] \\"
    r" &\approx \frac{1}{N} \sum_{i=1}^N \nabla_\theta \log \pi_\theta(a_i \mid s_i)\, R_i \end{aligned}",
    "words": r"\text{latency} = \text{queue time} + \text{service time} \leq 200\,\text{ms}",
    "maximum likelihood": r"\hat{\theta} = \operatorname*{arg\,max}_{\theta} \prod_{i} p(x_i \mid \theta),"
    r" \quad \operatorname{Var}(X) = \mathbb{E}[X^2] - \mathbb{E}[X]^2",
    "accents": r"\hat{y} = \bar{x} + \tilde{z} + \vec{v} + \dot{u} + \ddot{w} + \widehat{abc} + \overline{AB}",
    "expectation": r"\mathbb{E}_{x \sim p(x)}[f(x)] = \int p(x) f(x)\,\mathrm{d}x, \quad x \in \mathbb{R}^{d}",
    "bias and variance": r"\underbrace{\mathbb{E}[(\hat f - f)^2]}_{\text{MSE}} = \underbrace{\text{Bias}^2}_{\text{underfit}}"
    r" + \underbrace{\text{Var}}_{\text{overfit}} + \overbrace{\sigma^2}^{\text{noise}}",
    "Bayes": r"P(A \mid B) = \frac{P(B \mid A)\,P(A)}{P(B)}",
    "norms": r"\lVert x \rVert_p = \left( \sum_{i=1}^n \lvert x_i \rvert^p \right)^{1/p}, \quad \|w\|_2^2",
    "normal density": r"p(x) = \frac{1}{\sqrt{2\pi\sigma^2}} \exp\!\left( -\frac{(x-\mu)^2}{2\sigma^2} \right)",
    "growth": r"\mathcal{O}(n \log n) \ll \Theta(n^2), \quad n! \sim \sqrt{2\pi n}\left(\tfrac{n}{e}\right)^n",
    "binomial": r"\binom{n}{k} p^k (1-p)^{n-k} = \frac{n!}{k!\,(n-k)!}\,p^k q^{n-k}",
    "limits": r"\lim_{n\to\infty} \left(1 + \frac{1}{n}\right)^n = e, \quad \sup_{x} f(x),\ \max_{a \in \mathcal{A}} Q(s,a)",
    "Bellman": r"Q^*(s,a) = r + \gamma \sum_{s'} P(s' \mid s,a) \max_{a'} Q^*(s',a')",
    "gradients": r"\frac{\partial \mathcal{L}}{\partial W^{(l)}} = \delta^{(l)} \left(a^{(l-1)}\right)^{\!\top},"
    r" \quad \nabla f = \left[\frac{\partial f}{\partial x_1}, \dots, \frac{\partial f}{\partial x_n}\right]",
    "recurrence": r"\mathbf{h}_t = \tanh(\mathbf{W}_{hh}\mathbf{h}_{t-1} + \mathbf{W}_{xh}\mathbf{x}_t + \boldsymbol{\beta})",
    "LSTM": r"f_t = \sigma(W_f \cdot [h_{t-1}, x_t] + b_f), \quad c_t = f_t \odot c_{t-1} + i_t \odot \tilde{c}_t",
    "ELBO": r"\log p(x) \geq \mathbb{E}_{q(z|x)}\left[\log p(x|z)\right] - D_{\mathrm{KL}}\left(q(z|x) \,\|\, p(z)\right)",
    "impurity": r"G = 1 - \sum_{k} p_k^2, \qquad H(X) = -\sum_{x} p(x)\log_2 p(x)",
    "tf-idf": r"\mathrm{tfidf}(t,d) = \mathrm{tf}(t,d) \times \log\frac{N}{\lvert\{d \in D : t \in d\}\rvert}",
    "BM25": r"\sum_{i} \mathrm{IDF}(q_i)\, \frac{f(q_i,D)(k_1+1)}"
    r"{f(q_i,D) + k_1\left(1 - b + b\,\frac{|D|}{\mathrm{avgdl}}\right)}",
    "availability": r"A = \frac{\mathrm{MTBF}}{\mathrm{MTBF}+\mathrm{MTTR}},"
    r" \quad A_{\text{par}} = 1 - \prod_{i}(1-A_i) \approx 99.99\%",
    "continuity": r"\forall \epsilon > 0\ \exists \delta > 0 : |x - a| < \delta \implies |f(x) - L| < \epsilon",
    "Jaccard": r"J(A,B) = \frac{|A \cap B|}{|A \cup B|}, \quad A \subseteq B \iff A \setminus B = \emptyset",
    "floor and ceiling": r"k = \lceil \log_2 n \rceil, \quad m = \left\lfloor \frac{n}{2} \right\rfloor,"
    r" \quad \langle u, v \rangle = u^\top v",
    "Bloom filter": r"p \approx \left(1 - e^{-kn/m}\right)^k, \quad k_{\text{opt}} = \frac{m}{n}\ln 2",
    "distance": r"d(x,y) = \sqrt{\sum_{i=1}^{n}(x_i-y_i)^2}, \quad \sqrt[3]{x}",
    "arrows": r"X_n \xrightarrow{d} X, \quad a \overset{!}{=} b, \quad x \mapsto f(x), \quad y \leftarrow y - \eta g",
    "stacked limits": r"\sum_{\substack{1 \le i \le n \\ i \ne j}} w_{ij} x_i,"
    r" \quad \sum\limits_{k} a_k, \quad \int\!\!\!\int f",
    "signs": r"\text{P95} \le 0.3\,\mathrm{s}, \quad \{x \in \mathbb{N} \colon x \bmod 2 = 0\},"
    r" \quad \$5.00 \approx \text{€}4.60",
    "contrastive": r"\ell_{i,j} = -\log \frac{\exp(\mathrm{sim}(z_i,z_j)/\tau)}"
    r"{\sum_{k=1}^{2N} \mathbb{1}_{[k \neq i]} \exp(\mathrm{sim}(z_i,z_k)/\tau)}",
    "gathered": r"\begin{gathered} a = b + c \\ d = e \end{gathered}",
    "augmented matrix": r"\left[\begin{array}{cc|c} 1 & 0 & 3 \\ 0 & 1 & 4 \end{array}\right]",
    "big delimiters": r"\Big( \sum_i x_i \Big)^2 \bigl[ y \bigr] \Bigg| \frac{a}{b} \Bigg|",
    "derivative": r"f'(x) = \lim_{h \to 0} \frac{f(x+h)-f(x)}{h}, \quad f''(x),\ \theta'^{2}",
    "negation": r"x \not\in A,\ a \neq b,\ X \perp\!\!\!\perp Y \mid Z,\ \neg p \lor q,\ p \oplus q",
    "dots": r"x_1, x_2, \ldots, x_n,\quad a_1 + \cdots + a_n,\quad \underline{x},\ \overrightarrow{AB}",
    "Shapley value": r"\phi_i(v) = \sum_{S \subseteq N \setminus \{i\}}"
    r" \frac{|S|!\,(|N|-|S|-1)!}{|N|!}\left(v(S \cup \{i\}) - v(S)\right)",
    "focal loss": r"\mathrm{FL}(p_t) = -\alpha_t (1-p_t)^\gamma \log(p_t)",
}

ELEMENTS = [  # a case in LaTeX, inline, and what it becomes
    ("x + 2.5", r"x\+2.5"),
    ("a b 2 c", "a b 2 c"),
    ("-x", r'class("normal", \−)x'),
    (r"\Gamma \varGamma \alpha \mathrm{d}x", r"upright(\Γ)italic(\Γ)\α upright(d)x"),
    (r"\mathcal{L} \mathscr{AB} \mathbb{R} \mathbf{x}", r'cal("L")scr("AB")\ℝ\𝐱'),
    (r"\emptyset", r'class("normal", \∅)'),
    (r"\log n", '"log"#h(0.167em)n'),
    (r"\lim_{x} f(x)", r'attach("lim", b: x)#h(0.167em)f\(x\)'),
    (r"\operatorname*{argmax}_x f", 'attach("argmax", b: x)#h(0.167em)f'),
    (r"\sum_{i}^{n} x", r"attach(\∑, b: i, t: n)x"),
    (r"\sum\limits_{i} x", r"attach(limits(\∑), b: i)x"),
    (r"\sum\nolimits_{i} x", r"attach(scripts(\∑), b: i)x"),
    (r"\int\limits_0 x", r"attach(limits(\∫), b: 0)x"),
    (r"x_i^2 + y'", r"attach(x, b: i, t: 2)\+attach(y, t: \′)"),
    (r"a \overset{!}{=} b =^! c", r"a attach(limits(\=), t: \!)b attach(scripts(\=), t: \!)c"),
    (r"\substack{a \\let}", "inline(mat(delim: #none, row-gap: #0em, column-gap: #0.4em, a; l e t))"),
    (r"\overset{\overset{\quad}{x}}{y}", "attach(limits(y), t: attach(limits(x), t: #h(1.000em)))"),
    (r"y = \sum (x)", r"y\=\∑\(x\)"),
    (r"\prescript{a}{b}{X}", "attach(X, bl: b, tl: a)"),
    (r"\frac{1}{2} \dfrac{1}{2} \tfrac{1}{2}", "frac(1, 2)display(frac(1, 2))inline(frac(1, 2))"),
    (r"\binom{n}{k}", r'lr(class("opening", \()mat(delim: #none, row-gap: #0em, n; k)class("closing", \)))'),
    (r"\sqrt{x} \sqrt[3]{x}", "sqrt(x)root(3, x)"),
    (r"\displaystyle x {\scriptstyle y}", "display(x script(y))"),
    (r"(\frac{a}{b})", r"\(frac(a, b)\)"),
    (r"\left(a\right]", r'lr(class("opening", \()a class("closing", \]))'),
    (r"\left. (a) \right|_0", r'attach(lr(""\(a\)class("closing", \|)), b: 0)'),
    (
        r"\left( a \middle| b \right)",
        r'lr(class("opening", \()a class("normal", mid(\|))b class("closing", \)))',
    ),
    (r"\bigl( x", r'class("opening", lr(\(, size: #1.2em))x'),
    (r"\Big| \bigm|", r'class("normal", lr(\|, size: #1.623em))class("relation", lr(\|, size: #1.2em))'),
    (
        r"|x| \lvert x \rvert",
        r'class("normal", \|)x class("normal", \|)class("opening", \|)x class("closing", \|)',
    ),
    (
        r"a \mathrel{|} b \mathbin{+} c \colon d",
        r'a class("relation", \|)b class("binary", \+)c class("punctuation", \:)d',
    ),
    (r"1{,}000 \backslash", r'1 class("normal", \,)000 class("normal", \\)'),
    (r"a \, b \quad c \! d", "a#h(0.167em)b#h(1.000em)c#h(-0.167em)d"),
    (r"a \implies b", r'a#h(0.278em)""\⟹""#h(0.278em)b'),
    (r"a\!\!\! b", "a#h(-0.500em)b"),
    (r"a\hspace{0.1em}\hspace{0.2em}\hspace{-0.3em}b", 'a""b'),  # not 5.6e-17em
    (r"a\ b", 'a" "b'),
    (r"\dots", r'class("normal", \.)#h(0.167em)' * 3),
    (r"\hat{x} \widehat{xy} \vec{x}", "accent(x, hat, size: #0%)accent(x y, hat)accent(x, arrow, size: #0%)"),
    (r"\overline{x} \underline{x} \underrightarrow{x}", 'overline(x)underline(x)accent(x, "\\u{20ef}")'),
    (r"\underbrace{a+b}_{n} \overbrace{x}", r"attach(limits(underbrace(a\+b)), b: n)overbrace(x)"),
    (
        r"\xrightarrow[u]{n}",
        r'attach(stretch(class("normal", \→), size: #(100% + 0.3em)), b: #h(0.429em)u#h(0.429em), t: #h(0.429em)n#h(0.429em))',
    ),
    (r"\text{if } \text{a \textbf{b} \texttt{c}}\textsf{d}", '"if ""a "bold("b")" "mono("c")sans("d")'),
    (r"\text{5\% of \$1}", '"5% of $1"'),
    (r"\color{red} x", 'text(fill: #rgb("#FF0000"), x)'),
    (r"\textcolor{blue}{x} y", 'text(fill: #rgb("#0000FF"), x)y'),
    (r"\textcolor{#a1b2c3}{x} y", 'text(fill: #rgb("#A1B2C3"), x)y'),
    (r"\cancel{x} \bcancel{x} \xcancel{x}", "cancel(x)cancel(x, inverted: #true)cancel(x, cross: #true)"),
    (r"\boxed{x}", "#box(stroke: 0.05em, inset: 0.3em, {set par(leading: 0em); $display(x)$})"),
    (r"a \phantom{b} c", "a std.hide(b)c"),
    (r"\vphantom{b}", "#box(width: 0pt, {set par(leading: 0em); $std.hide(b)$})"),
    (
        r"\begin{pmatrix} a & b \\ c \end{pmatrix}",
        r'lr(class("opening", \()display(mat(delim: #none, row-gap: #0.3em, column-gap: #1em, a, b; c))class("closing", \)))',
    ),
    (
        r"\begin{smallmatrix} a & b \end{smallmatrix}",
        "inline(mat(delim: #none, row-gap: #0em, column-gap: #0.4em, a, b))",
    ),
    (r"\substack{a \\ b}", "inline(mat(delim: #none, row-gap: #0em, column-gap: #0.4em, a; b))"),
    (
        r"\begin{cases} a & b \\[2pt] c & d \end{cases}",
        r'lr(class("opening", \{)display(mat(delim: #none, row-gap: #0.3em, column-gap: #1em, &a, &b; &c, &d))"")',
    ),
    (
        r"\begin{split} a &= b & c &= d \\ &= e \\ \end{split}",
        "display(mat(delim: #none, row-gap: #0.5em, column-gap: #1em,"
        r' display(a&\=b&#h(1.000em)c&\=d); display(""&\=e)))',
    ),
    (
        r"\begin{align} a &= b \end{align}",
        r"display(mat(delim: #none, row-gap: #0.5em, column-gap: #1em, display(a&\=b)))",
    ),
    (
        r"\begin{multline} a \\ b \end{multline}",
        "display(mat(delim: #none, row-gap: #0.5em, column-gap: #1em, display(a); display(b)))",
    ),
    (
        r"\begin{array}{|r||cl} \hline a & b & c \\ \hline d \end{array}",
        "#{set grid.hline(stroke: 0.05em); set grid.vline(stroke: 0.05em); "
        "grid(columns: 3, align: (right, center, left, ), inset: (x: 0.5em, y: 0.3em),"
        " grid.hline(y: 0), grid.hline(y: 1), grid.vline(x: 0), grid.vline(x: 1), "
        + ", ".join(f"{{set par(leading: 0em); ${cell}$}}" for cell in ["a", "b", "c", "d", '""', '""'])
        + ")}",
    ),
]


@pytest.mark.parametrize(("latex", "expected"), ELEMENTS, ids=[latex for latex, _ in ELEMENTS])
def test_an_element_becomes_typst(latex: str, expected: str) -> None:
    assert to_typst(latex, display=False) == expected


def test_display_puts_the_limits_of_functions_below() -> None:
    assert to_typst(r"\max_x f", display=True) == 'attach(limits("max"), b: x)#h(0.167em)f'


def compiled(formulas: dict[str, bool], root: Path | None = None) -> str:
    """Compile formulas (LaTeX → display) as the docstring of `to_typst` says, with Typst's strictest
    standard, and return what the page says."""

    def literal(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    equations = (
        f"#math.equation(block: {str(display).lower()}, alt: {literal(latex)}, ${to_typst(latex, display=display)}$.body)\n"
        for latex, display in formulas.items()
    )
    source = '#set document(title: "Formulas")\n' + "\n".join(equations)
    written = typst.compile(  # type: ignore[type-var]  # its stubs want source and root to be of one type
        source.encode(), root=str(root) if root else None, ignore_system_fonts=True, pdf_standards=["ua-1"]
    )
    assert isinstance(written, bytes)
    return pdf.read(written).text


@pytest.mark.parametrize("display", [False, True])
def test_formulas_compile_with_no_glyph_missing(display: bool) -> None:
    compiled(dict.fromkeys([*FORMULAS.values(), *(latex for latex, _ in ELEMENTS)], display))


def test_what_is_printed_is_what_was_written() -> None:
    text = compiled({r"\text{50\% of users: } x_1 \le \frac{a + 1}{2}": False})
    assert re.sub(r"\s+", " ", text).strip() == "50% of users: 𝑥1 ≤ 𝑎+1 2"


MISTAKES = [
    (r"é + \foo", 4, r"unknown command `\foo`"),
    (r"\begin{split} a &= b \\[2pt] &= \foo \end{split}", 32, r"unknown command `\foo`"),
    (r"\sum_{\substack{a \\ \foo}}", 21, r"unknown command `\foo`"),
    (r"\text{50\% of \foo}", 14, r"unknown command `\foo`"),
    (r"\begin{foo} x \end{foo}", 6, "unknown environment `foo`"),
    (r"\color{foo} x", 6, "unknown colour `foo`"),
    (r"\frac{a}{b", 8, "`{` is not closed"),
    (r"\left( \frac{a}{b}", 0, r"`\left` is not closed"),
    (r"x = \begin{matrix} a", 4, r"`\begin{matrix}` is not closed"),
    (r"\sqrt[3 x", 5, "`[` is not closed"),
    (r"\begin{cases} a & \frac{b}{c \\ d \end{cases}", 26, r"`{` is not closed before `\\`"),
    (r"\begin{cases} \left( a \end{cases}", 14, r"`\left` is not closed before `\end{cases}`"),
    (r"\begin{matrix} a \end{bmatrix}", 0, r"`\begin{matrix}` is not closed before `\end{bmatrix}`"),
    (r"\frac{a}{b}}", 11, "`}` closes nothing"),
    (r"\frac{a}", 8, "a command, `^` or `_` has no argument here"),
    ("{x^}", 3, "a command, `^` or `_` has no argument here"),
    (r"\left x", 6, "a delimiter is missing here, such as `(`, `|` or `.`"),
    ("a & b", 2, "`&` may only stand in a table-like environment"),
    ("x__1", 2, "`_` stands directly behind `^` or `_`"),
    ("x^1^2", 3, "a second subscript or superscript; braces around the first and its base allow it"),
    (r"\ae", 0, r"`\ae` can only stand in text, as in `\text{\ae}`"),
    ("5$", 1, r"`$` must be written `\$`"),
    ("item #5", 5, r"`#` must be written `\#`"),
    ("√x", 0, "`√` is not read as maths; write its command"),
    (r"\kern 3 x", 8, "found invalid unit `x`"),
    (r"x \def\y{z}", 2, r"`\def`: a formula cannot define commands"),
    ("x\x01", 1, "the character U+0001 cannot be shown"),
    (r"\operatorname{\lt}", 0, "`<` or `&` cannot be all of a name"),
    (r"\angl{n}", 0, "an enclosure of the kind actuarial cannot be printed"),
]


# What print could set, or sets as LaTeX, and Anki would not show as it is meant
MISTAKES_IN_ANKI = [
    (
        r"\text{if \textbf{x}}",
        9,
        r"`\textbf` in text is shown by Anki as it stands; end the `\text` before it",
    ),
    (r"\text{a \ldots}", 8, r"`\ldots` in text is shown by Anki as it stands; end the `\text` before it"),
    (r"\left\llbracket x \right\rrbracket", 5, r"`\llbracket` cannot be stretched by Anki"),
    (r"\ce{H2O} + \foo", 11, r"unknown command `\foo`"),
    (r"\ce{A ->[$\foo$] B}", 10, r"unknown command `\foo`"),
    (r"\ce{H2O} + \frac{a", 16, "`{` is not closed"),
    (r"x \href{https://a.org}{y}", 2, r"`\href` is not allowed in a formula"),
    (r"\ce{A ->[$\class{a}{b}$] B}", 10, r"`\class` is not allowed in a formula"),
    (r"\bbox [border: 1px]{x}", 0, r"the options of `\bbox`"),
    (r"\DeclareMathOperator{\f}{f}", 0, r"`\DeclareMathOperator`: a formula cannot define commands"),
    (r"\require{html}", 0, r"`\require` is not allowed in a formula"),
    (r"\begin{darray}{c} x \end{darray}", 0, "the environment `darray` is unknown to Anki; write `array`"),
]


@pytest.mark.parametrize(
    ("latex", "offset", "message"), MISTAKES_IN_ANKI, ids=[latex for latex, *_ in MISTAKES_IN_ANKI]
)
def test_a_mistake_says_what_anki_would_not_show(latex: str, offset: int, message: str) -> None:
    found = mistake(latex)
    assert found is not None
    assert (found.message, found.offset, found.is_of_print) == (message, offset, False)


def test_formulas_for_anki_and_for_print() -> None:
    latex = r"\text{a_b, 5\% of $x_1$ \& \AA} \bm{x} \mbox{or}"
    assert for_anki(latex) == r"\text{a_b, 5% of $x_1$ & Å} \boldsymbol{x} \mbox{or}"
    assert to_typst(latex, display=False) == '"a_b, 5% of "attach(x, b: 1)" & Å"\\𝒙"or"'
    assert for_anki(r"\\bm \text{\{\$\}} \alpha") == r"\\bm \text{\{\$\}} \alpha"


@pytest.mark.parametrize(("latex", "offset", "message"), MISTAKES, ids=[latex for latex, *_ in MISTAKES])
def test_a_mistake_says_what_and_where(latex: str, offset: int, message: str) -> None:
    found = mistake(latex)
    assert found is not None
    assert (found.message, found.offset, found.is_of_print) == (message, offset, False)
    with pytest.raises(MathsError, match=re.escape(message)):
        to_typst(latex, display=True)


def test_right_formulas_have_no_mistake() -> None:
    assert [mistake(latex, display) for latex in FORMULAS.values() for display in (False, True)] == [
        None
    ] * 2 * len(FORMULAS)


@pytest.mark.parametrize("opening", ["{", r"\sqrt{", r"\left(", r"\begin{matrix}", r"\hat", r"\bm", "x^{"])
def test_deep_nesting_does_not_end_the_process(opening: str) -> None:
    mistake(opening * (MAX_LENGTH // len(opening)))
    assert mistake(opening * 100_000) == Mistake(
        "longer than 2,000 characters, or with more than 300 groups", 0
    )


def test_nesting_is_allowed_as_deep_as_typst_can_lay_it_out() -> None:
    deepest = MAX_DEPTH - 2  # the formula and the letter are elements too
    compiled({r"\boxed{" * deepest + "x" + "}" * deepest: True})
    assert mistake(r"\boxed{" * MAX_DEPTH + "x" + "}" * MAX_DEPTH) == Mistake(
        f"nested more than {MAX_DEPTH} deep", 0
    )


def test_math_core_is_loaded_with_the_first_formula_only() -> None:
    check = "import sys, flashcards.languages.maths; sys.exit('math_core' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


# ------------------------------------------------------------------------------------------------------------------ safety

_LITERAL = r'"(?:[^"\\\n]|\\["\\]|\\u\{[0-9a-f]+\})*"'
_SAFE = re.compile(
    "|".join([
        _LITERAL,
        r"\\[^\sA-Za-z0-9]",
        r"(?:frac|sqrt|root|attach|limits|scripts|lr|mid|mat|class|upright|italic|bold|mono|sans|cal|scr|display|inline|script"
        r"|sscript|text|accent|stretch|cancel|overline|underline|(?:over|under)(?:brace|bracket|paren)|std\.hide)\(",
        r", (?:b|t|bl|tl|br|tr|size|inverted|cross|row-gap|column-gap): |\bdelim: #none|\bfill: #rgb\(\"#[0-9A-F]{6}\"\)",
        r", (?:hat|tilde|macron|dot|caron|breve|acute|grave|circle|arrow(?:\.l(?:\.r)?)?|dot\.(?:double|triple|quad))(?=[,)])",
        r"#h\(-?[0-9]+\.[0-9]{3}em\)|#[0-9.]+em\b|#0%|#true|#\(100% \+ 0\.3em\)",
        r"#box\((?:stroke: 0\.05em, inset: 0\.3em|width: 0pt|height: 0pt), ",
        r"\{set par\(leading: 0em\); \$|\$\}",
        r"#\{set grid\.hline\(stroke: 0\.05em\); set grid\.vline\(stroke: 0\.05em\); "
        r"grid\(columns: [0-9]+, align: \((?:(?:left|center|right), )+\), inset: \(x: 0\.5em, y: 0\.3em\)"
        r"(?:, grid\.[hv]line\([xy]: [0-9]+\))*, |\)\}",
        r"(?<![A-Za-z0-9])[A-Za-z](?![A-Za-z0-9])|[0-9]+(?:\.[0-9]+)?(?![A-Za-z])|[),;& ]",
    ])
)  # fmt: skip


def unsafe_part(body: str) -> str:
    """Return a body from where it stops being safe tokens."""
    at = 0
    while at < len(body) and (token := _SAFE.match(body, at)):
        at = token.end()
    return body[at:]


ATTACKS = [
    '#read("/secret.txt")', '"); #read("/secret.txt"); ("', r'\"#read("/secret.txt")', r'\\"#read("/secret.txt")',
    "$ #eval(1) $", "]#x[", "};#x", "#{1}", "`raw`", "@label", "<label>", "// line", "/* block */", r"\u{23}read", "a\\", r"\\",
    "x\n#let", "read(x)", "std.read", "sys.version", '#import "@preview/x:1.0.0"', "&#35;read", "<script>", "]]>",
]  # fmt: skip
ATTACKS += [re.sub(r"[#$&_]", r"\\\g<0>", attack) for attack in ATTACKS]  # LaTeX lets these through only so
PLACES = [
    "%s", r"\text{%s}", r"\textbf{a %s}", r"\mathrm{%s}", r"\operatorname{%s}", r"\mathbf{%s}", r"\color{%s} x", r"\hspace{%s}",
    r"\begin{align} x \tag{%s} \end{align}", r"\begin{array}{%s} x \end{array}", r"\left%s x \right)", r"\begin{%s} x \end{%s}",
]  # fmt: skip


def test_no_text_becomes_code(tmp_path: Path) -> None:
    """What converts at all compiles, and prints the attack instead of the file that it asks for."""
    (tmp_path / "secret.txt").write_text("SECRET")
    written = [place.replace("%s", attack) for attack in ATTACKS for place in PLACES]
    right = [latex for latex in written if mistake(latex) is None]
    assert [latex for latex in right if unsafe_part(to_typst(latex, display=True))] == []
    text = compiled(dict.fromkeys(right, True), tmp_path)
    assert "#read(”/secret.txt”)" in text
    assert "SECRET" not in text


_leaf = st.sampled_from([
    *"xy12+-=<>,;:.!?|/()[]'\"*~@`#$&é中\u200b\u0301\u00a0", "2.5", "{}", "%\n", r"\{", r"\}", r"\|", r"\,", r"\!", r"\quad",
    r"\ ", r"\#", r"\$", r"\%", r"\&", r"\_", r"\dots", r"\alpha", r"\Gamma", r"\varGamma", r"\sum", r"\int", r"\lim", r"\max",
    r"\to", r"\in", r"\mid", r"\perp", r"\backslash", r"\textbackslash", *ATTACKS,
])  # fmt: skip


def _larger(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    forms = [
        "%s %s", "{%s}", "%s^{%s}", "%s_{%s}", r"\frac{%s}{%s}", r"\sqrt[%s]{%s}", r"\left( %s \middle| %s \right.",
        r"\Big| %s", r"\text{%s}", r"\textbf{%s}", r"\mathrm{%s}", r"\mathcal{%s}", r"\operatorname*{%s}_{%s}", r"\hat{%s}",
        r"\overline{%s}", r"\underbrace{%s}_{%s}", r"\overset{%s}{%s}", r"\xrightarrow[%s]{%s}", r"\boxed{%s}", r"\cancel{%s}",
        r"\phantom{%s}", r"\vphantom{%s}", r"\binom{%s}{%s}", r"\displaystyle %s", r"\color{red} %s", r"\mathrel{%s}",
        r"\textcolor{#00ff00}{%s}", r"\substack{%s \\ %s}", r"\begin{cases} %s & %s \\[2pt] %s \end{cases}",
        r"\begin{split} %s &= %s \\ %s \end{split}", r"\begin{array}{|c|r} \hline %s & %s \\ \hline %s \end{array}",
        r"\begin{align} %s & %s \tag{%s} \end{align}", r"\begin{multline} %s \\ %s \end{multline}",
        r"\sideset{_{%s}}{^{%s}}\sum", r"\prescript{%s}{%s}{%s}",
    ]  # fmt: skip
    return st.tuples(st.sampled_from(forms), parts, parts, parts).map(_filled)


def _filled(form_and_parts: tuple[str, ...]) -> str:
    form, *parts = form_and_parts
    return "".join(
        piece + part for piece, part in zip(form.split("%s"), [*parts[: form.count("%s")], ""], strict=True)
    )


_tags = st.sampled_from(["mi", "mo", "mn", "mtext"])
_texts = st.text(max_size=8) | st.sampled_from(ATTACKS)
_attributes = st.dictionaries(
    st.sampled_from(["style", "class", "lspace", "rspace", "minsize", "stretchy"]), _texts
)


@given(st.lists(st.tuples(_tags, _texts, _attributes), max_size=4))
@example([("mtext", 'a"#x', {})])
@example([("mo", " ", {}), ("mo", "#", {"minsize": "1em)#x("})])
@example([("mrow", "", {"style": 'color:#"+x+";'})])
def test_safety_does_not_rest_on_what_math_core_writes(parts: list[tuple[str, str, dict[str, str]]]) -> None:
    row = Element("mrow")
    for tag, text, attributes in parts:
        SubElement(row, tag, attributes).text = text
    assert unsafe_part(maths_typst._typst(row)) == ""


latex_formulas = st.recursive(_leaf, _larger, max_leaves=12)


@settings(max_examples=500)
@given(latex_formulas | st.text(max_size=30), st.booleans())
@example(r'\text{\\"#x}', False)
@example(r"\begin{array}{||c||} \hline \hline \end{array}", True)
@example(r"\sum^{\int\limits_{\hspace{3.5em}}}", True)
def test_every_formula_is_safe_tokens_or_a_mistake_within_it(latex: str, display: bool) -> None:
    found = mistake(latex, display)
    if found is None:
        assert unsafe_part(to_typst(latex, display=display)) == ""
    else:
        assert 0 <= found.offset <= len(latex)
        assert found.message


def shipped_formulas() -> list[tuple[str, bool]]:
    """Return the formulas of the shipped decks, each with whether it is a display."""
    texts = markdown_texts(flashcards.load(bundled("decks")).raise_for_errors())
    elements = [element for text in texts for element in text.elements("maths")]
    return sorted({(element.text, element.attrs["display"]) for element in elements})


@pytest.fixture(scope="module")
def formulas() -> list[tuple[str, bool]]:
    written = [*FORMULAS.values(), *(latex for latex, *_ in [*ELEMENTS, *MISTAKES])]
    written += [place.replace("%s", attack) for attack in ATTACKS for place in PLACES]
    return shipped_formulas() + [(str(latex), display) for latex in written for display in (False, True)]


def is_printable(latex: str, display: bool) -> bool:
    """Tell what the exact way says of a formula."""
    try:
        to_typst(latex, display=display)
    except MathsError:
        return False
    return True


def accepted_wrongly(formulas: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    surely = maths_typst._is_surely_printable
    return [formula for formula in formulas if surely(*formula) and not is_printable(*formula)]


MUTATIONS = [
    *"{}()[]<>&%$#_^~\\\"'|,.x1\n\x01\u2061é", r"\(", r"\{", r"\\", r"\\[2pt]", r"\left", r"\right", r"\langle ", r"\let",
    r"\color{red}", r"\color{#00ff00}", r"\% ", r"\begin{cases}", r"\end{cases}", r"\begin{array}{c|c}", r"\operatorname{<}",
    r"\operatorname{&}", r"\text{<", r"\boxed{", r"\angl{n}", r"\substack{", r"\sqrt{", "{" * 30, "(" * 13, r"\sqrt{" * 40 + "x" + "}" * 40,
]  # fmt: skip


def mutated(latex: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 3)):
        start = chance.randrange(len(latex) + 1)
        end = min(start + chance.choice([0, 0, 0, 1, 3]), len(latex))
        latex = latex[:start] + chance.choice(["", *MUTATIONS]) + latex[end:]
    return latex


def test_nothing_is_accepted_cheaply_that_is_refused_in_the_end(formulas: list[tuple[str, bool]]) -> None:
    chance = random.Random(9)
    changed = [(mutated(latex, chance), display) for latex, display in formulas]
    assert accepted_wrongly(formulas + changed) == []


@settings(max_examples=500)
@given(latex_formulas, st.booleans())
def test_no_made_formula_is_accepted_cheaply_that_is_refused_in_the_end(latex: str, display: bool) -> None:
    assert accepted_wrongly([(latex, display)]) == []


def test_most_formulas_are_accepted_cheaply() -> None:
    surely = [maths_typst._is_surely_printable(*formula) for formula in shipped_formulas()]
    assert len(surely) > 200
    assert sum(surely) > 0.9 * len(surely)


@pytest.mark.parametrize("latex", [r"\frac{a}{b}", r"\boxed{x}", r"a \\[2pt] b"])
def test_a_formula_is_read_once_for_check_and_print(latex: str) -> None:
    maths_latex._convert.cache_clear()
    assert mistake(latex) is None
    to_typst(latex, display=False)
    assert maths_latex._convert.cache_info().misses == 1


@settings(max_examples=60)
@given(st.lists(latex_formulas, min_size=5, max_size=15), st.booleans())
def test_every_formula_that_converts_compiles(formulas: list[str], display: bool) -> None:
    bodies = [to_typst(latex, display=display) for latex in formulas if mistake(latex, display) is None]
    typst.compile("\n\n".join(f"${body}$" for body in bodies).encode(), ignore_system_fonts=True)


def test_brackets_that_are_never_closed_cost_no_time() -> None:
    """math-core would take hours over the first of these."""
    assert mistake("[" * 40 + "FN") == Mistake("more than 12 brackets are never closed", 0)
    assert mistake("(a" * 40 + ")" * 20) == Mistake("more than 12 brackets are never closed", 0)
    for opening in (r"\langle ", r"\lfloor ", r"\{", r"\bigl(", "{(}", r"\ulcorner "):
        found = mistake(opening * 40)
        assert found is not None
        assert found.message == "more than 12 brackets are never closed"
    assert mistake("(" * 10 + "{" + "(" * 10 + "}") == Mistake("more than 12 brackets are never closed", 0)
    assert mistake("[a, b) " * 40) is None
    assert mistake(r"\left\{ a \right. " * 40) is None
