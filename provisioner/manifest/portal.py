"""The words of the operator's portal, and of those who fill it in, for our values.

Whoever writes a manifest reads a contract or the portal beside it: what stands there is understood
and answered with the value, in German, French and Italian; so is our own word in any case.
"""

import re
from collections.abc import Collection

_WORDS = {
    "partial": "teilportierung teilweise teil partiell partielle partiel portage-partiel parziale "
    "portabilità-parziale",
    "full": "vollportierung komplettportierung komplett voll vollständig ganz gesamt complet "
    "complète portage-complet intégral total completa completo portabilità-completa totale",
    "single": "einzelunterschrift einzelzeichnung einzeln einzel signature-individuelle "
    "individuelle firma-individuale individuale",
    "collective": "kollektivunterschrift kollektivunterschrift-zu-zweien kollektiv "
    "kollektivzeichnung zu-zweien signature-collective signature-collective-à-deux collectif "
    "firma-collettiva firma-collettiva-a-due collettiva",
    "phones": "telefongeräte telefongerät telefone telefon nur-telefon appareils téléphones "
    "téléphone apparecchi telefoni telefono",
    "phones+apps": "telefongeräte-apps telefongeräte-und-apps telefone-apps telefon-app "
    "telefone-und-apps geräte-apps appareils-apps téléphones-apps apparecchi-app telefoni-app "
    "phones-and-apps phone-app",
    "contract_end": "vertragsende auf-vertragsende per-vertragsende kündigungstermin "
    "fin-de-contrat fin-du-contrat fine-contratto fine-del-contratto",
    "date": "datum wunschdatum wunschtermin auf-datum date-souhaitée data data-desiderata",
    "asap": "so-schnell-als-möglich so-schnell-wie-möglich schnellstmöglich so-bald-wie-möglich "
    "sofort dès-que-possible au-plus-vite appena-possibile al-più-presto",
    "desk": "arbeitsplatz büro pult bureau poste-de-travail ufficio postazione",
    "fax": "faxgerät telefax télécopieur fac-simile",
    "workshop": "werkstatt werkstatttelefon atelier officina",
    "lift": "lifttelefon aufzug ascenseur ascensore elevator",
    "door": "tür türsprechstelle türstation porte portier porta citofono",
    "international": "ausland auslandgespräche auslandsgespräche étranger étrangers estero foreign "
    "abroad",
    "other": "andere anderes sonstiges übrige autre autres altro altri",
}
_MODEL = re.compile(r"[a-z]+[0-9]{2,}[a-z]*", re.ASCII)
_OURS = {word: ours for ours, words in _WORDS.items() for word in words.split()}


def ours_for(text: str, allowed: Collection[str]) -> str:
    """The one of ``allowed`` that the portal calls ``text``, or an empty string.

    A model is known without its maker too, as it stands on a label: ``T54W``, ``SIP-T54W``.
    """
    folded = _folded(text)
    if found := next((value for value in allowed if _folded(value) == folded), ""):
        return found
    found = _OURS.get(folded, "")
    if found in allowed:
        return found
    model = folded.rpartition("-")[2]
    ending = [value for value in allowed if _folded(value).endswith(f"-{model}")]
    return ending[0] if _MODEL.fullmatch(model) and len(ending) == 1 else ""


def _folded(text: str) -> str:
    return re.sub(r"[\s,.…+&/_-]+", "-", text.casefold()).strip("-")
