"""The few words that stand in plots, in the languages of the page."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "visits": "visits",
        "hour": "hour",
        "seconds": "seconds a visit, with 95 % intervals",
        "conversion": "share of visits with a receipt, with 95 % intervals",
        "prompts": "prompts",
        "held_out": "held out",
        "decided": "decided",
        "shown": "shown",
        "claimed": "claimed",
        "accepted": "accepted",
        "sold": "sold",
        "declined": "declined",
        "lift": "additional margin a visit, with 95 % intervals",
        "nothing": "nothing to show",
    },
    "de": {
        "visits": "Besuche",
        "hour": "Stunde",
        "seconds": "Sekunden je Besuch, mit 95-%-Intervallen",
        "conversion": "Anteil der Besuche mit Kassenbon, mit 95-%-Intervallen",
        "prompts": "Hinweise",
        "held_out": "zurückgehalten",
        "decided": "entschieden",
        "shown": "gezeigt",
        "claimed": "übernommen",
        "accepted": "angenommen",
        "sold": "verkauft",
        "declined": "abgelehnt",
        "lift": "zusätzliche Marge je Besuch, mit 95-%-Intervallen",
        "nothing": "nichts zu zeigen",
    },
    "es": {
        "visits": "visitas",
        "hour": "hora",
        "seconds": "segundos por visita, con intervalos del 95 %",
        "conversion": "proporción de visitas con tique, con intervalos del 95 %",
        "prompts": "sugerencias",
        "held_out": "retenidas",
        "decided": "decididas",
        "shown": "mostradas",
        "claimed": "asumidas",
        "accepted": "aceptadas",
        "sold": "vendidas",
        "declined": "rechazadas",
        "lift": "margen adicional por visita, con intervalos del 95 %",
        "nothing": "nada que mostrar",
    },
}
