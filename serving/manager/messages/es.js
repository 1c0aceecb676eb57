// Español: lo que comparten todas las vistas.

export default {
  "views": "Vistas",
  "view.today": "Hoy y antes",
  "view.plan": "Plano",
  "view.offers": "Ofertas",
  "view.model": "Recomendador",
  "view.devices": "Personal y equipos",
  "view.privacy": "Privacidad",
  "store": "Tienda",
  "not-manager": "Esta página necesita un token con el papel de manager.",
  "failed": "No funcionó: {why}",
};
