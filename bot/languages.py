"""Which codes are languages: ISO 639-1, and the longer ones that people post in. Pure, and knows no more of them."""

from __future__ import annotations

#: ISO 639-1: 184 two-letter codes, as the iso-codes package has them.
_TWO = """
aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki
kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no
nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta
te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""

#: Those of ISO 639-3 without a shorter code in which people post.
_THREE = """
ast chr ckb cnr csb gsw jbo kab ldn lfn moh nds pdc sco sma smj szl tok vai xal zba zgh
"""

#: What stands for every language, where lines or words are given by language.
ANY = "any"

LANGUAGES = frozenset(_TWO.split()) | frozenset(_THREE.split())


def is_language(code: str) -> bool:
    """Whether a code, with or without a script or region ("pt-BR"), begins with a language."""
    return code.replace("_", "-").partition("-")[0].lower() in LANGUAGES
