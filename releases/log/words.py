"""The search for words: in what entries have, and in the sentences that pages word of them; along the index of words.

Sentences are worded when they are read, so the database does not have them. What says a word is known, though, and
there are indexes of operations.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_, or_

from django.db import connection
from django.db.models import BooleanField, Func, Q, QuerySet, Value

from portal.audit.models import AuditEntry
from releases.log.spoken import Spoken, spoken, words_in

MOST_WORDS = 8
NEWEST = 5_000
"""So many entries are searched for an address, the newest of them: no index has it."""
FEW = 200
_PARTS = """
SELECT lexeme FROM unnest(to_tsvector('simple'::regconfig, regexp_replace(%s, '[^[:alnum:]]+', ' ', 'g')))
ORDER BY positions[1]
"""
"""As `audit_words` has it, which the words of entries are made by."""
WHOLE = 3
"""Of so many digits a number can be the beginning of another one."""


def with_words(rows: QuerySet[AuditEntry], text: str) -> QuerySet[AuditEntry]:
    """Entries that have, or say, all words, or longer ones that begin with them. Punctuation alone is in none.

    An address is found as a whole, beside what has its numbers as words: among the `NEWEST` of `rows`.
    """
    addresses, rest = _addresses(text)
    words = _parted(rest)[:MOST_WORDS]
    if not words and not addresses:
        return rows.none()
    if words:
        rows = rows.filter(_all_of(words))
    for address in addresses:
        rows = rows.filter(Q(_has(_parted(address))) | _came_from(rows, address.lower()))
    return rows


def older_than_searched(rows: QuerySet[AuditEntry], text: str) -> bool:
    """Whether `rows` has more entries than are searched for the address that the text names."""
    return bool(_addresses(text)[0]) and rows.order_by("-at", "-pk")[NEWEST : NEWEST + 1].exists()


def more_than_searched(text: str) -> bool:
    """Whether a text has more words than are searched."""
    return len({*words_in(_addresses(text)[1])}) > MOST_WORDS


def longer_than_searched() -> Func:
    """Entries that are longer than is searched: the database marks them with a word that nobody can ask for."""
    return Func(template=f"\"{AuditEntry._meta.db_table}\".words @@ '…'::tsquery", output_field=BooleanField())


def _addresses(text: str) -> tuple[list[str], str]:
    """The addresses in a text, and the rest of it."""
    found = [one for one in text.split() if _is_address(one)]
    return found[:1], " ".join(one for one in text.split() if one not in found[:1])


def _parted(text: str) -> list[str]:
    """The words of a text in their order, as the database has them: only it knows what its own locale takes for a
    letter (marks that combine with one, too), and which small letter belongs to a large one.
    """
    if not text:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, [text])
        return [word for (word,) in cursor.fetchall()]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _came_from(rows: QuerySet[AuditEntry], address: str) -> Q:
    """The newest that came from an address; by their keys where they are few, as no index leads there."""
    newest = list(rows.order_by("-at", "-pk")[:NEWEST].values_list("pk", "at", "address"))
    found = [pk for pk, _at, one in newest if one == address]
    return Q(pk__in=found) if len(found) < FEW else Q(address=address, at__gte=newest[-1][1])


def _all_of(words: list[str]) -> Q:
    """Entries that have all words; and, by what their operation says, those that have the others.

    By operations, not by words: of what stands in an index by itself the database knows how much it is, and it takes
    another way to what is half of the log than to what is rare.
    """
    said = {word: spoken(word) for word in words}
    refused = Q(outcome=AuditEntry.REFUSED)
    always = _words_by_operation({word: one.always for word, one in said.items()})
    chosen = _words_by_operation({word: {each.operation for each in one.of_value} for word, one in said.items()})
    ways = [_have(words)]
    for name in chosen:
        here = [word for word in chosen[name] if word not in always.get(name, ())]
        if here:
            told = (*always.pop(name, ()), *here)
            rest = [word for word in words if word not in told]
            by_value = (_have([word]) | _of_values(name, said[word]) for word in here)
            ways.append(reduce(and_, by_value, Q(operation=name) & ~refused & _have(rest)))
    for told, names in _by_words(always).items():
        ways.append(Q(operation__in=names) & ~refused & _have([word for word in words if word not in told]))
    plainly = tuple(word for word in words if said[word].of_refused)
    if plainly:
        ways.append(refused & _have([word for word in words if word not in plainly]))
    titled = _words_by_operation({word: one.in_title for word, one in said.items() if word not in plainly})
    for told, names in _by_words(titled).items():
        rest = [word for word in words if word not in (*told, *plainly)]
        ways.append(Q(operation__in=names) & refused & _have(rest))
    return reduce(or_, ways)


def _words_by_operation(operations: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for word, names in operations.items():
        for name in names:
            found[name] = (*found.get(name, ()), word)
    return found


def _by_words(operations: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for name in sorted(operations):
        found.setdefault(operations[name], []).append(name)
    return found


def _of_values(name: str, said: Spoken) -> Q:
    """Entries of this operation that say the word of a value that was chosen."""
    return reduce(or_, (Q(**{one.lookup: one.value}) for one in said.of_value if one.operation == name))


def _have(words: list[str]) -> Q:
    """Entries that have all of these words themselves. Short numbers begin very many others: they count as a whole."""
    return Q(_has(words, begun=True)) if words else Q()


def _has(words: list[str], *, begun: bool = False) -> Func:
    """`begun`: or longer ones that begin with them. Words are letters and digits alone: none ends its quotes."""
    asked = (f"'{word}':*" if begun and not (word.isdecimal() and len(word) < WHOLE) else f"'{word}'" for word in words)
    template = f'"{AuditEntry._meta.db_table}".words @@ %(expressions)s::tsquery'
    return Func(Value(" & ".join(asked)), template=template, output_field=BooleanField())
