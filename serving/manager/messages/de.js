// Deutsch: was alle Ansichten teilen.

export default {
  "views": "Ansichten",
  "view.today": "Heute und davor",
  "view.plan": "Grundriss",
  "view.offers": "Angebote",
  "view.model": "Empfehlungen",
  "view.devices": "Personal und Geräte",
  "view.privacy": "Datenschutz",
  "store": "Filiale",
  "not-manager": "Diese Seite braucht ein Token der Rolle manager.",
  "failed": "Das ging nicht: {why}",
};
