"""Does a reader learn anything from this text? Placeholders, template prose and "unknown" say nothing.

Judged by what is left once everything a template wrote is taken away, never by the length of a text.
"""

from __future__ import annotations

import html
import re
from functools import cache

from tunecard.auditing.boilerplate import CODE_PROMPTS, EMPTY_WORDS, SENTENCES, TITLES
from tunecard.auditing.card_passages import heading_key, without_comments, without_tags
from tunecard.auditing.language_tables import foreign_nothing

_PLACEHOLDER = re.compile(
    r"\[?\s{0,3}\b(?:more\s+info(?:rmation)?\s+(?:(?:on|about)\s+[\w ]{1,40}\s)?(?:is\s+)?needed"
    r"|needs?\s+more\s+info(?:rmation)?)\b"
    r"(?:\s+for\s+further\s+recommendations)?\s*\]?(?:\([^)\s]*\))?\s*\.?",
    re.IGNORECASE,
)
_BLANK = re.compile(
    r"\{\{[^{}\n]{0,200}\}\}|\{%[^{}\n]{0,200}%\}|\{[A-Z][A-Z_]{2,40}\}"
    r"|\[(?:your|insert|add|enter|replace|fill in)\b[^\]\n]{0,60}\](?!\()",
    re.IGNORECASE,
)
_DEFERRED = re.compile(
    r"(?:(?:this|the|more|further|full)? ?(?:section|card|part|details?|info|information|documentation|description"
    r"|paper|code|demo|citation|data|results?|metrics?)? ?(?:is|are)? ?)?(?:(?:will|to|yet to) be (?:updated|added"
    r"|released|completed|filled(?: in)?|announced|provided|written|determined|done|shared|published|available"
    r"|documented)|(?:coming|available|released) (?:soon|later)|under construction|work in progress)"
    r"(?: (?:soon|later|shortly|here|in the future))*"
    r"|(?:\w+ ){0,6}(?:will|to) be (?:added|announced|updated|provided|completed|filled in|written|published|released)"
    r" (?:soon|later|shortly|in the future)"
    r"|no (?:\w+ ){0,2}(?:available|provided|given|yet|published|specified|response)"
    r"(?: (?:yet|so far|at this time|at the moment))?"
    r"|nothing (?:\w+ )?yet|(?:todo|tbd|tba|fixme|wip) .{1,80}"
)
_ELSEWHERE = re.compile(
    r"(?:please )?(?:as|see|refer to|same as|cf|described|mentioned|stated|given|listed)(?: the)?"
    r"(?: (?:sections?|description|details|info|information|table|code|text|described|mentioned|stated|given|listed))?"
    r" (?:above|below|before|previously)(?: (?:section|sections))?"
    r"|(?:same|ditto|idem)(?: as (?:above|before))?|(?:see|refer to) (?:the )?(?:previous|next) section"
)
_NAMELESS_BIBTEX = re.compile(r"\s*@\w+\s*\{[\s.<>\[\]]*(?:,|\}|\Z)")
_PATH = re.compile(r"^(?:\.{0,2}/|~|[A-Za-z]:\\|(?:outputs?|results?|runs?|tmp)/)|https?://")
_GUIDES = re.compile(
    r"\[[^\[\]\n]*\]\(https://huggingface\.co/blog/(?:train-|matryoshka|embedding-quantization|multimodal-sentence-)"
    r"[^)\s]*\):[^\n]*"
)
_GENERATED = re.compile(
    r"this [\w.-]{1,40} model was trained 2x faster with unsloth and hugging ?face's trl library\.?"
    r"|for an automated evaluation of this model, see the sentence embeddings benchmark:?(?: https?://\S+)?"
    r"|this model (?:is a fine-?tuned version of .{1,300}? on|was trained from scratch on)"
    r" (?:an unknown dataset|the (?:none|unknown) dataset)\s*\.?",
    re.IGNORECASE | re.DOTALL,
)
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()]*\)")
_EMPTY_LINK = re.compile(r"\[ ?\]\([^()]*\)")
_LINK = re.compile(r"\[([^\[\]]+)\](?:\([^()]*\)|\[[^\[\]\n]{0,80}\])")
_RULE = re.compile(r"^[ \t|:-]+$", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<!\\)(?:\*{1,3}|~~|`+|(?<!\w)_{1,3}|_{1,3}(?!\w))")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[^\W_]", re.UNICODE)
_LONGEST_NOTHING = 80
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^>\s]+)>")
_TITLE_PREFIX = re.compile(r"^\s*(?:model\s+card\s+(?:for|of)|model\s+card)\s*[:\-\u2013\u2014]?\s*", re.IGNORECASE)


def meaning(text: str, *, is_code: bool = False) -> str:
    """What the author said: no comments, tags, images, mark-up, placeholders or template sentences.

    >>> meaning("[More Information Needed] <!--fp32-->")
    ''
    """
    if is_code:
        return _code_meaning(text)
    plain = _SPACE.sub(" ", _RULE.sub(" ", _GUIDES.sub(" ", without_comments(text))))
    plain = plain_text(_BLANK.sub(" ", _PLACEHOLDER.sub(" ", _IMAGE.sub(" ", plain))))
    plain = _without_sentences(_GENERATED.sub(" ", plain))
    plain = _SPACE.sub(" ", plain).strip()
    return "" if is_nothing(plain) else plain


def _code_meaning(code: str) -> str:
    """Code says something unless it is a template's prompt, a placeholder or a BibTeX entry of dots."""
    said = _PLACEHOLDER.sub(" ", code).strip()
    return "" if _NAMELESS_BIBTEX.match(said) or heading_key(said) in CODE_PROMPTS else said


def plain_text(text: str) -> str:
    """Markdown as a reader sees it, on one line."""
    if "[" in text:
        text = _LINK.sub(r"\1", _EMPTY_LINK.sub(" ", text))
    plain = without_tags(_AUTOLINK.sub(r"\1", text)) if "<" in text else text
    plain = _EMPHASIS.sub("", plain)
    plain = _ESCAPE.sub(r"\1", plain) if "\\" in plain else plain
    return _SPACE.sub(" ", html.unescape(plain)).strip()


def is_nothing(plain: str) -> bool:
    """Whether words are missing altogether, or are only "none", "N/A", "TBD" and the like."""
    if not _WORD.search(plain):
        return True
    if len(plain) > _LONGEST_NOTHING:
        return False
    key = heading_key(plain)
    return bool(key) and (
        key in EMPTY_WORDS
        or not set(key.split()) - {"none", "na", "tbd", "todo", "unknown"}
        or key in foreign_nothing()
        or _DEFERRED.fullmatch(key) is not None
        or _ELSEWHERE.fullmatch(key) is not None
    )


def title_meaning(title: str) -> str:
    """The model's name in a title, or "" where it is a template's own title.

    >>> title_meaning("Model Card for Model ID")
    ''
    """
    name = _TITLE_PREFIX.sub("", plain_text(_BLANK.sub(" ", _PLACEHOLDER.sub(" ", title)))).strip(" :-")
    is_template = heading_key(name) in TITLES or heading_key(title) in TITLES
    return "" if is_nothing(name) or is_template or _PATH.search(name) else name


def is_placeholder(text: str) -> bool:
    """Whether the text holds the template's "More Information Needed"."""
    return bool(_PLACEHOLDER.search(text))


def _without_sentences(plain: str) -> str:
    """The text less the sentences of templates; a cheap look for each spares most of the patterns."""
    lowered = plain.lower()
    for stem, pattern in _template_sentences():
        if stem in lowered:
            plain = pattern.sub(" ", plain)
    return plain


@cache
def _template_sentences() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each template sentence in small letters and as a pattern that takes its full stop along."""
    found = []
    for sentence in sorted(SENTENCES, key=len, reverse=True):
        stem = sentence.rstrip(".:")
        found.append((stem.lower(), re.compile(re.escape(stem) + r"[.:]?", re.IGNORECASE)))
    return tuple(found)
