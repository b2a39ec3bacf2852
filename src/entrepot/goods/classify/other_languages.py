"""Whether a text is in a language of which no names of goods are known: German, French, Russian, Arabic."""

from __future__ import annotations

import unicodedata

from entrepot.goods import normalize

#: Scripts of which no names are known, as the names of their characters in Unicode begin.
_SCRIPTS = (
    "CYRILLIC", "ARABIC", "HANGUL", "DEVANAGARI", "HEBREW", "GREEK", "BENGALI", "TAMIL", "TELUGU", "GUJARATI",
    "GURMUKHI", "KANNADA", "MALAYALAM", "SINHALA", "ARMENIAN", "GEORGIAN", "ETHIOPIC", "LAO", "MYANMAR", "TIBETAN",
    "MONGOLIAN",
)  # fmt: skip
#: Letters of German, Spanish, Portuguese, Polish, Turkish … that neither English nor Vietnamese has.
_LETTERS = frozenset("äöüßñçåøæœąęłńśźżčšžřůőűğşı")
#: Words of German, French, Spanish, Italian, Portuguese, Dutch and Indonesian that are no words of English names of
#: goods: little ones, and those of everyday goods.
_WORDS = frozenset(
    "für und mit der das ein eine einen damen herren kinder schuhe tasche taschen handtasche "  # noqa: SIM905  # a list
    "lederhandtasche kaffee kaffeebohnen geröstete geröstet baumwolle hemd kleid jacke stuhl tisch "
    "spielzeug seife zucker honig wein käse brot milch wasser flasche schwarz weiß grün blau pour avec "
    "sans aux les du femme femmes homme hommes enfant enfants chaussure chaussures cuir coton laine soie "
    "sac sacs torréfié torréfiés moulu thé pantalon veste manteau bois jouet jouets savon sucre "
    "miel lait eau bouteille verre poudre una mujer mujeres hombre hombres niño niños zapato "
    "zapatos cuero algodón seda bolso bolsa tostado molido grano té camisa pantalón vestido chaqueta "
    "abrigo silla juguete juguetes jabón azúcar agua botella vidrio negro rojo blanco verde azul leder "
    "ledertasche geldbörse portemonnaie donna uomo bambini scarpe pelle cotone borsa caffè tostato tazza "
    "camicia pantaloni giacca sedia tavolo legno giocattolo sapone zucchero formaggio acqua bottiglia "
    "vetro mulher homem sapatos couro algodão torrado calça cadeira madeira brinquedo sabão açúcar queijo "
    "leite voor een schoenen leer katoen koffie gebrande stoel hout speelgoed zeep suiker kaas melk untuk "
    "dengan sepatu kulit kopi wanita pria baju celana kemeja kayu mainan sabun gula madu susu dari".split()
)


def is_other_language(text: str, known: bool) -> bool:
    """Whether a text is in another language. `known`: a name of goods in the text is one that the classifier knows.

    >>> [is_other_language(each, False) for each in ("кожаный кошелек", "chaussures en cuir", "shoes", "cà phê")]
    [True, True, False, False]
    """
    letters = [sign for sign in text if sign.isalpha()]
    if 2 * sum(unicodedata.name(sign, "").startswith(_SCRIPTS) for sign in letters if sign > "\u0370") > len(letters):
        return True
    if known:
        return False
    words = [word for word in normalize.words_with_accents(text) if word.isalpha() and len(word) > 1]
    foreign = sum(word in _WORDS or not _LETTERS.isdisjoint(word) for word in words)
    return foreign > 0 and 4 * foreign >= len(words)
