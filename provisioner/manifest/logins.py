"""Names that the tool proposes: logins from people's names, customer ids from companies' names."""

from collections.abc import Collection

from provisioner.telephony.identity import CustomerId, SipLogin
from provisioner.telephony.letters import words_of

_LEGAL_FORMS = frozenset(
    "ag sa gmbh sarl sagl ltd llc kg scrl snc co cie genossenschaft kollektivgesellschaft "
    "kommanditgesellschaft einzelfirma".split()
)
_LOGIN_LENGTH, _ID_LENGTH = 48, 40


def propose_login(name: str, taken: Collection[str], *, suffix: str = "") -> str:
    """A login for ``name`` that is not among ``taken`` (folded): ``petra.huber``, then
    ``petra.huber2``.

    ``suffix`` makes a single word one of a customer, as ``fax.schmiedeisen``: many have a fax.
    """
    words = words_of(name)
    if len(words) < 2 and suffix:
        words = [*words, *words_of(suffix)[:1]]
    stem = ".".join(words) or "login"
    return str(SipLogin.parse(_unused(stem, taken, _LOGIN_LENGTH, "")))


def propose_customer(company: str, taken: Collection[str]) -> str:
    """An id for ``company`` that is not among ``taken``, without its legal form.

    ``Bäckerei Süss GmbH`` is ``baeckerei-suess``.
    """
    words = words_of(company.partition(",")[0].replace(".", ""))
    kept = [word for word in words if word not in _LEGAL_FORMS] or words
    stem = "-".join(kept) or "customer"
    return str(CustomerId.parse(_unused(stem, taken, _ID_LENGTH, "-")))


def _unused(stem: str, taken: Collection[str], limit: int, joint: str) -> str:
    made, count = stem[:limit].rstrip(".-"), 1
    while made in taken:
        count += 1
        tail = f"{joint}{count}"
        made = stem[: limit - len(tail)].rstrip(".-") + tail
    return made
